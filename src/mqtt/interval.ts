import type { Clock, Timer } from '../lib/clock.ts'

/** Repeated calls on the gateway's clock, in the shape in which MQTT.js asks for its keep-alive timer. */
export interface Intervals {
  set(fire: () => void, milliseconds: number): number
  clear(id: number): void
}

export function intervalsOn(clock: Clock): Intervals {
  const timers = new Map<number, Timer>()
  let last = 0
  const arm = (id: number, fire: () => void, milliseconds: number): void => {
    const again = (): void => {
      arm(id, fire, milliseconds)
      fire()
    }
    timers.set(id, clock.schedule('mqtt keep-alive', milliseconds, again, undefined))
  }
  return {
    set(fire, milliseconds) {
      arm(++last, fire, milliseconds)
      return last
    },
    clear(id) {
      timers.get(id)?.cancel()
      timers.delete(id)
    },
  }
}
