import { describe, expect, it } from 'vitest'
import { exposedGc } from '../support/gc.ts'
import type { Saying } from '../support/lwm2m.ts'
import { observed, story, TEMPERATURE, value } from '../support/scene.ts'

describe('message ids', () => {
  it('38c. one that is used again for another notification within a minute: both arrive', () => {
    const { bench, device, token } = observed()
    expect(device.notify(token, value('21', 2), { messageId: 7 })).toBe('ack')
    bench.clock.advance(59_000)
    expect(device.notify(token, value('22', 3), { messageId: 7 })).toBe('ack')
    expect(device.notify(token, value('22', 3), { messageId: 7 })).toBe('ack')
    expect(story(bench)).toEqual([
      [21, 'fresh'],
      [22, 'fresh'],
    ])
  })

  it('38c. one that the Register had, and one of an undelivered notification', () => {
    const { bench, device, token } = observed()
    expect(device.notify(token, value('21', 2), { messageId: 100 })).toBe('ack')
    bench.outcome = 'hold'
    device.say(value('22', 3), { confirmable: true, token, messageId: 9 })
    device.say(value('23', 4), { confirmable: true, token, messageId: 9 })
    expect(device.receiptOf(9)).toBeUndefined()
    expect(story(bench)).toEqual([
      [21, 'fresh'],
      [22, 'fresh'],
      [23, 'fresh'],
    ])
    bench.settle('broker')
    expect(device.heard.filter(({ messageId }) => messageId === 9).length).toBe(1)
  })
})

describe('delivery', () => {
  it.each(['broker', 'stored', 'received'] as const)(
    '39. acknowledged only after delivery: %s',
    (outcome) => {
      const { bench, device, token } = observed()
      bench.outcome = 'hold'
      const packet = { confirmable: true, token, messageId: 9 }
      for (let repetition = 0; repetition < 3; repetition++) {
        device.say(value('21', 2), packet)
        bench.clock.advance(4_000)
      }
      expect(device.receiptOf(9)).toBeUndefined()
      expect(story(bench)).toEqual([[21, 'fresh']])
      bench.settle(outcome)
      expect(device.heard.filter(({ messageId }) => messageId === 9)).toMatchObject([
        { ack: true, code: '0.00' },
      ])
      bench.outcome = 'broker'
      const from = device.heard.length
      device.say(value('21', 2), packet)
      expect(device.receiptOf(9, from)).toBe('ack')
      expect(story(bench).length).toBe(1)
    },
  )

  it('39. refused: no ACK, and a later repetition is offered again, as fresh as before', () => {
    const { bench, device, token } = observed()
    bench.outcome = 'refused'
    const packet = { confirmable: true, token, messageId: 9 }
    device.say(value('21', 2), packet)
    device.say(value('21', 2), packet)
    expect(device.receiptOf(9)).toBeUndefined()
    bench.outcome = 'broker'
    device.say(value('21', 2), packet)
    expect(device.receiptOf(9)).toBe('ack')
    expect(story(bench)).toEqual([
      [21, 'fresh'],
      [21, 'fresh'],
      [21, 'fresh'],
    ])
  })

  it.each<[string, Saying]>([
    ['an error', { code: '4.04' }],
    ['a last value', { code: '2.05', payload: '21' }],
  ])('39. %s that ends the observation and is refused comes again: it is never answered RST', (_, saying) => {
    const { bench, device, token } = observed()
    bench.outcome = 'refused'
    expect(device.notify(token, saying, { messageId: 9 })).toBeUndefined()
    bench.outcome = 'hold'
    expect(device.notify(token, saying, { messageId: 9 })).toBeUndefined()
    bench.settle('broker')
    expect(device.receiptOf(9)).toBe('ack')
    expect(bench.factsOf('observation-ended').length).toBe(2)
    expect(device.notify(token, value('22', 3))).toBe('reset')
  })

  it('39. each waits for its own delivery', () => {
    const { bench, device, token } = observed()
    bench.outcome = 'hold'
    device.say(value('21', 2), { confirmable: true, token, messageId: 11 })
    device.say(value('22', 3), { confirmable: true, token, messageId: 12 })
    const [first, second] = bench.held
    second?.('broker')
    first?.('refused')
    bench.clock.advance(0)
    expect([device.receiptOf(11), device.receiptOf(12)]).toEqual([undefined, 'ack'])
    bench.outcome = 'broker'
    device.say(value('21', 2), { confirmable: true, token, messageId: 11 })
    expect(device.receiptOf(11)).toBe('ack')
    expect(story(bench)).toEqual([
      [21, 'fresh'],
      [22, 'fresh'],
      [21, 'late'],
    ])
  })

  it('39. one that is delivered after the Deregister is acknowledged', () => {
    const { bench, device, token, location } = observed()
    bench.outcome = 'hold'
    device.say(value('21', 2), { confirmable: true, token, messageId: 9 })
    expect(device.deregister(location)).toBe('2.02')
    bench.settle('broker')
    expect(device.receiptOf(9)).toBe('ack')
  })

  it('a non-confirmable notification is delivered and never acknowledged', () => {
    const { bench, device, token } = observed()
    for (const outcome of ['broker', 'refused'] as const) {
      bench.outcome = outcome
      expect(device.notify(token, value('21', 2), { confirmable: false })).toBeUndefined()
    }
    device.notify(token, { code: '4.04' }, { confirmable: false })
    expect(story(bench).length).toBe(2)
    expect(device.notify(token, value('22', 3), { confirmable: false })).toBe('reset')
  })

  it('a non-confirmable notification that waits for the broker keeps none of its bytes', () => {
    const gc = exposedGc()
    const { bench, device, token } = observed()
    bench.outcome = 'hold'
    const say = (sequence: number): void => {
      const payload = `[{"n":"/3303/0/5700","v":${sequence}}${' '.repeat(60_000)}]`
      const response = { code: '2.05', contentFormat: 110, observe: sequence, payload }
      device.notify(token, response, { confirmable: false })
    }
    const memory = (): number => {
      gc()
      return process.memoryUsage().arrayBuffers
    }
    say(2)
    const before = memory()
    for (let sequence = 3; sequence < 103; sequence++) say(sequence)
    expect(bench.held).toHaveLength(101)
    expect((memory() - before) / 100).toBeLessThan(30_000)
  })

  it('2.03 confirms what is known: it is acknowledged and says nothing', () => {
    const { bench, device, token } = observed()
    expect(device.notify(token, { code: '2.03', observe: 2 })).toBe('ack')
    expect(bench.facts).toEqual([])
  })

  it('a command from inside an offer is asked, and the notification acknowledged', () => {
    const { bench, device, token } = observed()
    const results: string[] = []
    bench.onFacts = ([fact]) => {
      if (fact?.type !== 'values' || fact.source !== 'notify') return
      const command = { id: 'r', endpoint: 'device', operation: 'read', path: '/3/0/9' } as const
      bench.server.commands.accept(command, { sent() {}, done: ({ status }) => results.push(status) })
    }
    device.answer = () => ({ code: '2.05', payload: '50' })
    expect(device.notify(token, value('21', 2))).toBe('ack')
    expect(results).toEqual(['ok'])
  })

  it('a cancel from inside an offer holds: the notification itself is still acknowledged', () => {
    const { bench, device, token } = observed()
    bench.onFacts = ([fact]) => {
      if (fact?.type !== 'values') return
      const command = {
        id: 'c',
        endpoint: 'device',
        operation: 'cancel',
        path: TEMPERATURE,
        passive: true,
      } as const
      bench.server.commands.accept(command, { sent() {}, done() {} })
    }
    expect(device.notify(token, value('21', 2))).toBe('ack')
    expect(device.notify(token, value('22', 3))).toBe('reset')
    expect(story(bench)).toEqual([[21, 'fresh']])
  })
})
