import { type DecodeOptions, type TagDecodeControl, tokensToObject } from 'cborg'
import { reasonOf } from '../../lib/errors.ts'
import { BoundedTokenizer } from './cbor-tokenizer.ts'
import { malformed } from './failures.ts'

/** Seconds of a date text (RFC 8949, 3.4.1). */
function dateText(content: TagDecodeControl): number {
  const text = content()
  const time = typeof text === 'string' ? Date.parse(text) : Number.NaN
  if (Number.isNaN(time)) throw new Error('tag 0 without a date')
  return time / 1000
}

function epochTime(content: TagDecodeControl): number | bigint {
  const seconds = content()
  if (typeof seconds !== 'number' && typeof seconds !== 'bigint') throw new Error('tag 1 without a number')
  return seconds
}

/** Mantissa and exponent to base ten (RFC 8949, 3.4.4), in which SenML may write its numbers (RFC 8428, 6). */
function decimalFraction(content: TagDecodeControl): number {
  const parts: unknown = content()
  const [exponent, mantissa] = Array.isArray(parts) && parts.length === 2 ? parts : []
  if (!Number.isSafeInteger(exponent) || !Number.isSafeInteger(mantissa))
    throw new Error('tag 4 without two integers')
  return Number(`${mantissa}e${exponent}`)
}

const OPTIONS: DecodeOptions = {
  allowIndefinite: true,
  allowBigInt: true,
  useMaps: true,
  rejectDuplicateMapKeys: true,
  allowUndefined: false,
  tags: { 0: dateText, 1: epochTime, 4: decimalFraction },
}

/**
 * The one item of a CBOR payload (RFC 8949): 64-bit integers exact, maps as Map, dates (tags 0 and 1) as seconds,
 * decimal fractions (tag 4) as numbers; everything may be of indefinite length.
 * @throws CodedError `payload_malformed`
 */
export function readCborItem(payload: Uint8Array): unknown {
  // Without the Buffer's own slice, which would make opaque values views into the datagram.
  const bytes = new Uint8Array(payload.buffer, payload.byteOffset, payload.length)
  try {
    const tokenizer = new BoundedTokenizer(bytes, OPTIONS)
    const value: unknown = tokensToObject(tokenizer, OPTIONS)
    if (!tokenizer.done()) throw new Error(`more than one item, from byte ${tokenizer.pos()}`)
    return value
  } catch (error) {
    throw malformed(`no CBOR: ${reasonOf(error)}`, 'the payload', error) // also the RangeError of deep nesting
  }
}
