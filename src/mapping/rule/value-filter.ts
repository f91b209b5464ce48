import { type JsonValue, stringifyJson } from '../../lib/json.ts'
import type { LastPublished } from './last-published.ts'

export interface ValueFilterOptions {
  readonly deadBand: number | undefined
  readonly onChange: boolean
  /** Milliseconds. */
  readonly minInterval: number | undefined
}

/** `publish`: as it is; `drop`: leave it out; a number: not before this time, in milliseconds since the epoch. */
export type Verdict = 'publish' | 'drop' | number

/** `filter` of a rule: which values are worth a publication. */
export class ValueFilter {
  readonly #options: ValueFilterOptions

  constructor(options: ValueFilterOptions) {
    this.#options = options
  }

  judge(value: JsonValue, at: number, last: LastPublished | undefined): Verdict {
    if (last === undefined) return 'publish'
    const { deadBand, onChange } = this.#options
    if (onChange && isSame(value, last.value)) return 'drop'
    if (deadBand !== undefined && isWithin(deadBand, value, last.value)) return 'drop'
    return this.notBefore(at, last) ?? 'publish'
  }

  /** When the next publication may be, in milliseconds since the epoch; undefined where it may be now. */
  notBefore(at: number, last: LastPublished | undefined): number | undefined {
    const { minInterval } = this.#options
    if (minInterval === undefined || last === undefined) return undefined
    const earliest = last.at + minInterval
    return at >= earliest || at < last.at ? undefined : earliest
  }
}

function isSame(one: JsonValue, other: JsonValue): boolean {
  return one === other || (typeof one === 'object' && stringifyJson(one) === stringifyJson(other))
}

function isWithin(band: number, one: JsonValue, other: JsonValue): boolean {
  const isNumeric = (value: JsonValue): value is number | bigint =>
    typeof value === 'number' || typeof value === 'bigint'
  return isNumeric(one) && isNumeric(other) && Math.abs(Number(one) - Number(other)) < band
}
