import type { IConnackPacket } from 'mqtt'
import type { Publication } from '../mapping/publication.ts'

/** What a connection may carry, by protocol version and by the broker's CONNACK (MQTT 5, 3.2.2.3). */
export interface Limits {
  /** Unacknowledged publications of QoS 1. */
  readonly receiveMaximum: number
  /** Bytes. */
  readonly packet: number
  readonly qos: 0 | 1
  readonly retain: boolean
}

/** The largest packet that MQTT's length field can tell of (3.1.1, 2.2.3), header included. */
const LARGEST_PACKET = 268_435_455 + 5

/**
 * Absent properties mean no limit; on 3.1.1 there are none.
 * @param maxQoS our own limit
 */
export function limitsOf(connack: IConnackPacket, maxQoS: 0 | 1): Limits {
  const { receiveMaximum, maximumPacketSize, maximumQoS, retainAvailable } = connack.properties ?? {}
  return {
    receiveMaximum: receiveMaximum || 65535,
    packet: Math.min(maximumPacketSize || LARGEST_PACKET, LARGEST_PACKET),
    qos: maximumQoS === 0 ? 0 : maxQoS,
    retain: retainAvailable !== false,
  }
}

/** Header, remaining length, length of the topic, packet identifier, length of the properties: at their longest. */
const FRAME_BYTES = 1 + 4 + 2 + 2 + 4
/** Payload format indicator and message expiry interval, identifiers included. */
const FIXED_PROPERTY_BYTES = 2 + 5
/** Identifier and length of a property that is text or bytes. */
const PROPERTY_BYTES = 1 + 2
/** Identifier and two lengths. */
const PAIR_BYTES = 1 + 2 + 2

function propertyBytes({ contentType, correlationData, userProperties }: Publication): number {
  let bytes = FIXED_PROPERTY_BYTES
  if (contentType !== undefined) bytes += PROPERTY_BYTES + Buffer.byteLength(contentType)
  if (correlationData !== undefined) bytes += PROPERTY_BYTES + correlationData.length
  for (const name in userProperties) {
    bytes += PAIR_BYTES + Buffer.byteLength(name) + Buffer.byteLength(userProperties[name] ?? '')
  }
  return bytes
}

/** An upper bound of the size of a publication's packet; on MQTT 5 at most 15 bytes too high. */
export function packetBytes(publication: Publication): number {
  const { topic, payload } = publication
  const payloadBytes = typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length
  return FRAME_BYTES + Buffer.byteLength(topic) + payloadBytes + propertyBytes(publication)
}
