import { Code, isRequestCode, isResponseCode } from './code.ts'
import type { Option } from './handler.ts'
import { HEADER_BYTES, LONGEST_TOKEN, type Message, MessageType, PAYLOAD_MARKER } from './message.ts'

/** Why bytes are no message. A plain word and not an error: garbage comes in floods, and a stack trace is dear. */
export type Fault =
  /** Cut short: in the header, the token or an option. */
  | 'short'
  | 'version'
  /** A token length of 9 to 15. */
  | 'token'
  /** A reserved option nibble, or an option number above 65535. */
  | 'option'
  /** A payload marker with nothing behind it. */
  | 'marker'
  /** An empty message (0.00) with a token, options or payload. */
  | 'empty'
  /** A code of a reserved class. */
  | 'code'
  /** A type that may not carry the code: a request in an ACK, an empty NON, anything in a RST. */
  | 'type'

const HIGHEST_OPTION = 0xffff
/** A nibble kept for the payload marker. */
const RESERVED = 15
const NO_OPTIONS: readonly Option[] = []
const NOTHING = Buffer.alloc(0)

/** Whether type and code go together (RFC 7252, table 1). */
function belongTogether(type: MessageType, code: number): boolean {
  switch (type) {
    case MessageType.confirmable:
      return true
    case MessageType.nonConfirmable:
      return code !== Code.empty
    case MessageType.acknowledgement:
      return !isRequestCode(code)
    case MessageType.reset:
      return code === Code.empty
  }
}

/** How many bytes follow for a nibble of 13 or 14. */
function extensionBytes(nibble: number): number {
  return nibble < 13 ? 0 : nibble - 12
}

/** The delta or length that a nibble and the bytes at `at`, which are there, stand for. */
function extended(bytes: Buffer, at: number, nibble: number): number {
  if (nibble < 13) return nibble
  if (nibble === 13) return 13 + (bytes[at] as number)
  return 269 + (bytes[at] as number) * 256 + (bytes[at + 1] as number)
}

/** Reads options from `start` on into `options`; returns where the payload marker or the end is. */
function readOptions(bytes: Buffer, start: number, options: Option[]): number | Fault {
  let at = start
  let number = 0
  while (at < bytes.length && bytes[at] !== PAYLOAD_MARKER) {
    const delta = (bytes[at] as number) >> 4
    const length = (bytes[at] as number) & 0x0f
    if (delta === RESERVED || length === RESERVED) return 'option'
    const lengthAt = at + 1 + extensionBytes(delta)
    const valueAt = lengthAt + extensionBytes(length)
    if (valueAt > bytes.length) return 'short'
    number += extended(bytes, at + 1, delta)
    at = valueAt + extended(bytes, lengthAt, length)
    if (at > bytes.length) return 'short'
    if (number > HIGHEST_OPTION) return 'option'
    options.push({ number, value: bytes.subarray(valueAt, at) })
  }
  return at
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/**
 * Reads one message, strictly (RFC 7252, 3 and 4). Token, option values and payload are views of `input`.
 * Whether the options are known is not asked here, since that depends on who reads them.
 */
export function decode(input: Uint8Array): Message | Fault {
  const bytes = asBuffer(input)
  if (bytes.length < HEADER_BYTES) return 'short'
  const first = bytes[0] as number
  if (first >> 6 !== 1) return 'version'
  const type = ((first >> 4) & 3) as MessageType
  const tokenLength = first & 0x0f
  if (tokenLength > LONGEST_TOKEN) return 'token'
  const code = bytes[1] as number
  const id = ((bytes[2] as number) << 8) | (bytes[3] as number)
  if (!belongTogether(type, code)) return 'type'
  if (code === Code.empty) {
    if (bytes.length > HEADER_BYTES || tokenLength > 0) return 'empty'
    return { type, code, id, token: NOTHING, options: NO_OPTIONS, payload: NOTHING }
  }
  if (!isRequestCode(code) && !isResponseCode(code)) return 'code'
  return readBody(bytes, type, code, id, HEADER_BYTES + tokenLength)
}

function readBody(
  bytes: Buffer,
  type: MessageType,
  code: number,
  id: number,
  start: number,
): Message | Fault {
  if (start > bytes.length) return 'short'
  const options: Option[] = []
  const end = readOptions(bytes, start, options)
  if (typeof end === 'string') return end
  if (end === bytes.length - 1) return 'marker'
  const payload = end < bytes.length ? bytes.subarray(end + 1) : NOTHING
  return { type, code, id, token: bytes.subarray(HEADER_BYTES, start), options, payload }
}

/**
 * The id of bytes that are no message and yet a confirmable one by their header, so that they can be rejected
 * with a RST (RFC 7252, 4.2). Another version gets no answer (3).
 */
export function rejectableId(bytes: Uint8Array): number | undefined {
  if (bytes.length < HEADER_BYTES || (bytes[0] as number) >> 4 !== 0b0100) return undefined
  return ((bytes[2] as number) << 8) | (bytes[3] as number)
}
