import { CodedError } from '../../lib/errors.ts'
import type { Sample } from '../value.ts'
import { cborCodec } from './cbor.ts'
import type { Codec, DecodeContext } from './codec.ts'
import { malformed } from './failures.ts'
import { MAX_PAYLOAD_BYTES } from './limits.ts'
import { linkCodec } from './link-format.ts'
import { lwm2mJsonCodec } from './lwm2m-json.ts'
import { opaqueCodec } from './opaque.ts'
import { senmlCborCodec } from './senml-cbor.ts'
import { senmlJsonCodec } from './senml-json.ts'
import { textCodec } from './text.ts'
import { tlvCodec } from './tlv.ts'

/** Content-Format ids (CoAP registry; LwM2M Core, 7.4). */
export const TEXT = 0
export const LINK_FORMAT = 40
export const OPAQUE = 42
export const CBOR = 60
export const SENML_JSON = 110
export const SENML_CBOR = 112
export const TLV = 11542
/** LwM2M 1.0's JSON, which SenML has replaced. */
export const LWM2M_JSON = 11543
/** What clients sent for TLV and JSON before their ids were registered. */
export const OLD_TLV = 1542
export const OLD_JSON = 1543

/** All that can be read. A further format is a codec and a line here. */
const CODECS: ReadonlyMap<number, Codec> = new Map([
  [TEXT, textCodec],
  [LINK_FORMAT, linkCodec],
  [OPAQUE, opaqueCodec],
  [CBOR, cborCodec],
  [SENML_JSON, senmlJsonCodec],
  [SENML_CBOR, senmlCborCodec],
  [TLV, tlvCodec],
  [OLD_TLV, tlvCodec],
  [LWM2M_JSON, lwm2mJsonCodec],
  [OLD_JSON, lwm2mJsonCodec],
])

const READ_ONLY: ReadonlySet<number> = new Set([OLD_TLV, LWM2M_JSON, OLD_JSON])

export function codecFor(contentFormat: number): Codec | undefined {
  return CODECS.get(contentFormat)
}

function requireCodec(contentFormat: number): Codec {
  const codec = CODECS.get(contentFormat)
  if (codec !== undefined) return codec
  throw new CodedError('format_unsupported', `Content-Format ${contentFormat} is not known here`)
}

/**
 * Samples of a payload, by the format that came with it, never by the one that was asked for.
 * @param contentFormat undefined, where the message names none, is text/plain: the value of one resource
 * @throws CodedError `format_unsupported`, `payload_malformed`, `payload_type`
 */
export function decodePayload(
  contentFormat: number | undefined,
  payload: Uint8Array,
  context: DecodeContext,
): Sample[] {
  const codec = requireCodec(contentFormat ?? TEXT)
  if (payload.length > MAX_PAYLOAD_BYTES) {
    throw malformed(
      `${payload.length} bytes are more than the ${MAX_PAYLOAD_BYTES} that are decoded`,
      'byte 0',
    )
  }
  return codec.decode(payload, context)
}

/**
 * Payload of a write to `base` (path text).
 * @throws CodedError `format_unsupported`, `payload_unsupported` where the format cannot hold the samples,
 *   `payload_type` for a value that is not of its sample's type
 */
export function encodePayload(contentFormat: number, samples: readonly Sample[], base: string): Uint8Array {
  const codec = requireCodec(contentFormat)
  if (!READ_ONLY.has(contentFormat)) return codec.encode(samples, base)
  throw new CodedError('format_unsupported', `Content-Format ${contentFormat} is read, never written`)
}
