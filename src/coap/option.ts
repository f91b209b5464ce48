import { isUtf8 } from 'node:buffer'
import type { Option } from './handler.ts'

/** Option numbers (RFC 7252, 5.10; RFC 7641; RFC 7959; RFC 9175). */
export const OptionNumber = {
  ifMatch: 1,
  uriHost: 3,
  etag: 4,
  ifNoneMatch: 5,
  observe: 6,
  uriPort: 7,
  locationPath: 8,
  uriPath: 11,
  contentFormat: 12,
  maxAge: 14,
  uriQuery: 15,
  accept: 17,
  locationQuery: 20,
  block2: 23,
  block1: 27,
  size2: 28,
  proxyUri: 35,
  proxyScheme: 39,
  size1: 60,
  echo: 252,
  requestTag: 292,
} as const

interface OptionRule {
  /** Lengths of the value, in bytes. */
  readonly shortest: number
  readonly longest: number
  readonly repeatable: boolean
}

const rule = (shortest: number, longest: number, repeatable = false): OptionRule => ({
  shortest,
  longest,
  repeatable,
})

/** Lengths and repeatability (RFC 7252, table 4; RFC 7641, 2; RFC 7959, 2.1 and 4; RFC 9175, 2.2 and 3.2), by number. */
const rules: readonly (OptionRule | undefined)[] = (() => {
  const table: (OptionRule | undefined)[] = new Array(OptionNumber.requestTag + 1).fill(undefined)
  table[OptionNumber.ifMatch] = rule(0, 8, true)
  table[OptionNumber.uriHost] = rule(1, 255)
  table[OptionNumber.etag] = rule(1, 8, true)
  table[OptionNumber.ifNoneMatch] = rule(0, 0)
  table[OptionNumber.observe] = rule(0, 3)
  table[OptionNumber.uriPort] = rule(0, 2)
  table[OptionNumber.locationPath] = rule(0, 255, true)
  table[OptionNumber.uriPath] = rule(0, 255, true)
  table[OptionNumber.contentFormat] = rule(0, 2)
  table[OptionNumber.maxAge] = rule(0, 4)
  table[OptionNumber.uriQuery] = rule(0, 255, true)
  table[OptionNumber.accept] = rule(0, 2)
  table[OptionNumber.locationQuery] = rule(0, 255, true)
  table[OptionNumber.block2] = rule(0, 3)
  table[OptionNumber.block1] = rule(0, 3)
  table[OptionNumber.size2] = rule(0, 4)
  table[OptionNumber.proxyUri] = rule(1, 1034)
  table[OptionNumber.proxyScheme] = rule(1, 255)
  table[OptionNumber.size1] = rule(0, 4)
  table[OptionNumber.echo] = rule(1, 40)
  table[OptionNumber.requestTag] = rule(0, 8, true)
  return table
})()

/** Odd numbers are critical: who does not understand one must reject the message (RFC 7252, 5.4.1). */
export function isCritical(number: number): boolean {
  return (number & 1) === 1
}

/** `unknown`: no such option here; `unlawful`: known, but of a wrong length or repeated where it must not be. */
export type Recognition = 'known' | 'unknown' | 'unlawful'

/**
 * Whether an option can be understood; `unlawful` ones count as unrecognised (RFC 7252, 5.4.3 and 5.4.5).
 * @param previous number of the option before it, so that a repetition shows
 */
export function recognise(option: Option, previous: number): Recognition {
  const known = rules[option.number]
  if (known === undefined) return 'unknown'
  const { length } = option.value
  if (length < known.shortest || length > known.longest) return 'unlawful'
  return known.repeatable || option.number !== previous ? 'known' : 'unlawful'
}

/** Value of an unsigned integer option of up to four bytes (RFC 7252, 3.2). */
export function readUint(value: Uint8Array): number {
  let result = 0
  for (let index = 0; index < value.length; index++) result = result * 256 + (value[index] as number)
  return result
}

const NOTHING = new Uint8Array(0)
const REPLACEMENT = '\ufffd'

/** The shortest form of an unsigned integer below 2^32: no bytes for 0. */
export function uintValue(value: number): Uint8Array {
  if (value === 0) return NOTHING
  if (value < 0x100) return Uint8Array.of(value)
  if (value < 0x10000) return Uint8Array.of(value >>> 8, value)
  if (value < 0x1000000) return Uint8Array.of(value >>> 16, value >>> 8, value)
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)
}

/**
 * Text of a string option; undefined where it is no UTF-8, since a guess could make one name of two
 * (RFC 7252, 3.2).
 */
export function readText(value: Uint8Array): string | undefined {
  const bytes = Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.length)
  const text = bytes.toString()
  return text.includes(REPLACEMENT) && !isUtf8(value) ? undefined : text
}

/** The bytes of a string option. */
export function textValue(text: string): Uint8Array {
  return Buffer.from(text)
}

/** The value of the first option of that number. */
export function findOption(options: readonly Option[], number: number): Uint8Array | undefined {
  for (const option of options) if (option.number === number) return option.value
  return undefined
}
