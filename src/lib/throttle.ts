import type { Clock, Timer } from './clock.ts'
import { RateLimit } from './rate-limit.ts'

export interface ThrottleOptions {
  /** Of the timer. */
  readonly name: string
  readonly clock: Clock
  readonly perSecond: number
  /** Seconds of silence that a burst may make up for. */
  readonly burst: number
  /** Milliseconds from the first that was held back to the report. */
  readonly reportAfter: number
  /** Is told how many were held back since the last report. */
  readonly report: (suppressed: number) => void
}

/** Bounds what strangers can make us say: so much a second goes through, the rest is counted and summed up. */
export class Throttle {
  readonly #options: ThrottleOptions
  readonly #limit: RateLimit
  #due = 0
  #suppressed = 0
  #timer: Timer | undefined

  constructor(options: ThrottleOptions) {
    this.#options = options
    this.#limit = new RateLimit(options.perSecond, options.burst)
  }

  /** Whether the next one may be said. */
  admits(): boolean {
    const { name, clock, reportAfter } = this.#options
    const due = this.#limit.next(this.#due, clock.now())
    if (due !== undefined) {
      this.#due = due
      return true
    }
    this.#suppressed++
    this.#timer ??= clock.schedule(name, reportAfter, Throttle.#report, this)
    return false
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  static #report(throttle: Throttle): void {
    const suppressed = throttle.#suppressed
    throttle.#timer = undefined
    throttle.#suppressed = 0
    throttle.#options.report(suppressed)
  }
}
