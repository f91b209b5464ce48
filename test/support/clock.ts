import type { Clock, Timer } from '../../src/lib/clock.ts'
import { TimerHeap } from '../../src/lib/timers.ts'

/** Time that moves only when a test says so. Timers fire in order, each at its own moment. */
export class SimulatedClock implements Clock {
  readonly #timers = new TimerHeap()
  #now = 1_000_000
  /** 2026-01-01T00:00:00Z plus the time that has passed. */
  readonly #epoch = 1_767_225_600_000 - 1_000_000

  wall(): number {
    return this.#epoch + this.#now
  }

  now(): number {
    return this.#now
  }

  schedule<T>(name: string, delay: number, fire: (context: T) => void, context: T): Timer {
    return this.#timers.add(name, this.#now + delay, fire, context)
  }

  /** Names of the timers that are pending. */
  pending(): string[] {
    return this.#timers.names()
  }

  /** Lets time pass; what falls due on the way fires at its own time. */
  advance(milliseconds: number): void {
    const end = this.#now + milliseconds
    while (this.#timers.nextDue() <= end) {
      this.#now = Math.max(this.#now, this.#timers.nextDue())
      this.#timers.runOne(this.#now)
    }
    this.#now = end
  }
}
