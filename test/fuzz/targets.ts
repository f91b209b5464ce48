import type { FuzzTarget } from './target.ts'
import { cborTarget } from './targets/cbor.ts'
import { coapBlocksTarget } from './targets/coap-blocks.ts'
import { coapCodecTarget } from './targets/coap-codec.ts'
import { coapEndpointTarget } from './targets/coap-endpoint.ts'
import { linkFormatTarget } from './targets/link-format.ts'
import { lwm2mJsonTarget } from './targets/lwm2m-json.ts'
import { opaqueTarget } from './targets/opaque.ts'
import { senmlCborTarget } from './targets/senml-cbor.ts'
import { senmlJsonTarget } from './targets/senml-json.ts'
import { textTarget } from './targets/text.ts'
import { tlvTarget } from './targets/tlv.ts'

/** All that takes bytes from strangers. */
export const targets: readonly FuzzTarget[] = [
  coapCodecTarget,
  coapEndpointTarget,
  coapBlocksTarget,
  linkFormatTarget,
  textTarget,
  opaqueTarget,
  tlvTarget,
  senmlJsonTarget,
  senmlCborTarget,
  cborTarget,
  lwm2mJsonTarget,
]
