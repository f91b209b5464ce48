import type { Clock, Timer } from '../lib/clock.ts'
import type { MappingTimer } from '../mapping/run.ts'

/** Values that filters hold back, over all devices; above it they are not held back but left out. */
const MAX_TIMERS = 100_000

/** What filters hold back until their time has come, device by device: none of it outlives its device. */
export class HeldBack {
  readonly #clock: Clock
  readonly #due: (endpoint: string, timer: MappingTimer) => void
  readonly #byEndpoint = new Map<string, Map<string, Timer>>()
  #count = 0

  constructor(clock: Clock, due: (endpoint: string, timer: MappingTimer) => void) {
    this.#clock = clock
    this.#due = due
  }

  /** Each key of a device once, for the time that was asked for first. */
  add(endpoint: string, timer: MappingTimer): void {
    const { key, at } = timer
    const own = this.#byEndpoint.get(endpoint)
    if (own?.has(key) || this.#count >= MAX_TIMERS) return
    const delay = Math.max(0, at - this.#clock.wall())
    const due = (held: HeldBack): void => {
      held.#drop(endpoint, key)
      held.#due(endpoint, timer)
    }
    const scheduled = this.#clock.schedule('value held back', delay, due, this)
    this.#count++
    if (own === undefined) this.#byEndpoint.set(endpoint, new Map([[key, scheduled]]))
    else own.set(key, scheduled)
  }

  /** The device has gone. */
  forget(endpoint: string): void {
    const own = this.#byEndpoint.get(endpoint)
    if (own === undefined) return
    for (const timer of own.values()) timer.cancel()
    this.#count -= own.size
    this.#byEndpoint.delete(endpoint)
  }

  stop(): void {
    for (const endpoint of [...this.#byEndpoint.keys()]) this.forget(endpoint)
  }

  #drop(endpoint: string, key: string): void {
    const own = this.#byEndpoint.get(endpoint)
    if (own?.delete(key)) this.#count--
    if (own?.size === 0) this.#byEndpoint.delete(endpoint)
  }
}
