import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'

/** Stamps facts: an id that no other fact has, in this life of the process or another, and the time. */
export class FactStamper {
  readonly #clock: Clock
  readonly #prefix: string
  #count = 0

  constructor(clock: Clock, random: Random) {
    this.#clock = clock
    this.#prefix = Buffer.from(random.bytes(6)).toString('base64url')
  }

  stamp(): { readonly id: string; readonly at: number } {
    return { id: `${this.#prefix}-${(this.#count++).toString(36)}`, at: this.#clock.wall() }
  }
}
