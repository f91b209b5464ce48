import type { Option } from './handler.ts'

/** The four message types (RFC 7252, 3). */
export const MessageType = { confirmable: 0, nonConfirmable: 1, acknowledgement: 2, reset: 3 } as const
export type MessageType = (typeof MessageType)[keyof typeof MessageType]

/** The two types of message that answer one and carry nothing. */
export type EmptyType = typeof MessageType.acknowledgement | typeof MessageType.reset

/**
 * A CoAP message over a datagram transport (RFC 7252, 3).
 * ```
 *  0                   1                   2                   3
 * |Ver| T |  TKL  |      Code     |          Message ID           |
 * |   Token (TKL bytes) ...  |  Options ...  |1 1 1 1 1 1 1 1|  Payload ...
 * ```
 */
export interface Message {
  readonly type: MessageType
  /** The byte on the wire: 2.05 is 69. */
  readonly code: number
  /** 0 to 65535. */
  readonly id: number
  /** 0 to 8 bytes. */
  readonly token: Uint8Array
  /** In ascending order of number after `decode`; in any order for `encode`. */
  readonly options: readonly Option[]
  readonly payload: Uint8Array
}

export const HEADER_BYTES = 4
export const LONGEST_TOKEN = 8
export const PAYLOAD_MARKER = 0xff

/** The four bytes of an empty ACK or RST. */
export function emptyMessage(type: EmptyType, id: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES)
  bytes[0] = 0x40 | (type << 4)
  bytes[1] = 0
  bytes[2] = id >>> 8
  bytes[3] = id
  return bytes
}

/** Whether two short byte strings, such as tokens, are equal. */
export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false
  for (let index = 0; index < one.length; index++) if (one[index] !== other[index]) return false
  return true
}
