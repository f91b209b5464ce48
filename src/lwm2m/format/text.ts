import type { ResourceType, Sample, Value } from '../value.ts'
import { booleanOf, bytesOf, fitsInteger, floatOf, integerOf, linkOf, textOf } from './checked.ts'
import type { Codec, DecodeContext } from './codec.ts'
import { malformed, mismatch, unsupported } from './failures.ts'
import {
  formatBase64,
  formatObjectLink,
  parseBase64,
  parseDecimal,
  parseInteger,
  parseObjectLink,
  readUtf8,
} from './scalar.ts'
import { singleSample, singleType } from './single.ts'

function parseWholeNumber(text: string, unsigned: boolean): number | bigint | undefined {
  const value = parseInteger(text)
  return value !== undefined && fitsInteger(value, unsigned) ? value : undefined
}

function parseBoolean(text: string): boolean | undefined {
  if (text === '1') return true
  return text === '0' ? false : undefined
}

function parse(type: ResourceType, text: string): Value | undefined {
  switch (type) {
    case 'integer':
    case 'time':
      return parseWholeNumber(text, false)
    case 'unsigned':
      return parseWholeNumber(text, true)
    case 'float':
      return parseDecimal(text)
    case 'boolean':
      return parseBoolean(text)
    case 'opaque':
      return parseBase64(text)
    case 'objlnk':
      return parseObjectLink(text)
    default:
      return text
  }
}

function finite(sample: Sample): number {
  const value = floatOf(sample)
  if (!Number.isFinite(value)) throw unsupported(`text/plain cannot hold ${value}`, sample.path)
  return value
}

function format(sample: Sample): string {
  switch (sample.type) {
    case 'integer':
    case 'time':
    case 'unsigned':
      return String(integerOf(sample))
    case 'float':
      return String(finite(sample))
    case 'boolean':
      return booleanOf(sample) ? '1' : '0'
    case 'opaque':
      return formatBase64(bytesOf(sample))
    case 'objlnk':
      return formatObjectLink(linkOf(sample))
    case 'none':
      throw unsupported('a resource that is only executed has no value', sample.path)
    default:
      return textOf(sample)
  }
}

/**
 * text/plain: the bare value of one resource or resource instance (LwM2M Core, 7.4.1). What the model does not
 * know is a string. Opaque is padded base64; negative zero becomes 0.
 */
export const textCodec: Codec = {
  contentFormat: 0,
  name: 'text/plain',

  decode(payload: Uint8Array, context: DecodeContext): Sample[] {
    const type = singleType(context, 'text/plain') ?? 'string'
    const text = readUtf8(payload, 0, payload.length)
    if (text === undefined) throw malformed('the text is no UTF-8', 'byte 0')
    const value = parse(type, text)
    if (value === undefined) throw mismatch(type, `'${text.slice(0, 40)}'`, 'the text')
    return [{ path: context.base, type, value }]
  },

  encode(samples: readonly Sample[], base: string): Uint8Array {
    return Buffer.from(format(singleSample(samples, base, 'text/plain')), 'utf8')
  },
}
