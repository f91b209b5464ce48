import { encode, Token, Type } from 'cborg'
import type { Sample } from '../value.ts'
import { readCborItem } from './cbor-item.ts'
import type { Codec, DecodeContext } from './codec.ts'
import { malformed } from './failures.ts'
import { type OutgoingRecord, packOf } from './senml-pack.ts'
import { SenmlResolver } from './senml-resolver.ts'
import type { SenmlRecord } from './senml-value.ts'

/** RFC 8428, 6, and LwM2M Core, 7.4.5. Sums and update times are passed over. */
const LABELS: ReadonlyMap<unknown, keyof SenmlRecord> = new Map<unknown, keyof SenmlRecord>([
  [-1, 'bver'],
  [-2, 'bn'],
  [-3, 'bt'],
  [-4, 'bu'],
  [-5, 'bv'],
  [0, 'n'],
  [1, 'u'],
  [6, 't'],
  [2, 'v'],
  [3, 'vs'],
  [4, 'vb'],
  [8, 'vd'],
  ['vlo', 'vlo'],
])

const LABEL_OF_VALUE = { v: 2, vs: 3, vb: 4, vd: 8, vlo: 'vlo' } as const

function readRecord(fields: ReadonlyMap<unknown, unknown>, index: number): SenmlRecord {
  const record: SenmlRecord = {}
  for (const [key, value] of fields) {
    const label = LABELS.get(key)
    if (label !== undefined) record[label] = value
    else if (typeof key === 'string' && key.endsWith('_')) {
      throw malformed(`the label '${key.slice(0, 40)}' has to be understood`, `record ${index}`)
    }
  }
  return record
}

function fieldsOf({ bn, n, t, label, value, isFloat }: OutgoingRecord): Map<number | string, unknown> {
  const fields = new Map<number | string, unknown>()
  if (bn !== undefined) fields.set(-2, bn)
  if (n !== undefined) fields.set(0, n)
  if (t !== undefined) fields.set(6, t)
  // As an integer, which is what cborg makes of a whole number, some clients refuse it (Leshan: 4.00).
  return fields.set(LABEL_OF_VALUE[label], isFloat === true ? new Token(Type.float, value) : value)
}

/** What is a token already. */
function itself(value: unknown): Token | null {
  return value instanceof Token ? value : null
}

/**
 * application/senml+cbor (RFC 8428, 6; LwM2M Core, 7.4.5). 64-bit integers are exact; numbers may come as dates
 * (tags 0 and 1) and decimal fractions (tag 4), everything may be of indefinite length.
 */
export const senmlCborCodec: Codec = {
  contentFormat: 112,
  name: 'application/senml+cbor',

  decode(payload: Uint8Array, context: DecodeContext): Sample[] {
    const pack = readCborItem(payload)
    if (!Array.isArray(pack)) throw malformed('SenML is an array of records', 'the payload')
    const resolver = new SenmlResolver(context)
    for (let index = 0; index < pack.length; index++) {
      const fields: unknown = pack[index]
      if (!(fields instanceof Map)) throw malformed('a record is a map', `record ${index}`)
      resolver.add(readRecord(fields, index), index)
    }
    return resolver.samples
  },

  encode(samples: readonly Sample[], base: string): Uint8Array {
    return encode(packOf(samples, base).map(fieldsOf), { typeEncoders: { Object: itself } })
  },
}
