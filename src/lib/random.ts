import { randomBytes, randomInt } from 'node:crypto'

/** Randomness as a parameter: tests hand in a seeded one. */
export interface Random {
  /** `length` unpredictable bytes in an array of their own. */
  bytes(length: number): Uint8Array
  /** An integer from 0 up to, but without, `below` (at most 2^48 - 1). */
  integer(below: number): number
}

const POOL_BYTES = 4096

/** Cryptographic randomness, drawn in pools: a token for each request must not cost a system call. */
export class SystemRandom implements Random {
  #pool: Uint8Array = new Uint8Array(0)
  #used = 0

  bytes(length: number): Uint8Array {
    if (length > POOL_BYTES) return Uint8Array.from(randomBytes(length))
    if (this.#used + length > this.#pool.length) {
      this.#pool = randomBytes(POOL_BYTES)
      this.#used = 0
    }
    const start = this.#used
    this.#used += length
    return Uint8Array.prototype.slice.call(this.#pool, start, this.#used)
  }

  integer(below: number): number {
    return randomInt(below)
  }
}
