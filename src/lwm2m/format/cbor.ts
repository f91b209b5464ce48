import { encode, Token, Type } from 'cborg'
import type { Sample } from '../value.ts'
import { readCborItem } from './cbor-item.ts'
import { booleanOf, bytesOf, floatOf, integerOf, linkOf, textOf } from './checked.ts'
import type { Codec, DecodeContext } from './codec.ts'
import { malformed, unsupported } from './failures.ts'
import { formatObjectLink } from './scalar.ts'
import { isNumeric, typeByLabel, typedValue, type ValueLabel } from './senml-value.ts'
import { singleSample, singleType } from './single.ts'
import { joinBytes } from './tlv-entry.ts'

/** Tag 1, seconds since 1970 (RFC 8949, 3.4.2), in front of its number. */
const EPOCH_TIME = Uint8Array.of(0xc1)

/** The label that SenML has for a value of this kind: from there on both are read alike. */
function labelOf(raw: unknown): ValueLabel {
  if (isNumeric(raw)) return 'v'
  if (typeof raw === 'string') return 'vs'
  if (typeof raw === 'boolean') return 'vb'
  if (raw instanceof Uint8Array) return 'vd'
  throw malformed('the item is no value of a resource', 'the payload')
}

function write(sample: Sample): Uint8Array {
  switch (sample.type) {
    case 'integer':
    case 'unsigned':
      return encode(integerOf(sample))
    case 'time':
      return joinBytes([EPOCH_TIME, encode(integerOf(sample))])
    case 'float':
      return encode(floatOf(sample), FLOATS)
    case 'boolean':
      return encode(booleanOf(sample))
    case 'opaque':
      return encode(new Uint8Array(bytesOf(sample))) // not a Buffer, which cborg takes for something else
    case 'objlnk':
      return encode(formatObjectLink(linkOf(sample)))
    case 'none':
      throw unsupported('a resource that is only executed has no value', sample.path)
    default:
      return encode(textOf(sample))
  }
}

/** A whole number is a float all the same, in the shortest form that holds it. */
const FLOATS = { typeEncoders: { number: (value: unknown) => new Token(Type.float, value) } }

/**
 * application/cbor: the value of one resource or resource instance (LwM2M Core, 7.4.6). A time has tag 1, without
 * which some clients refuse it; read, it may also be a date (tag 0) or a bare number.
 */
export const cborCodec: Codec = {
  contentFormat: 60,
  name: 'application/cbor',

  decode(payload: Uint8Array, context: DecodeContext): Sample[] {
    const known = singleType(context, 'application/cbor')
    const raw = readCborItem(payload)
    const label = labelOf(raw)
    const type = known ?? typeByLabel(label, raw)
    return [{ path: context.base, type, value: typedValue(type, label, raw, 'the payload') }]
  },

  encode(samples: readonly Sample[], base: string): Uint8Array {
    return write(singleSample(samples, base, 'application/cbor'))
  },
}
