import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ObservePacing, type Waiting } from '../../../src/lwm2m/observe-pacing.ts'
import { SimulatedClock } from '../../support/clock.ts'

const SECOND = 1_000

/** Who wants `turns` turns, and notes when they came. */
class Candidate implements Waiting<Candidate> {
  previous: Candidate | undefined
  next: Candidate | undefined
  isWaiting = false
  readonly name: string
  turns: number

  constructor(name: string, turns = 1) {
    this.name = name
    this.turns = turns
  }
}

function rig(perSecond: number | undefined) {
  const clock = new SimulatedClock()
  const began = clock.now()
  const turns: { readonly name: string; readonly at: number }[] = []
  const pacing: ObservePacing<Candidate> = new ObservePacing(clock, perSecond, (candidate) => {
    if (candidate.turns === 0) return
    candidate.turns--
    pacing.take()
    turns.push({ name: candidate.name, at: clock.now() - began })
    pacing.enter(candidate)
  })
  const names = (): string[] => turns.map(({ name }) => name)
  const times = (): number[] => turns.map(({ at }) => at)
  return { clock, pacing, turns, names, times }
}

function busiestSecond(times: readonly number[]): number {
  return Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at < from + SECOND).length))
}

describe('turns', () => {
  it('come at once where nobody waits, and then at the rate', () => {
    const { clock, pacing, times } = rig(4)
    pacing.enter(new Candidate('a', 5))
    expect(times()).toEqual([0])
    clock.advance(SECOND)
    expect(times()).toEqual([0, 250, 500, 750, 1000])
  })

  it('come in portions of a twentieth of a second where there are many', () => {
    const { clock, pacing, times } = rig(100)
    pacing.enter(new Candidate('a', 500))
    expect(times().length).toBe(5)
    clock.advance(49)
    expect(times().length).toBe(5)
    clock.advance(1)
    expect(times().length).toBe(10)
  })

  it('without a limit all come at once', () => {
    const { clock, pacing, times } = rig(undefined)
    pacing.enter(new Candidate('a', 1_000))
    expect(times().length).toBe(1_000)
    expect(clock.pending()).toEqual([])
  })

  it('go round: who had one goes to the end of the line', () => {
    const { clock, pacing, names } = rig(1)
    for (const name of ['x', 'large', 'a', 'b']) pacing.enter(new Candidate(name, name === 'large' ? 3 : 1))
    clock.advance(10 * SECOND)
    expect(names()).toEqual(['x', 'large', 'a', 'b', 'large', 'large'])
  })

  it('that nobody needed cost nothing', () => {
    const { clock, pacing, names } = rig(1)
    for (const [name, turns] of [
      ['a', 1],
      ['none', 0],
      ['b', 1],
    ] as const) {
      pacing.enter(new Candidate(name, turns))
    }
    clock.advance(SECOND)
    expect(names()).toEqual(['a', 'b'])
  })

  it('that were not used are lost: after a pause there is no burst', () => {
    const { clock, pacing, times } = rig(2)
    clock.advance(60 * SECOND)
    pacing.enter(new Candidate('a', 3))
    clock.advance(SECOND)
    expect(times()).toEqual([60_000, 60_500, 61_000])
  })

  it('wait for one timer, and for none when nobody waits', () => {
    const { clock, pacing } = rig(2)
    for (const name of ['a', 'b', 'c']) pacing.enter(new Candidate(name))
    expect(clock.pending()).toEqual(['observe pacing'])
    clock.advance(2 * SECOND)
    expect(clock.pending()).toEqual([])
  })

  it('are never more in a second than the rate, at the rate as long as somebody waits', () => {
    const rates = fc.integer({ min: 1, max: 150 })
    const waits = fc.array(fc.tuple(fc.nat(700), fc.integer({ min: 1, max: 60 })), { maxLength: 20 })
    fc.assert(
      fc.property(rates, waits, (rate, arrivals) => {
        const { clock, pacing, times } = rig(rate)
        let wanted = 0
        for (const [pause, turns] of arrivals) {
          clock.advance(pause)
          pacing.enter(new Candidate('x', turns))
          wanted += turns
        }
        expect(times().length).toBeLessThanOrEqual(wanted)
        clock.advance(wanted * SECOND)
        expect(times().length).toBe(wanted)
        expect(busiestSecond(times())).toBeLessThanOrEqual(rate)
      }),
    )
  })

  it.each([1, 3, 19, 20, 21, 30, 999, 1_000])('at %d a second are at least nine tenths of it', (rate) => {
    const { clock, pacing, times } = rig(rate)
    pacing.enter(new Candidate('a', rate * 20))
    clock.advance(10 * SECOND)
    expect(times().length).toBeGreaterThanOrEqual(rate * 9)
    expect(times().length).toBeLessThanOrEqual(rate * 10 + Math.ceil(rate / 20))
  })
})

describe('the line', () => {
  it('is entered once, however often one asks', () => {
    const { clock, pacing, names } = rig(1)
    const a = new Candidate('a')
    const b = new Candidate('b')
    pacing.enter(new Candidate('first'))
    for (const candidate of [a, b, a, a, b]) pacing.enter(candidate)
    clock.advance(10 * SECOND)
    expect(names()).toEqual(['first', 'a', 'b'])
  })

  it.each([
    [['a'], ['b', 'c']],
    [['b'], ['a', 'c']],
    [['c'], ['a', 'b']],
    [['a', 'b', 'c'], []],
    [['c', 'a', 'c'], ['b']],
  ])('without %j goes on with %j', (leaving, staying) => {
    const { clock, pacing, names } = rig(1)
    pacing.enter(new Candidate('first'))
    const waiting = new Map(['a', 'b', 'c'].map((name) => [name, new Candidate(name)]))
    for (const candidate of waiting.values()) pacing.enter(candidate)
    for (const name of leaving) pacing.leave(waiting.get(name) ?? expect.unreachable())
    clock.advance(10 * SECOND)
    expect(names()).toEqual(['first', ...staying])
  })

  it('may be entered again after leaving, at its end', () => {
    const { clock, pacing, names } = rig(1)
    const a = new Candidate('a')
    pacing.enter(new Candidate('first'))
    pacing.enter(a)
    pacing.enter(new Candidate('b'))
    pacing.leave(a)
    pacing.enter(a)
    clock.advance(10 * SECOND)
    expect(names()).toEqual(['first', 'b', 'a'])
  })

  it('is empty after the stop, and no timer is left', () => {
    const { clock, pacing, names } = rig(1)
    for (const name of ['a', 'b']) pacing.enter(new Candidate(name))
    pacing.stop()
    expect(clock.pending()).toEqual([])
    clock.advance(10 * SECOND)
    expect(names()).toEqual(['a'])
  })
})

describe('a message out of turn', () => {
  it('takes the place of a turn', () => {
    const { clock, pacing, times } = rig(2)
    pacing.enter(new Candidate('a', 3))
    clock.advance(100)
    expect([pacing.take(), pacing.take()]).toEqual([400, 900])
    clock.advance(1_400)
    expect(times()).toEqual([0, 1_500])
  })

  it('before anybody waits makes the first one wait', () => {
    const { clock, pacing, times } = rig(1)
    expect([pacing.isFree, pacing.take(), pacing.isFree]).toEqual([true, 0, false])
    pacing.enter(new Candidate('a'))
    expect(times()).toEqual([])
    clock.advance(SECOND)
    expect(times()).toEqual([1_000])
  })
})
