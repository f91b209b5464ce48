import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Timer } from '../../../src/lib/clock.ts'
import { TimerHeap } from '../../../src/lib/timers.ts'

const push = (list: string[]) => (name: string) => list.push(name)

describe('a timer heap', () => {
  it('fires what is due, by due time', () => {
    const heap = new TimerHeap()
    const fired: string[] = []
    for (const due of [30, 10, 20]) heap.add(`at ${due}`, due, push(fired), `${due}`)
    heap.runDue(20)
    expect(fired).toEqual(['10', '20'])
    expect(heap.names()).toEqual(['at 30'])
    expect(heap.nextDue()).toBe(30)
  })

  it('fires what is due at the same time in the order of adding', () => {
    const heap = new TimerHeap()
    const fired: string[] = []
    for (let index = 0; index < 100; index++) heap.add('same', 5, push(fired), `${index}`)
    heap.runDue(5)
    expect(fired).toEqual(Array.from({ length: 100 }, (_, index) => `${index}`))
  })

  it('fires nothing that was cancelled, and takes a second cancel', () => {
    const heap = new TimerHeap()
    const fired: string[] = []
    const timer = heap.add('first', 1, push(fired), 'first')
    heap.add('second', 2, push(fired), 'second')
    timer.cancel()
    timer.cancel()
    heap.runDue(10)
    timer.cancel()
    expect(fired).toEqual(['second'])
    expect(heap.size).toBe(0)
    expect(heap.nextDue()).toBe(Number.POSITIVE_INFINITY)
  })

  it('lets a timer cancel others and add new ones as it fires', () => {
    const heap = new TimerHeap()
    const fired: string[] = []
    const victim = heap.add('victim', 3, push(fired), 'victim')
    const act = (): void => {
      victim.cancel()
      heap.add('late', 2, push(fired), 'late')
      heap.add('later', 9, push(fired), 'later')
    }
    heap.add('actor', 1, act, undefined)
    heap.runDue(5)
    expect(fired).toEqual(['late'])
    expect(heap.names()).toEqual(['later'])
  })

  it('fires the others where one throws, and throws then', () => {
    const heap = new TimerHeap()
    const fired: string[] = []
    const fail = (reason: string): void => {
      throw new Error(reason)
    }
    heap.add('bad', 1, fail, 'one')
    heap.add('good', 2, push(fired), 'good')
    heap.add('bad', 3, fail, 'two')
    expect(() => heap.runDue(5)).toThrow('one')
    expect(fired).toEqual(['good'])
    expect(heap.size).toBe(0)
  })

  it('fires one at a time where asked', () => {
    const heap = new TimerHeap()
    const fired: string[] = []
    heap.add('one', 1, push(fired), 'one')
    heap.add('two', 2, push(fired), 'two')
    expect(heap.runOne(0)).toBe(false)
    expect(heap.runOne(5)).toBe(true)
    expect(fired).toEqual(['one'])
  })
})

interface Step {
  readonly due: number
  /** Which of the timers so far is cancelled after this one is added. */
  readonly cancel: number | undefined
}

const arbitrarySteps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({ due: fc.nat(50), cancel: fc.option(fc.nat(200), { nil: undefined }) }),
  { maxLength: 200 },
)

it('any timers, some of them cancelled, fire as a sorted list would', () => {
  fc.assert(
    fc.property(arbitrarySteps, (steps) => {
      const heap = new TimerHeap()
      const timers: Timer[] = []
      const cancelled = new Set<number>()
      const fired: number[] = []
      for (const [index, { due, cancel }] of steps.entries()) {
        timers.push(heap.add('any', due, (order: number) => fired.push(order), index))
        if (cancel === undefined) continue
        timers[cancel]?.cancel()
        if (cancel < timers.length) cancelled.add(cancel)
      }
      expect(heap.size).toBe(steps.length - cancelled.size)
      const expected = [...steps.keys()]
        .filter((index) => !cancelled.has(index))
        .toSorted((one, other) => (steps[one]?.due ?? 0) - (steps[other]?.due ?? 0) || one - other)
      expect(heap.nextDue()).toBe(steps[expected[0] ?? -1]?.due ?? Number.POSITIVE_INFINITY)
      heap.runDue(50)
      expect(fired).toEqual(expected)
    }),
    { numRuns: 500 },
  )
})
