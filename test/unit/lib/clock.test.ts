import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Clock, SystemClock } from '../../../src/lib/clock.ts'
import { SimulatedClock } from '../../support/clock.ts'

/** Both clocks keep the same promises; the system's is run on a false setTimeout and performance.now. */
const clocks: readonly [string, () => { clock: Clock; pass: (milliseconds: number) => void }][] = [
  [
    'the system clock',
    () => ({
      clock: new SystemClock(),
      pass: (milliseconds) => {
        vi.advanceTimersByTime(milliseconds)
      },
    }),
  ],
  [
    'the simulated clock',
    () => {
      const clock = new SimulatedClock()
      return { clock, pass: (milliseconds) => clock.advance(milliseconds) }
    },
  ],
]

describe.each(clocks)('%s', (_name, make) => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('fires each timer once, at its time, with its context', () => {
    const { clock, pass } = make()
    const start = clock.now()
    const fired: [string, number][] = []
    const note = (name: string): number => fired.push([name, Math.round(clock.now() - start)])
    clock.schedule('late', 300, note, 'late')
    clock.schedule('early', 100, note, 'early')
    clock.schedule('middle', 200, note, 'middle').cancel()
    pass(1_000)
    expect(fired).toEqual([
      ['early', 100],
      ['late', 300],
    ])
  })

  it('wakes for a timer that is added later and due sooner', () => {
    const { clock, pass } = make()
    const fired: string[] = []
    clock.schedule('late', 10_000, (name) => fired.push(name), 'late')
    pass(10)
    clock.schedule('soon', 10, (name) => fired.push(name), 'soon')
    pass(20)
    expect(fired).toEqual(['soon'])
  })

  it('fires timers that timers add', () => {
    const { clock, pass } = make()
    let count = 0
    const again = (): void => {
      if (++count < 5) clock.schedule('again', 10, again, undefined)
    }
    clock.schedule('again', 10, again, undefined)
    pass(100)
    expect(count).toBe(5)
  })

  it('waits longer than a setTimeout can', () => {
    const { clock, pass } = make()
    const month = 30 * 24 * 3_600_000
    let fired = false
    clock.schedule(
      'next month',
      month,
      () => {
        fired = true
      },
      undefined,
    )
    pass(month - 1)
    expect(fired).toBe(false)
    pass(1)
    expect(fired).toBe(true)
  })

  it('takes no delay, and does not call back at once', () => {
    const { clock, pass } = make()
    let fired = 0
    clock.schedule('at once', 0, () => fired++, undefined)
    expect(fired).toBe(0)
    pass(1)
    expect(fired).toBe(1)
  })

  it('never goes backwards, and has a wall time that moves along', () => {
    const { clock, pass } = make()
    const [now, wall] = [clock.now(), clock.wall()]
    pass(1_500)
    expect(clock.now() - now).toBeCloseTo(1_500)
    expect(clock.wall() - wall).toBe(1_500)
  })
})

describe('the system clock', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('holds one timer of the system, however many are pending', () => {
    const clock = new SystemClock()
    for (let delay = 1_000; delay > 0; delay--) clock.schedule('one of many', delay, () => {}, undefined)
    expect(vi.getTimerCount()).toBe(1)
    vi.advanceTimersByTime(2_000)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('goes on after a timer that throws', () => {
    const clock = new SystemClock()
    let fired = false
    const fail = (): void => {
      throw new Error('a bug')
    }
    clock.schedule('bad', 10, fail, undefined)
    clock.schedule(
      'good',
      20,
      () => {
        fired = true
      },
      undefined,
    )
    expect(() => vi.advanceTimersByTime(10)).toThrow('a bug')
    vi.advanceTimersByTime(10)
    expect(fired).toBe(true)
  })
})

it('the simulated clock lists what is pending by name', () => {
  const clock = new SimulatedClock()
  clock.schedule('one', 10, () => {}, undefined)
  clock.schedule('two', 5, () => {}, undefined).cancel()
  expect(clock.pending()).toEqual(['one'])
})
