/** Some two hundred publications. */
const CHUNK_BYTES = 65_536

/**
 * Packets on their way to a socket, one behind the other in memory, so that those of one turn of the loop leave in one
 * write. The memory is its own: in Node's pool, which everybody draws from, one remembered reply of a few bytes would
 * keep alive all the publications that were written next to it.
 */
export class PacketBuffer {
  readonly #write: (bytes: Buffer) => void
  #bytes: Buffer = Buffer.alloc(0)
  /** Where the first packet begins that has not been written, and where the last one ends. */
  #start = 0
  #at = 0

  /**
   * @param write takes packets that are complete; the bytes are its own from then on
   */
  constructor(write: (bytes: Buffer) => void) {
    this.#write = write
  }

  /** Makes room for a packet of this length; what was there before it may be written to have that. */
  begin(length: number): void {
    if (this.#at + length <= this.#bytes.length) return
    this.flush()
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, length))
    this.#start = 0
    this.#at = 0
  }

  /** Writes all packets that are here. */
  flush(): void {
    if (this.#at === this.#start) return
    const bytes = this.#bytes.subarray(this.#start, this.#at)
    this.#start = this.#at
    this.#write(bytes)
  }

  byte(value: number): void {
    this.#bytes[this.#at++] = value
  }

  uint16(value: number): void {
    this.byte(value >>> 8)
    this.byte(value)
  }

  uint32(value: number): void {
    this.uint16(value >>> 16)
    this.uint16(value)
  }

  /** A variable byte integer (MQTT 5, 1.5.5). */
  variable(value: number): void {
    let rest = value
    for (; rest >= 128; rest >>>= 7) this.byte(rest | 0x80)
    this.byte(rest)
  }

  raw(value: string | Uint8Array): void {
    if (typeof value === 'string') this.#at += this.#bytes.write(value, this.#at)
    else {
      this.#bytes.set(value, this.#at)
      this.#at += value.length
    }
  }

  /** A string or binary data, with its length before it. */
  field(value: string | Uint8Array): void {
    const lengthAt = this.#at
    this.#at += 2
    this.raw(value)
    this.#bytes.writeUInt16BE(this.#at - lengthAt - 2, lengthAt)
  }
}
