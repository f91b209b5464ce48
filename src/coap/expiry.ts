import type { Clock, Timer } from '../lib/clock.ts'

/** An item that can stand in one Expiry at a time. The links are the queue's own. */
export interface Expiring<T> {
  /** Monotonic milliseconds. */
  expires: number
  previous: T | undefined
  next: T | undefined
}

// Under load something expires at every moment: one wake-up takes what fell due in the meantime.
const SHORTEST_SLEEP = 250

/**
 * Items that all live equally long, so that the oldest is always the first to go: a doubly linked list, where
 * adding, removing and expiring cost the same however many there are, and one timer for all.
 */
export class Expiry<T extends Expiring<T>> {
  readonly #name: string
  readonly #clock: Clock
  readonly #lifetime: number
  readonly #expired: (item: T) => void
  #first: T | undefined
  #last: T | undefined
  #timer: Timer | undefined

  /**
   * @param name the timer's
   * @param lifetime in milliseconds
   * @param expired is handed each item once it has been taken out
   */
  constructor(name: string, clock: Clock, lifetime: number, expired: (item: T) => void) {
    this.#name = name
    this.#clock = clock
    this.#lifetime = lifetime
    this.#expired = expired
  }

  /** The item that has been here longest. */
  get first(): T | undefined {
    return this.#first
  }

  /** @param now monotonic milliseconds, where the caller has just looked: it is not for nothing */
  add(item: T, now = this.#clock.now()): void {
    item.expires = Math.ceil(now + this.#lifetime) // a fraction would be an object of its own
    item.previous = this.#last
    item.next = undefined
    if (this.#last === undefined) this.#first = item
    else this.#last.next = item
    this.#last = item
    this.#timer ??= this.#clock.schedule(this.#name, this.#lifetime, Expiry.#wake, this)
  }

  /** Takes out an item that is in here. */
  remove(item: T): void {
    if (item.previous === undefined) this.#first = item.next
    else item.previous.next = item.next
    if (item.next === undefined) this.#last = item.previous
    else item.next.previous = item.previous
    item.previous = undefined
    item.next = undefined
  }

  /** Stops the timer; what is in here stays until it is removed. */
  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  static #wake<T extends Expiring<T>>(expiry: Expiry<T>): void {
    expiry.#expire()
  }

  #expire(): void {
    this.#timer = undefined
    const now = this.#clock.now()
    for (let item = this.#first; item !== undefined && item.expires <= now; item = this.#first) {
      this.remove(item)
      this.#expired(item)
    }
    const item = this.#first
    if (item === undefined || this.#timer !== undefined) return
    const sleep = Math.max(SHORTEST_SLEEP, item.expires - now)
    this.#timer = this.#clock.schedule(this.#name, sleep, Expiry.#wake, this)
  }
}
