import { CodedError } from '../lib/errors.ts'
import type { Option } from './handler.ts'
import { HEADER_BYTES, LONGEST_TOKEN, type Message, PAYLOAD_MARKER } from './message.ts'

/** Two bytes of extended length end here (RFC 7252, 3.1). */
const LONGEST_OPTION = 0xffff + 269

const byNumber = (one: Option, other: Option): number => one.number - other.number

function ascending(options: readonly Option[]): readonly Option[] {
  for (let index = 1; index < options.length; index++) {
    if ((options[index - 1] as Option).number > (options[index] as Option).number) {
      return options.toSorted(byNumber) // stable: repeated options keep their order
    }
  }
  return options
}

function extensionBytes(value: number): number {
  if (value < 13) return 0
  return value < 269 ? 1 : 2
}

function sizeOf(options: readonly Option[]): number {
  let size = 0
  let previous = 0
  for (const { number, value } of options) {
    if (value.length > LONGEST_OPTION) {
      throw new CodedError('coap_format', `Option ${number} of ${value.length} bytes does not fit a message`)
    }
    size += 1 + extensionBytes(number - previous) + extensionBytes(value.length) + value.length
    previous = number
  }
  return size
}

function nibble(value: number): number {
  if (value < 13) return value
  return value < 269 ? 13 : 14
}

/** Writes the extended part of a delta or a length; returns where it ends. */
function writeExtension(bytes: Uint8Array, at: number, value: number): number {
  if (value < 13) return at
  if (value < 269) {
    bytes[at] = value - 13
    return at + 1
  }
  bytes[at] = (value - 269) >>> 8
  bytes[at + 1] = value - 269
  return at + 2
}

function writeOptions(bytes: Uint8Array, start: number, options: readonly Option[]): number {
  let at = start
  let previous = 0
  for (const { number, value } of options) {
    const delta = number - previous
    bytes[at] = (nibble(delta) << 4) | nibble(value.length)
    at = writeExtension(bytes, at + 1, delta)
    at = writeExtension(bytes, at, value.length)
    bytes.set(value, at)
    at += value.length
    previous = number
  }
  return at
}

/**
 * Writes one message (RFC 7252, 3); options may stand in any order.
 * @throws CodedError coap_format where the token is longer than 8 bytes or an option longer than 65804
 */
export function encode(message: Message): Uint8Array {
  const { type, code, id, token, payload } = message
  if (token.length > LONGEST_TOKEN) {
    throw new CodedError('coap_format', `A token of ${token.length} bytes does not fit a message`)
  }
  const options = ascending(message.options)
  const body = payload.length === 0 ? 0 : 1 + payload.length
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + token.length + sizeOf(options) + body)
  bytes[0] = 0x40 | (type << 4) | token.length
  bytes[1] = code
  setMessageId(bytes, id)
  bytes.set(token, HEADER_BYTES)
  const at = writeOptions(bytes, HEADER_BYTES + token.length, options)
  if (body === 0) return bytes
  bytes[at] = PAYLOAD_MARKER
  bytes.set(payload, at + 1)
  return bytes
}

/** Writes the message id into an encoded message. */
export function setMessageId(bytes: Uint8Array, id: number): void {
  bytes[2] = id >>> 8
  bytes[3] = id
}
