import { reasonOf } from '../../lib/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue, parseJson, stringifyJson } from '../../lib/json.ts'
import type { Sample } from '../value.ts'
import type { Codec, DecodeContext } from './codec.ts'
import { malformed, unsupported } from './failures.ts'
import { formatBase64Url, readUtf8 } from './scalar.ts'
import { type OutgoingRecord, packOf } from './senml-pack.ts'
import { SenmlResolver } from './senml-resolver.ts'

/** The JSON of a payload. @throws CodedError `payload_malformed` */
export function readJson(payload: Uint8Array): JsonValue {
  const text = readUtf8(payload, 0, payload.length)
  if (text === undefined) throw malformed('the text is no UTF-8', 'byte 0')
  try {
    return parseJson(text)
  } catch (error) {
    throw malformed(`no JSON: ${reasonOf(error)}`, 'the text', error) // a RangeError for nesting, else SyntaxError
  }
}

/** JSON.parse makes an infinity of what a double cannot hold. */
export function refuseOverflow(record: JsonObject, index: number): void {
  const { v, bv } = record
  if (v === Infinity || v === -Infinity || bv === Infinity || bv === -Infinity) {
    throw malformed('a number too large for a double', `record ${index}`)
  }
}

/** Labels that end in an underscore must be understood, or the record is wrong (RFC 8428, 4.4). */
function refuseUnderscore(record: JsonObject, index: number): void {
  for (const label in record) {
    if (label.charCodeAt(label.length - 1) === 0x5f) {
      throw malformed(`the label '${label.slice(0, 40)}' has to be understood`, `record ${index}`)
    }
  }
}

function recordOf({ bn, n, t, label, value }: OutgoingRecord): JsonObject {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw unsupported(`SenML JSON cannot hold ${value}`, n)
  return {
    ...(bn === undefined ? undefined : { bn }),
    ...(n === undefined ? undefined : { n }),
    ...(t === undefined ? undefined : { t }),
    [label]: value instanceof Uint8Array ? formatBase64Url(value) : value,
  }
}

/**
 * application/senml+json (RFC 8428, 5; LwM2M Core, 7.4.4). Integers are exact digits both ways, opaque is base64url
 * without padding (padding and the other alphabet are read too); negative zero becomes 0.
 */
export const senmlJsonCodec: Codec = {
  contentFormat: 110,
  name: 'application/senml+json',

  decode(payload: Uint8Array, context: DecodeContext): Sample[] {
    const pack = readJson(payload)
    if (!Array.isArray(pack)) throw malformed('SenML is an array of records', 'the text')
    const resolver = new SenmlResolver(context)
    for (let index = 0; index < pack.length; index++) {
      const record: unknown = pack[index]
      if (!isJsonObject(record)) throw malformed('a record is an object', `record ${index}`)
      refuseUnderscore(record, index)
      refuseOverflow(record, index)
      resolver.add(record, index)
    }
    return resolver.samples
  },

  encode(samples: readonly Sample[], base: string): Uint8Array {
    return Buffer.from(stringifyJson(packOf(samples, base).map(recordOf)), 'utf8')
  },
}
