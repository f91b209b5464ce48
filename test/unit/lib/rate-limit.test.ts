import { describe, expect, it } from 'vitest'
import { RateLimit } from '../../../src/lib/rate-limit.ts'

/** How many of `count` messages get through that come every `interval` milliseconds from `start` on. */
function pass(limit: RateLimit, count: number, interval: number, state = { due: 0 }, start = 1_000): number {
  let passed = 0
  for (let index = 0; index < count; index++) {
    const due = limit.next(state.due, start + index * interval)
    if (due === undefined) continue
    state.due = due
    passed++
  }
  return passed
}

describe('RateLimit', () => {
  it.each([
    [10, 2, 20],
    [300, 4, 1_200],
    [1, 1, 1],
    [0.1, 20, 2],
  ])('%d a second lets a burst of %d seconds through at once: %d', (perSecond, seconds, burst) => {
    expect(pass(new RateLimit(perSecond, seconds), burst * 3, 0)).toBe(burst)
  })

  it('lets through for ever what comes no faster than its rate', () => {
    expect(pass(new RateLimit(10, 1), 10_000, 100)).toBe(10_000)
  })

  it('lets its rate through of what comes twice as fast, after the burst', () => {
    expect(pass(new RateLimit(10, 1), 2_000, 50)).toBe(1_010)
  })

  it('has its burst again after as long a silence, and no more after a longer one', () => {
    const limit = new RateLimit(10, 2)
    const state = { due: 0 }
    expect(pass(limit, 100, 0, state, 1_000)).toBe(20)
    expect(pass(limit, 100, 0, state, 2_000)).toBe(10)
    expect(pass(limit, 100, 0, state, 1_000_000)).toBe(20)
  })

  it('without a rate lets all through', () => {
    expect(pass(new RateLimit(Number.POSITIVE_INFINITY, 4), 10_000, 0)).toBe(10_000)
  })

  it('says in whole seconds when there is room again', () => {
    expect([300, 1, 0.4].map((rate) => new RateLimit(rate, 4).retryAfter)).toEqual([1, 1, 3])
  })
})
