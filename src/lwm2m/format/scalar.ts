import { isUtf8 } from 'node:buffer'
import { exactInteger } from '../../lib/integer.ts'
import type { ObjectLink } from '../value.ts'

/** Text forms of single values, as text/plain, SenML and JSON share them. No regular expressions: a hot path. */

/** Twenty digits hold every 64-bit integer; more would only make BigInt slow. */
const MAX_DIGITS = 20

/** The widest double has 17 significant digits; what is longer than this is no number that anyone meant. */
const MAX_DECIMAL = 400

export const MIN_INT64 = -(2n ** 63n)
export const MAX_INT64 = 2n ** 63n - 1n
export const MAX_UINT64 = 2n ** 64n - 1n

/** Up to here a loop over ASCII is cheaper than the calls into native code. */
const SHORT_TEXT = 24

/** The text of UTF-8 bytes, or undefined where they are none. A byte order mark stays. */
export function readUtf8(bytes: Uint8Array, from: number, to: number): string | undefined {
  return (to - from <= SHORT_TEXT ? readAscii(bytes, from, to) : undefined) ?? readLongUtf8(bytes, from, to)
}

function readAscii(bytes: Uint8Array, from: number, to: number): string | undefined {
  let text = ''
  for (let at = from; at < to; at++) {
    const byte = bytes[at] ?? 0x80
    if (byte > 0x7f) return undefined
    text += String.fromCharCode(byte)
  }
  return text
}

function readLongUtf8(bytes: Uint8Array, from: number, to: number): string | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from)
  return isUtf8(view) ? view.toString('utf8') : undefined
}

function isDigits(text: string, from: number): boolean {
  if (from === text.length) return false
  for (let at = from; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 0x30
    if (digit < 0 || digit > 9) return false
  }
  return true
}

/** Digits after an optional sign, exact; undefined for anything else and for more than twenty digits. */
export function parseInteger(text: string): number | bigint | undefined {
  const first = text.charCodeAt(0)
  const from = first === 0x2d || first === 0x2b ? 1 : 0
  if (text.length - from > MAX_DIGITS || !isDigits(text, from)) return undefined
  const value = Number(text)
  if (Number.isSafeInteger(value)) return value + 0 // -0 is 0
  return exactInteger(first === 0x2b ? BigInt(text.slice(1)) : BigInt(text))
}

function isDecimalCharacter(code: number): boolean {
  const isDigit = code >= 0x30 && code <= 0x39
  return isDigit || code === 0x2b || code === 0x2d || code === 0x2e || code === 0x45 || code === 0x65
}

/**
 * A decimal number with optional fraction and exponent, or one of `nan`, `inf`, `-inf` that C clients print;
 * undefined for anything else and for what overflows a double.
 */
export function parseDecimal(text: string): number | undefined {
  if (text.length === 0 || text.length > MAX_DECIMAL) return undefined
  for (let at = 0; at < text.length; at++) {
    if (!isDecimalCharacter(text.charCodeAt(at))) return parseNonFinite(text)
  }
  const value = Number(text)
  return Number.isFinite(value) ? value : undefined
}

const NON_FINITE: ReadonlyMap<string, number> = new Map([
  ['nan', Number.NaN],
  ['-nan', Number.NaN],
  ['inf', Number.POSITIVE_INFINITY],
  ['infinity', Number.POSITIVE_INFINITY],
  ['-inf', Number.NEGATIVE_INFINITY],
  ['-infinity', Number.NEGATIVE_INFINITY],
])

/** `NaN`, `Infinity`, `-Infinity`, `inf` and the like, in any case. */
export function parseNonFinite(text: string): number | undefined {
  return text.length > 9 ? undefined : NON_FINITE.get(text.toLowerCase())
}

/** `66:0` (LwM2M Core, appendix C); 65535:65535 is the null link. Undefined for anything else. */
export function parseObjectLink(text: string): ObjectLink | undefined {
  const colon = text.indexOf(':')
  if (colon < 1 || text.length > 11) return undefined
  const object = parseLinkId(text.slice(0, colon))
  const instance = parseLinkId(text.slice(colon + 1))
  return object === undefined || instance === undefined ? undefined : { object, instance }
}

function parseLinkId(text: string): number | undefined {
  if (!isDigits(text, 0)) return undefined
  const id = Number(text)
  return id <= 0xffff ? id : undefined
}

export function formatObjectLink(link: ObjectLink): string {
  return `${link.object}:${link.instance}`
}

/** Bytes of base64 in either alphabet (RFC 4648, 4 and 5), padded or not; undefined where the text is none. */
export function parseBase64(text: string): Uint8Array | undefined {
  let length = text.length
  if (text.charCodeAt(length - 1) === 0x3d) length--
  if (text.charCodeAt(length - 1) === 0x3d) length--
  if (length % 4 === 1) return undefined
  const bytes = Buffer.from(text, 'base64')
  // Buffer skips characters that are not of the alphabet, and then has too few bytes to show for the length.
  return bytes.length === Math.floor((length * 3) / 4) ? Uint8Array.from(bytes) : undefined
}

export function formatBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

/** Without padding, as `vd` of SenML JSON wants it (RFC 8428, 5). */
export function formatBase64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url')
}
