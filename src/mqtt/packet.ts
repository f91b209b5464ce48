import type { IClientOptions, IPublishPacket } from 'mqtt'
import type { Message, Publication } from '../mapping/publication.ts'
import type { PacketBuffer } from './packet-buffer.ts'

/** Between the gateway's publications and messages, and the shapes of MQTT.js. */

type PublishProperties = NonNullable<IPublishPacket['properties']>
type Will = NonNullable<IClientOptions['will']>

/** The same bytes seen as a Buffer; nothing is copied. */
function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function payloadOf(publication: Publication): string | Buffer {
  const { payload } = publication
  return typeof payload === 'string' ? payload : bufferOf(payload)
}

/** MQTT.js writes nothing at all, and says nothing, for user properties that are empty. */
function isEmpty(properties: Readonly<Record<string, string>>): boolean {
  for (const _name in properties) return false
  return true
}

/** Seconds, as four bytes hold them (MQTT 5, 3.3.2.3.3). */
const LONGEST_EXPIRY = 0xffffffff

/** Properties of MQTT 5. A payload that is text is declared as UTF-8 (3.3.2.3.2). */
function propertiesOf(publication: Publication, expiry: number | undefined): PublishProperties {
  const { contentType, correlationData, userProperties, payload } = publication
  const properties: PublishProperties = {}
  if (typeof payload === 'string') properties.payloadFormatIndicator = true
  if (contentType !== undefined) properties.contentType = contentType
  if (expiry !== undefined) properties.messageExpiryInterval = Math.min(Math.ceil(expiry), LONGEST_EXPIRY)
  if (correlationData !== undefined) properties.correlationData = bufferOf(correlationData)
  if (userProperties !== undefined && !isEmpty(userProperties)) properties.userProperties = userProperties
  return properties
}

export function willOf(publication: Publication, version: 4 | 5): Will {
  const { topic, qos, retain, expiry } = publication
  const will: Will = { topic, payload: payloadOf(publication), qos, retain }
  if (version === 5) will.properties = propertiesOf(publication, expiry)
  return will
}

/** A message from the broker, without what MQTT 3.1.1 has not. */
export function messageOf(packet: IPublishPacket): Message {
  const { topic, payload, retain, properties } = packet
  return {
    topic,
    payload: typeof payload === 'string' ? Buffer.from(payload) : payload,
    retain,
    ...(properties?.responseTopic === undefined ? undefined : { responseTopic: properties.responseTopic }),
    ...(properties?.correlationData === undefined
      ? undefined
      : { correlationData: properties.correlationData }),
    ...(properties?.messageExpiryInterval === undefined
      ? undefined
      : { expiry: properties.messageExpiryInterval }),
  }
}

/** Reason code of a PUBACK that refuses without saying more (MQTT 5, 3.4.2.1). */
export const UNSPECIFIED_ERROR = 0x80

/**
 * Writes a PUBACK (3.4). It is written by hand because MQTT.js would hold up everything that comes in, PUBACKs of our
 * own publications included, until a deferred acknowledgement has been given.
 */
export function encodePuback(packetId: number, version: 4 | 5, reason: number, packets: PacketBuffer): void {
  const hasReason = version === 5 && reason !== 0
  packets.begin(5)
  packets.byte(0x40)
  packets.byte(hasReason ? 3 : 2)
  packets.uint16(packetId)
  if (hasReason) packets.byte(reason)
}
