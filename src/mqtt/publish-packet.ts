import type { Publication } from '../mapping/publication.ts'
import type { PacketBuffer } from './packet-buffer.ts'

/** What a PUBLISH says besides the publication itself. */
export interface PublishHeader {
  readonly version: 4 | 5
  /** May be lower than the publication's, as the broker allows. */
  readonly qos: 0 | 1
  readonly retain: boolean
  /** For QoS 1. */
  readonly packetId: number
  /** Seconds that are left of the publication's. */
  readonly expiry: number | undefined
}

/** Identifiers of properties (MQTT 5, 2.2.2.2). */
const PAYLOAD_FORMAT = 0x01
const MESSAGE_EXPIRY = 0x02
const CONTENT_TYPE = 0x03
const CORRELATION_DATA = 0x09
const USER_PROPERTY = 0x26

/** Seconds, as four bytes hold them (MQTT 5, 3.3.2.3.3). */
const LONGEST_EXPIRY = 0xffffffff

function bytesIn(value: string | Uint8Array): number {
  return typeof value === 'string' ? Buffer.byteLength(value) : value.length
}

/** Bytes of a variable byte integer (MQTT 5, 1.5.5). */
function variableBytes(value: number): number {
  if (value < 128) return 1
  if (value < 16_384) return 2
  return value < 2_097_152 ? 3 : 4
}

function propertyBytes(publication: Publication, expiry: number | undefined): number {
  const { payload, contentType, correlationData, userProperties } = publication
  let bytes = 0
  if (typeof payload === 'string') bytes += 2
  if (expiry !== undefined) bytes += 5
  if (contentType !== undefined) bytes += 3 + bytesIn(contentType)
  if (correlationData !== undefined) bytes += 3 + correlationData.length
  for (const name in userProperties) bytes += 5 + bytesIn(name) + bytesIn(userProperties[name] ?? '')
  return bytes
}

/** A payload that is text is declared as UTF-8 (3.3.2.3.2). */
function writeProperties(packets: PacketBuffer, publication: Publication, expiry: number | undefined): void {
  const { payload, contentType, correlationData, userProperties } = publication
  if (typeof payload === 'string') packets.uint16((PAYLOAD_FORMAT << 8) | 1)
  if (expiry !== undefined) {
    packets.byte(MESSAGE_EXPIRY)
    packets.uint32(Math.min(Math.ceil(expiry), LONGEST_EXPIRY))
  }
  if (contentType !== undefined) {
    packets.byte(CONTENT_TYPE)
    packets.field(contentType)
  }
  if (correlationData !== undefined) {
    packets.byte(CORRELATION_DATA)
    packets.field(correlationData)
  }
  for (const name in userProperties) {
    packets.byte(USER_PROPERTY)
    packets.field(name)
    packets.field(userProperties[name] ?? '')
  }
}

/**
 * Writes a PUBLISH (MQTT 5 and 3.1.1, 3.3). It is written by hand because it is what the gateway writes most: MQTT.js
 * makes a dozen small writes of each, and more objects than the rest of a notification's path.
 * @param publication one that `faultOf` finds no fault with: no text in it is longer than its length field can tell
 */
export function encodePublish(publication: Publication, header: PublishHeader, packets: PacketBuffer): void {
  const { topic, payload } = publication
  const { version, qos, retain, packetId, expiry } = header
  const properties = version === 5 ? propertyBytes(publication, expiry) : 0
  const prefix = version === 5 ? variableBytes(properties) + properties : 0
  const remaining = 2 + bytesIn(topic) + 2 * qos + prefix + bytesIn(payload)
  packets.begin(1 + variableBytes(remaining) + remaining)
  packets.byte(0x30 | (qos << 1) | (retain ? 1 : 0))
  packets.variable(remaining)
  packets.field(topic)
  if (qos > 0) packets.uint16(packetId)
  if (version === 5) {
    packets.variable(properties)
    writeProperties(packets, publication, expiry)
  }
  packets.raw(payload)
}
