import type { Clock, Timer } from '../lib/clock.ts'

/** Who waits for a turn; the links are the pacing's own. */
export interface Waiting<T> {
  previous: T | undefined
  next: T | undefined
  isWaiting: boolean
}

/** Into how many portions a second's turns are divided, so that no burst is longer. */
const PORTIONS = 20
const SECOND = 1_000

/**
 * Turns at a bounded rate, first come first served. In any second, wherever it begins, there are no more than the
 * rate allows; what was not used is lost. One timer, and entering, leaving and a turn cost the same however many wait.
 */
export class ObservePacing<T extends Waiting<T>> {
  readonly #clock: Clock
  readonly #turn: (waiting: T) => boolean
  /** Milliseconds in which as many may go as there are places in `#spent`. */
  readonly #interval: number
  /** When the last ones went, or will have their places, in a ring. */
  readonly #spent: Float64Array
  #oldest = 0
  #first: T | undefined
  #last: T | undefined
  #timer: Timer | undefined
  #isTaking = false

  /**
   * @param perSecond a whole number; undefined is no limit
   * @param turn uses a turn; false: there was no need for it
   */
  constructor(clock: Clock, perSecond: number | undefined, turn: (waiting: T) => boolean) {
    this.#clock = clock
    this.#turn = turn
    const portion = Math.ceil((perSecond ?? 0) / PORTIONS)
    this.#interval = perSecond === undefined ? 0 : SECOND / Math.floor(perSecond / portion)
    this.#spent = new Float64Array(Math.max(1, portion)).fill(Number.NEGATIVE_INFINITY)
  }

  /** Takes a place at the end of the line; the turn may come at once. */
  enter(waiting: T): void {
    if (waiting.isWaiting) return
    waiting.isWaiting = true
    waiting.previous = this.#last
    waiting.next = undefined
    if (this.#last === undefined) this.#first = waiting
    else this.#last.next = waiting
    this.#last = waiting
    this.#proceed()
  }

  leave(waiting: T): void {
    if (!waiting.isWaiting) return
    waiting.isWaiting = false
    if (waiting.previous === undefined) this.#first = waiting.next
    else waiting.previous.next = waiting.next
    if (waiting.next === undefined) this.#last = waiting.previous
    else waiting.next.previous = waiting.previous
    waiting.previous = undefined
    waiting.next = undefined
  }

  /** Something is sent; where that is out of turn, it takes the place of the next turn, and others wait the longer. */
  readonly spend = (): void => {
    const free = (this.#spent[this.#oldest] ?? 0) + this.#interval
    this.#spent[this.#oldest] = Math.max(free, this.#clock.now())
    this.#oldest = (this.#oldest + 1) % this.#spent.length
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#first = undefined
  }

  /** A turn may make others enter: they are taken by the same loop. */
  #proceed(): void {
    if (this.#isTaking || this.#timer !== undefined) return
    this.#isTaking = true
    try {
      while (this.#first !== undefined && this.#rest() <= 0) this.#take(this.#first)
    } finally {
      this.#isTaking = false
    }
    if (this.#first !== undefined) {
      const rest = Math.ceil(this.#rest()) // whole, so that no rounding wakes it a hair too early, again and again
      this.#timer = this.#clock.schedule('observe pacing', rest, ObservePacing.#wake, this)
    }
  }

  #take(waiting: T): void {
    this.leave(waiting)
    if (this.#turn(waiting)) this.spend()
  }

  /** Milliseconds until the next turn. */
  #rest(): number {
    return (this.#spent[this.#oldest] ?? 0) + this.#interval - this.#clock.now()
  }

  static #wake<T extends Waiting<T>>(pacing: ObservePacing<T>): void {
    pacing.#timer = undefined
    pacing.#proceed()
  }
}
