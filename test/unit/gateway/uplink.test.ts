import { describe, expect, it } from 'vitest'
import { Uplink, type UplinkOptions } from '../../../src/gateway/uplink.ts'
import { CodedError } from '../../../src/lib/errors.ts'
import type { DeviceSnapshot } from '../../../src/lwm2m/command.ts'
import type { Fact, Outcome } from '../../../src/lwm2m/fact.ts'
import type { Mapping } from '../../../src/mapping/mapping.ts'
import { device, lifecycle, mapping, values } from '../mapping/plain-rig.ts'
import { FakePublisher, RecordingLogger } from './fakes.ts'

const REFUSED = new CodedError('mqtt_refused', 'the broker does not want it')

function rig(changes: Partial<UplinkOptions> = {}) {
  const publisher = new FakePublisher()
  const logger = new RecordingLogger()
  const asked: string[] = []
  const snapshot = (endpoint: string): DeviceSnapshot => {
    asked.push(endpoint)
    return device
  }
  const uplink = new Uplink({ mapping, publisher, snapshot, acknowledge: 'broker', logger, ...changes })
  const outcomes: Outcome[] = []
  const offer = (...facts: Fact[]) => uplink.offer(facts, (outcome) => outcomes.push(outcome))
  return { publisher, logger, asked, outcomes, offer }
}

describe('acknowledge: broker', () => {
  it('ends when the broker has every publication of every fact, and not before', () => {
    const { publisher, outcomes, offer } = rig()
    offer(lifecycle('registered'), values([{ path: '/3/0/9', type: 'integer', value: 1 }]))
    expect(publisher.queued).toHaveLength(4)
    const [first, ...others] = publisher.queued.toReversed()
    for (const { done } of others) done()
    expect(outcomes).toEqual([])
    first?.done()
    expect(outcomes).toEqual(['broker'])
  })

  it('survives a broker that is faster than the offer', () => {
    const { publisher, outcomes, offer } = rig()
    publisher.eager = true
    offer(lifecycle('registered'), lifecycle('updated'))
    expect(outcomes).toEqual(['broker'])
  })

  it('nothing to publish is delivered at once', () => {
    const { outcomes, offer } = rig()
    offer()
    offer(values([]))
    expect(outcomes).toEqual(['broker', 'broker'])
  })

  it.each(['mqtt_poison', 'mqtt_too_large', 'mqtt_topic'] as const)(
    'is undeliverable after %s: repeating it would not help',
    (code) => {
      const { publisher, outcomes, offer } = rig()
      offer(values([{ path: '/3/0/9', type: 'integer', value: 1 }]))
      publisher.queued[0]?.done(new CodedError(code, 'no broker takes it'))
      expect(outcomes).toEqual(['undeliverable'])
    },
  )

  it('is refused when the broker refuses one, once', () => {
    const { publisher, outcomes, offer } = rig()
    offer(lifecycle('registered'))
    publisher.queued[1]?.done(REFUSED)
    expect(outcomes).toEqual(['refused'])
    publisher.queued[0]?.done()
    publisher.queued[2]?.done(REFUSED)
    expect(outcomes).toEqual(['refused'])
  })

  it('is refused when the queue has no room, once, whatever becomes of the rest', () => {
    const { publisher, outcomes, logger, offer } = rig()
    publisher.room = 2
    offer(lifecycle('registered'))
    expect(outcomes).toEqual(['refused'])
    expect(logger.warnings).toEqual([]) // the queue itself warns, once
    for (const { done } of publisher.queued) done()
    expect(outcomes).toEqual(['refused'])
  })

  it('offers do not mix', () => {
    const { publisher, outcomes, offer } = rig()
    offer(values([{ path: '/3/0/9', type: 'integer', value: 1 }]))
    offer(values([{ path: '/3/0/9', type: 'integer', value: 2 }]))
    publisher.queued[1]?.done()
    expect(outcomes).toEqual(['broker'])
    publisher.queued[0]?.done(REFUSED)
    expect(outcomes).toEqual(['broker', 'refused'])
  })
})

describe('acknowledge: received', () => {
  it('ends when all is queued, once', () => {
    const { publisher, outcomes, offer } = rig({ acknowledge: 'received' })
    offer(lifecycle('registered'))
    expect(outcomes).toEqual(['received'])
    publisher.queued[0]?.done()
    publisher.queued[1]?.done(REFUSED)
    publisher.queued[2]?.done()
    expect(outcomes).toEqual(['received'])
  })

  it('is refused when the queue has no room', () => {
    const { publisher, outcomes, offer } = rig({ acknowledge: 'received' })
    publisher.room = 0
    offer(lifecycle('registered'))
    expect(outcomes).toEqual(['refused'])
  })
})

describe('what the mapping is given', () => {
  it('the device of each fact', () => {
    const { asked, offer } = rig()
    offer({ ...lifecycle('updated'), endpoint: 'a' }, { ...lifecycle('updated'), endpoint: 'b' })
    expect(asked).toEqual(['a', 'b'])
  })

  it('the state that it gave back at the fact before', () => {
    const states: unknown[] = []
    const counting: Mapping = Object.assign(Object.create(mapping) as Mapping, {
      up: (_fact: Fact, _device: DeviceSnapshot, state: Record<string, number>) => {
        states.push(state)
        return { publications: [], state: { count: (state.count ?? 0) + 1 } }
      },
    })
    const { offer } = rig({ mapping: counting })
    offer(lifecycle('registered'), lifecycle('updated'))
    offer(lifecycle('expired'))
    expect(states).toEqual([{}, { count: 1 }, { count: 2 }])
  })
})
