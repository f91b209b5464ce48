import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import type { Sample } from '../value.ts'
import type { Codec, DecodeContext } from './codec.ts'
import { malformed, unsupported } from './failures.ts'
import { readJson, refuseOverflow } from './senml-json.ts'
import { SenmlResolver } from './senml-resolver.ts'
import type { SenmlRecord } from './senml-value.ts'

/**
 * One entry with SenML's labels for what LwM2M 1.0 called differently. Opaque values stand in `sv`, in base64. Without
 * a base name, the names of old clients lie below what was asked for.
 */
function recordOf(entry: JsonObject, bn: unknown, base: string): SenmlRecord {
  const { n, t, v, sv, bv, ov } = entry
  const isAbsolute = typeof n === 'string' && n.startsWith('/')
  return { bn: bn ?? (isAbsolute ? '' : `${base}/`), n, t, v, vs: sv, vb: bv, vlo: ov }
}

/**
 * application/vnd.oma.lwm2m+json, which LwM2M 1.0 had where SenML is now (1.0, 6.4.4). Read, never written.
 * ```
 * {"bn":"/3/0/","bt":25462634,"e":[{"n":"9","v":100,"t":-5},{"n":"14","sv":"+02:00"}]}
 * ```
 */
export const lwm2mJsonCodec: Codec = {
  contentFormat: 11543,
  name: 'application/vnd.oma.lwm2m+json',

  decode(payload: Uint8Array, context: DecodeContext): Sample[] {
    const pack = readJson(payload)
    if (!isJsonObject(pack) || !Array.isArray(pack.e)) {
      throw malformed('LwM2M JSON is an object with an array e', 'the text')
    }
    const { e: entries, bn, bt } = pack
    const base = context.base === '/' ? '' : context.base
    const resolver = new SenmlResolver(context, 'text')
    for (let index = 0; index < entries.length; index++) {
      const entry: unknown = entries[index]
      if (!isJsonObject(entry)) throw malformed('an entry is an object', `record ${index}`)
      refuseOverflow(entry, index)
      resolver.add({ ...recordOf(entry, bn, base), bt }, index)
    }
    return resolver.samples
  },

  encode(_samples: readonly Sample[], base: string): Uint8Array {
    throw unsupported('LwM2M JSON is read, never written', base)
  },
}
