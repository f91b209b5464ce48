/**
 * A token bucket whose state is one number, kept by whoever is limited: the time at which the next message would be
 * due at the even rate (the virtual scheduling algorithm of ITU-T I.371). It begins at 0.
 */
export class RateLimit {
  readonly #interval: number
  readonly #tolerance: number

  /**
   * @param perSecond may be Infinity
   * @param seconds of silence that a burst may make up for
   */
  constructor(perSecond: number, seconds: number) {
    this.#interval = 1000 / perSecond
    this.#tolerance = Math.max(0, seconds * 1000 - this.#interval / 2)
  }

  /** Whole seconds, one or more, in which there is room again. */
  get retryAfter(): number {
    return Math.max(1, Math.ceil(this.#interval / 1000))
  }

  /**
   * @param due the state
   * @param now monotonic milliseconds
   * @returns the new state; undefined where the message is one too many, and the state stays
   */
  next(due: number, now: number): number | undefined {
    if (due - now > this.#tolerance) return undefined
    return Math.max(due, now) + this.#interval
  }
}
