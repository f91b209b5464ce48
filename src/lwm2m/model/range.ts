/** Limits of a number, both within. */
export interface Interval {
  readonly least: number | bigint
  readonly most: number | bigint
}

/** Before 1.1 the registry wrote `0-100`, for numbers from 0. */
const OLD_INTERVAL = /^(\d{1,20}(?:\.\d{1,20})?)-(\d{1,20}(?:\.\d{1,20})?)$/
const INTERVAL = /^(-?\d{1,20}(?:\.\d{1,20})?)\.\.\.?(-?\d{1,20}(?:\.\d{1,20})?)$/

function bound(text: string): number | bigint {
  return text.includes('.') ? Number(text) : BigInt(text)
}

/**
 * The interval that a registry's range is (`0..100`, `-1..1`, `0.0..1.0`, `0-100`). The registry also has lengths
 * (`0..255 bytes`), lists and intervals the wrong way round: undefined for these, so that nothing is refused for a
 * guess.
 */
export function parseInterval(range: string): Interval | undefined {
  const [, from, to] = INTERVAL.exec(range.trim()) ?? OLD_INTERVAL.exec(range.trim()) ?? []
  if (from === undefined || to === undefined) return undefined
  const interval = { least: bound(from), most: bound(to) }
  return interval.least <= interval.most ? interval : undefined
}
