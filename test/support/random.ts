import type { Random } from '../../src/lib/random.ts'

/** Repeatable randomness: the generator mulberry32. */
export class SeededRandom implements Random {
  #state: number

  constructor(seed = 1) {
    this.#state = seed >>> 0
  }

  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let word = this.#state
    word = Math.imul(word ^ (word >>> 15), word | 1)
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61)
    return (word ^ (word >>> 14)) >>> 0
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.#next() & 0xff)
  }

  integer(below: number): number {
    return Math.floor((this.#next() / 2 ** 32) * below)
  }
}
