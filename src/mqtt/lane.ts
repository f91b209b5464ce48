import { type Entry, Queue } from './queue.ts'

export interface LaneLimits {
  /** Publications, and their bytes, from being taken until they are settled. */
  readonly limit: number
  readonly bytes: number
}

/** A queue with its bound. What is in flight still counts: it may come back. */
export class Lane {
  readonly queue = new Queue()
  readonly #limits: LaneLimits
  #count = 0
  #bytes = 0

  constructor(limits: LaneLimits) {
    this.#limits = limits
  }

  get count(): number {
    return this.#count
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Full lanes are reported once, until they are half empty again. */
  get isHalfEmpty(): boolean {
    return this.#count * 2 <= this.#limits.limit && this.#bytes * 2 <= this.#limits.bytes
  }

  /** @param share of the bounds that may be filled: 2 is twice as much as they say */
  hasRoom(bytes: number, share = 1): boolean {
    return this.#count < this.#limits.limit * share && this.#bytes + bytes <= this.#limits.bytes * share
  }

  enter(entry: Entry): void {
    this.#count++
    this.#bytes += entry.bytes
    this.queue.push(entry)
  }

  /** An entry was settled. */
  leave(entry: Entry): void {
    this.#count--
    this.#bytes -= entry.bytes
  }
}
