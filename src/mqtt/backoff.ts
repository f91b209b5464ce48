import type { Random } from '../lib/random.ts'

export interface BackoffOptions {
  /** Milliseconds. */
  readonly first: number
  /** Milliseconds. */
  readonly longest: number
}

/**
 * Waiting times between attempts: doubled each time up to the longest, and each drawn from its upper half, so that
 * a thousand gateways do not come back to a broker in the same moment.
 */
export class Backoff {
  readonly #options: BackoffOptions
  readonly #random: Random
  #ceiling: number

  constructor(options: BackoffOptions, random: Random) {
    this.#options = options
    this.#random = random
    this.#ceiling = options.first
  }

  /** The next wait in milliseconds. */
  next(): number {
    const ceiling = Math.min(this.#ceiling, this.#options.longest)
    this.#ceiling = ceiling * 2
    const half = Math.floor(ceiling / 2)
    return ceiling - half + this.#random.integer(half + 1)
  }

  /** Starts over with the first wait. */
  reset(): void {
    this.#ceiling = this.#options.first
  }

  /** Goes to the longest wait at once. */
  exhaust(): void {
    this.#ceiling = this.#options.longest
  }
}
