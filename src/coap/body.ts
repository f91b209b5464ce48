/** Memory for bodies that come in blocks, shared by all that gather one. */
export interface BodyMemory {
  /** Bytes that one body may have. */
  readonly longest: number
  /** Takes memory, in bytes; false: there is none left. */
  reserve(bytes: number): boolean
  release(bytes: number): void
}

const NOTHING = new Uint8Array(0)

/**
 * A body that grows block by block. The blocks are copied together, so that many small ones take no more than twice
 * the memory of what they hold, whatever datagrams they came in.
 */
export class Body {
  readonly #memory: BodyMemory
  #bytes: Uint8Array = NOTHING
  #length = 0

  constructor(memory: BodyMemory) {
    this.#memory = memory
  }

  get length(): number {
    return this.#length
  }

  /** Adds a block at the end, or says why it cannot be: the body is `too-large`, or there is `no-room` for it. */
  append(block: Uint8Array): 'added' | 'too-large' | 'no-room' {
    const length = this.#length + block.length
    if (length > this.#memory.longest) return 'too-large'
    if (length > this.#bytes.length && !this.#grow(length)) return 'no-room'
    this.#bytes.set(block, this.#length)
    this.#length = length
    return 'added'
  }

  /** Whether these very bytes stand in the body at `offset`. */
  holds(offset: number, block: Uint8Array): boolean {
    const end = offset + block.length
    return end <= this.#length && Buffer.compare(this.#bytes.subarray(offset, end), block) === 0
  }

  /** The whole body, which is the caller's from now on. */
  take(): Uint8Array {
    const whole = this.#bytes.subarray(0, this.#length)
    this.drop()
    return whole
  }

  /** Gives the memory back. */
  drop(): void {
    this.#memory.release(this.#bytes.length)
    this.#bytes = NOTHING
    this.#length = 0
  }

  #grow(needed: number): boolean {
    const capacity = Math.max(needed, Math.min(2 * this.#bytes.length, this.#memory.longest))
    if (!this.#memory.reserve(capacity - this.#bytes.length)) return false
    const bytes = new Uint8Array(capacity)
    bytes.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = bytes
    return true
  }
}
