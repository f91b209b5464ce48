import { type Timer, TimerHeap } from './timers.ts'

export type { Timer } from './timers.ts'

/**
 * Time as everything in the gateway sees it. It is a parameter, so that a test runs an hour in milliseconds.
 */
export interface Clock {
  /** Wall-clock time in milliseconds since the epoch; may jump. For stamps that people and brokers see. */
  wall(): number
  /** Milliseconds that never go backwards. For deadlines and intervals. */
  now(): number
  /**
   * Calls `fire(context)` once after `delay` milliseconds.
   * @param name what the timer is for, as seen when a test or a log lists what is pending
   * @param context handed to `fire`, so that a hot path needs no closure
   */
  schedule<T>(name: string, delay: number, fire: (context: T) => void, context: T): Timer
}

// setTimeout turns longer delays into 1 ms; the heap simply looks again when this has passed.
const LONGEST_SLEEP = 2 ** 31 - 1

/** The real clock: one operating-system timer serves the whole heap. */
export class SystemClock implements Clock {
  readonly #timers = new TimerHeap(() => this.#sleepNoMore())
  #sleep: NodeJS.Timeout | undefined
  #wakesAt = Number.POSITIVE_INFINITY

  wall(): number {
    return Date.now()
  }

  now(): number {
    return performance.now()
  }

  schedule<T>(name: string, delay: number, fire: (context: T) => void, context: T): Timer {
    const timer = this.#timers.add(name, this.now() + delay, fire, context)
    this.#sleepUntilFirst()
    return timer
  }

  #sleepUntilFirst(): void {
    const due = this.#timers.nextDue()
    if (due >= this.#wakesAt) return // a wake-up that finds nothing due costs less than re-arming at each cancel
    clearTimeout(this.#sleep)
    this.#wakesAt = due
    this.#sleep = setTimeout(
      () => this.#wake(),
      Math.min(LONGEST_SLEEP, Math.max(0, Math.ceil(due - this.now()))),
    )
  }

  /** With nothing pending the operating system's timer must not keep the process alive. */
  #sleepNoMore(): void {
    clearTimeout(this.#sleep)
    this.#wakesAt = Number.POSITIVE_INFINITY
  }

  #wake(): void {
    this.#wakesAt = Number.POSITIVE_INFINITY
    try {
      this.#timers.runDue(this.now())
    } finally {
      this.#sleepUntilFirst()
    }
  }
}
