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
 * Messages at a bounded rate: in any second, wherever it begins, there are no more than the rate allows; what was not
 * used is lost. Who has something to ask waits in a line for the moment at which one may go, first come first served;
 * each message takes its place when it goes (`take`). One timer, and entering, leaving and a turn cost the same however
 * many wait.
 */
export class ObservePacing<T extends Waiting<T>> {
  readonly #clock: Clock
  readonly #turn: (waiting: T) => void
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
   * @param turn may send a message now
   */
  constructor(clock: Clock, perSecond: number | undefined, turn: (waiting: T) => void) {
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

  /** Whether a message may go now. */
  get isFree(): boolean {
    return this.#rest() <= 0
  }

  /**
   * Takes the next place for a message, before all that wait in the line.
   * @returns milliseconds until it may go
   */
  readonly take = (): number => {
    const pause = Math.max(0, Math.ceil(this.#rest()))
    this.#spent[this.#oldest] = this.#clock.now() + pause
    this.#oldest = (this.#oldest + 1) % this.#spent.length
    return pause
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
      while (this.#first !== undefined && this.isFree) this.#call(this.#first)
    } finally {
      this.#isTaking = false
    }
    if (this.#first !== undefined) {
      const rest = Math.ceil(this.#rest()) // whole, so that no rounding wakes it a hair too early, again and again
      this.#timer = this.#clock.schedule('observe pacing', rest, ObservePacing.#wake, this)
    }
  }

  #call(waiting: T): void {
    this.leave(waiting)
    this.#turn(waiting)
  }

  /** Milliseconds until a message may go. */
  #rest(): number {
    return (this.#spent[this.#oldest] ?? 0) + this.#interval - this.#clock.now()
  }

  static #wake<T extends Waiting<T>>(pacing: ObservePacing<T>): void {
    pacing.#timer = undefined
    pacing.#proceed()
  }
}
