import type { Sample } from '../value.ts'
import { bytesOf } from './checked.ts'
import type { Codec, DecodeContext } from './codec.ts'
import { mismatch } from './failures.ts'
import { singleSample, singleType } from './single.ts'

/** application/octet-stream: the bytes of one opaque resource or resource instance (LwM2M Core, 7.4.2). */
export const opaqueCodec: Codec = {
  contentFormat: 42,
  name: 'application/octet-stream',

  decode(payload: Uint8Array, context: DecodeContext): Sample[] {
    const type = singleType(context, 'application/octet-stream') ?? 'opaque'
    if (type !== 'opaque') throw mismatch(type, 'opaque bytes', 'the payload')
    return [{ path: context.base, type, value: Uint8Array.from(payload) }]
  },

  encode(samples: readonly Sample[], base: string): Uint8Array {
    return Uint8Array.from(bytesOf(singleSample(samples, base, 'application/octet-stream')))
  },
}
