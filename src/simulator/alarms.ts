import type { Clock, Timer } from '../lib/clock.ts'

/** Timers that all die with their device. */
export class Alarms {
  readonly #clock: Clock
  readonly #afterEach: () => void
  readonly #pending = new Set<Timer>()
  #stopped = false

  /** @param afterEach called whenever an alarm has done its work */
  constructor(clock: Clock, afterEach: () => void) {
    this.#clock = clock
    this.#afterEach = afterEach
  }

  /** Calls `action` once after so many milliseconds; not at all after `stop`. */
  set(name: string, milliseconds: number, action: () => void): void {
    if (this.#stopped) return
    const fire = () => {
      this.#pending.delete(timer)
      action()
      this.#afterEach()
    }
    const timer = this.#clock.schedule(name, milliseconds, fire, undefined)
    this.#pending.add(timer)
  }

  /** Calls `action` again and again; a period of 0 is never. */
  every(name: string, milliseconds: number, action: () => void): void {
    if (milliseconds <= 0) return
    this.set(name, milliseconds, () => {
      action()
      this.every(name, milliseconds, action)
    })
  }

  stop(): void {
    this.#stopped = true
    for (const timer of this.#pending) timer.cancel()
    this.#pending.clear()
  }
}
