import { vi } from 'vitest'

/** Watches every timer that is set from here on; the set holds those that are still to fire. */
export function watchTimers(): ReadonlySet<NodeJS.Timeout> {
  const live = new Set<NodeJS.Timeout>()
  const set = globalThis.setTimeout
  const clear = globalThis.clearTimeout
  const watched = (action: (...args: unknown[]) => void, milliseconds?: number, ...args: unknown[]) => {
    const fire = () => {
      live.delete(timer)
      action(...args)
    }
    const timer = set(fire, milliseconds)
    live.add(timer)
    return timer
  }
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(watched as typeof setTimeout)
  vi.spyOn(globalThis, 'clearTimeout').mockImplementation((timer) => {
    live.delete(timer as NodeJS.Timeout)
    clear(timer)
  })
  return live
}
