import { malformed } from './failures.ts'

/** What an entry is, from bits 7 and 6 of its type byte (LwM2M Core, 7.4.3). */
export const OBJECT_INSTANCE = 0
export const RESOURCE_INSTANCE = 1
export const MULTIPLE_RESOURCE = 2
export const RESOURCE = 3

const RESERVED_ID = 0xffff

/**
 * Walks over the entries of one level of TLV, without making anything:
 *
 *     type (1)   bits 7-6 kind · 5 id of two bytes · 4-3 bytes of the length field · 2-0 length where that is none
 *     id (1-2)   length (0-3)   value
 */
export class TlvCursor {
  readonly #bytes: Uint8Array
  readonly #limit: number
  #at: number
  kind = OBJECT_INSTANCE
  id = 0
  /** Where the entry starts; its value lies in `[from, to)`. */
  start = 0
  from = 0
  to = 0

  constructor(bytes: Uint8Array, from: number, to: number) {
    this.#bytes = bytes
    this.#at = from
    this.#limit = to
  }

  /** Moves to the next entry; false at the end. */
  next(): boolean {
    if (this.#at === this.#limit) return false
    this.start = this.#at
    const type = this.#byte()
    this.kind = type >>> 6
    this.id = (type & 0x20) === 0 ? this.#byte() : (this.#byte() << 8) | this.#byte()
    if (this.id === RESERVED_ID) throw malformed('the id 65535 is reserved', `byte ${this.start}`)
    const length = this.#length(type)
    this.from = this.#at
    this.to = this.#at + length
    if (this.to > this.#limit) throw this.#cutShort()
    this.#at = this.to
    return true
  }

  #length(type: number): number {
    let length = type & 0x07
    const size = (type >>> 3) & 0x03
    if (size > 0) length = 0
    for (let count = 0; count < size; count++) length = length * 256 + this.#byte()
    return length
  }

  #byte(): number {
    const byte = this.#at < this.#limit ? this.#bytes[this.#at] : undefined
    if (byte === undefined) throw this.#cutShort()
    this.#at++
    return byte
  }

  #cutShort() {
    return malformed(`the entry that starts here is longer than what is left`, `byte ${this.start}`)
  }
}

function lengthSize(length: number): number {
  if (length < 8) return 0
  if (length < 0x100) return 1
  return length < 0x10000 ? 2 : 3
}

/** One entry, with the shortest header that holds the id and the length (below 2^24). */
export function tlvEntry(kind: number, id: number, value: Uint8Array): Uint8Array {
  const wide = id > 0xff
  const size = lengthSize(value.length)
  const header = [(kind << 6) | (wide ? 0x20 : 0) | (size << 3) | (size === 0 ? value.length : 0)]
  if (wide) header.push(id >>> 8)
  header.push(id & 0xff)
  for (let shift = (size - 1) * 8; shift >= 0; shift -= 8) header.push((value.length >>> shift) & 0xff)
  return joinBytes([Uint8Array.from(header), value])
}

export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const joined = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}
