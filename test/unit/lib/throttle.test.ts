import { expect, it } from 'vitest'
import { Throttle } from '../../../src/lib/throttle.ts'
import { SimulatedClock } from '../../support/clock.ts'

function create() {
  const clock = new SimulatedClock()
  const reports: number[] = []
  const throttle = new Throttle({
    ...{ name: 'sample', clock, perSecond: 1, burst: 3, reportAfter: 10_000 },
    report: (suppressed) => reports.push(suppressed),
  })
  const passed = (count: number): number =>
    Array.from({ length: count }, () => throttle.admits()).filter(Boolean).length
  return { clock, reports, throttle, passed }
}

it('lets the burst through, and reports once how many were held back', () => {
  const { clock, reports, passed } = create()
  expect(passed(10)).toBe(3)
  expect(clock.pending()).toEqual(['sample'])
  clock.advance(9_999)
  expect(reports).toEqual([])
  clock.advance(1)
  expect(reports).toEqual([7])
  clock.advance(100_000)
  expect(reports).toEqual([7])
})

it('counts anew after each report', () => {
  const { clock, reports, passed } = create()
  passed(5)
  clock.advance(10_000)
  expect(passed(4)).toBe(3)
  clock.advance(10_000)
  expect(reports).toEqual([2, 1])
})

it('reports nothing where nothing was held back, and leaves no timer when it stops', () => {
  const { clock, reports, throttle, passed } = create()
  passed(3)
  expect(clock.pending()).toEqual([])
  passed(1)
  throttle.stop()
  expect(clock.pending()).toEqual([])
  clock.advance(20_000)
  expect(reports).toEqual([])
})
