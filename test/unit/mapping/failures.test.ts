import { describe, expect, it } from 'vitest'
import { ValueFilter } from '../../../src/mapping/rule/value-filter.ts'
import { Run } from '../../../src/mapping/run.ts'
import { layersOf } from '../gateway/mapper-rig.ts'
import { device, message, read } from './plain-rig.ts'

describe('what a message or a value cannot do', () => {
  it('a path of thousands of ids is a rejection', () => {
    const path = new Array(20_000).fill('1').join('/')
    const body = JSON.stringify({ operation: 'write', path: '/3', values: { [path]: 1 } })
    const { orders, rejections } = read(message('device/room-1/do/request', body))
    expect(orders).toEqual([])
    expect(rejections).toMatchObject([{ code: 'request_invalid' }])
  })

  it('what is too much to remember is a rejection', () => {
    const mapping = layersOf({
      commands: [
        { topic: 'ask/{device}', operation: 'observe', path: '/3', remember: '${payload}', payload: true },
      ],
    })
    const ask = (length: number) => {
      const payload = new TextEncoder().encode(JSON.stringify('x'.repeat(length)))
      const asked = { topic: 'ask/room-1', payload, retain: false }
      return mapping.down(asked, 's', 0, { snapshot: () => device })
    }
    expect(ask(8_000).orders).toHaveLength(1)
    expect(ask(9_000).rejections).toMatchObject([{ code: 'mapping_budget' }])
  })

  it('integers beyond 2^53 in a list are compared', () => {
    const filter = new ValueFilter({ deadBand: undefined, onChange: true, minInterval: undefined })
    const last = { value: [2n ** 60n], at: 0 }
    expect(filter.judge([2n ** 60n], 1, last)).toBe('drop')
    expect(filter.judge([2n ** 60n + 1n], 1, last)).toBe('publish')
  })

  it('a rule that fails keeps neither what it remembered nor its timers', () => {
    const kept = { a: 1, b: 2 }
    const run = new Run(kept, 'id', { event: 'value', endpoint: 'e', path: undefined })
    run.remember('a', 3)
    const before = run.begin()
    run.remember('a', 4)
    run.remember('b', undefined)
    run.remember('c', 5)
    run.timers.push({ key: 'k', at: 1 })
    run.rollBack(before)
    expect(run.state).toEqual({ a: 3, b: 2 })
    expect(run.timers).toEqual([])
    expect(kept).toEqual({ a: 1, b: 2 })
  })
})
