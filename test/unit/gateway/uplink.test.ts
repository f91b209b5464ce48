import { describe, expect, it } from 'vitest'
import { type Acknowledge, Uplink, type UplinkOptions } from '../../../src/gateway/uplink.ts'
import { CodedError } from '../../../src/lib/errors.ts'
import type { Fact, Outcome } from '../../../src/lwm2m/fact.ts'
import { lifecycle, values } from '../mapping/plain-rig.ts'
import { FakePublisher, RecordingLogger } from './fakes.ts'
import { mapperRig } from './mapper-rig.ts'

const REFUSED = new CodedError('mqtt_refused', 'the broker does not want it')

function rig(changes: Partial<UplinkOptions> = {}) {
  const publisher = new FakePublisher()
  const logger = new RecordingLogger()
  const { mapper, asked } = mapperRig()
  /** Endpoints of which the mapper heard that something did not arrive. */
  const distrusted: string[] = []
  mapper.distrust = (endpoint, connection) =>
    void distrusted.push(connection === undefined ? endpoint : `${endpoint} ${connection}`)
  const uplink = new Uplink({ mapper, publisher, acknowledge: 'broker', logger, ...changes })
  const outcomes: Outcome[] = []
  const offer = (...facts: Fact[]) => uplink.offer(facts, (outcome) => outcomes.push(outcome))
  return { publisher, logger, asked, distrusted, outcomes, offer }
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
})

describe('what did not arrive', () => {
  const two = [
    { ...lifecycle('updated'), endpoint: 'a' },
    { ...lifecycle('updated'), endpoint: 'b' },
  ]

  it('makes the mapper distrust what it told of these devices, once', () => {
    const { publisher, distrusted, offer } = rig()
    offer(...two)
    publisher.queued[0]?.done(REFUSED)
    publisher.queued[1]?.done(REFUSED)
    expect(distrusted).toEqual(['a', 'b'])
  })

  it('so does a queue without room, whoever acknowledges', () => {
    const { publisher, distrusted, offer } = rig({ acknowledge: 'received' })
    publisher.room = 1
    offer(...two)
    expect(distrusted).toEqual(['a', 'b'])
  })

  it('what arrived, and what no broker will ever take, does not', () => {
    const { publisher, distrusted, offer } = rig()
    offer(...two)
    for (const { done } of publisher.queued.splice(0)) done()
    offer(...two)
    publisher.queued[0]?.done(new CodedError('mqtt_poison', 'no broker takes it'))
    expect(distrusted).toEqual([])
  })
})

describe('several connections', () => {
  const FULL = new CodedError('mqtt_queue_full', 'there was no room')

  /** Each fact goes over all of these connections; `settle` ends what went over one of them. */
  function several(
    acknowledge: 'broker' | 'received',
    acknowledgeOn: Readonly<Record<string, Acknowledge>>,
    refusing: readonly (string | undefined)[] = [],
  ) {
    const queued: { readonly connection: string | undefined; readonly done: (error?: CodedError) => void }[] =
      []
    const connections = [undefined, ...Object.keys(acknowledgeOn)]
    const { mapper } = mapperRig()
    mapper.up = () =>
      connections.map((connection) => ({
        ...{ topic: 't', payload: '', qos: 1, retain: false },
        ...(connection === undefined ? {} : { connection }),
      }))
    const { distrusted, outcomes, offer } = rig({
      ...{ mapper, acknowledge, acknowledgeOn: new Map(Object.entries(acknowledgeOn)) },
      publisher: {
        publish: ({ connection }, done) => {
          if (refusing.includes(connection)) return false
          queued.push({ connection, done })
          return true
        },
      },
    })
    mapper.distrust = (endpoint, connection) => void distrusted.push(`${endpoint} ${connection ?? '-'}`)
    const settle = (connection: string | undefined, error?: CodedError): void =>
      queued.find((one) => one.connection === connection)?.done(error)
    return { distrusted, outcomes, settle, offer: () => offer({ ...lifecycle('updated'), endpoint: 'a' }) }
  }

  it('broker: all brokers that got something of it must have it', () => {
    const { outcomes, settle, offer } = several('broker', { cloud: 'broker', lab: 'broker' })
    offer()
    settle('lab')
    settle(undefined)
    expect(outcomes).toEqual([])
    settle('cloud')
    expect(outcomes).toEqual(['broker'])
  })

  it('received: nobody waits for that broker', () => {
    const { outcomes, settle, offer } = several('broker', { cloud: 'received' })
    offer()
    expect(outcomes).toEqual([])
    settle(undefined)
    expect(outcomes).toEqual(['received'])
  })

  it('broker on one of them, where the main one only receives', () => {
    const { outcomes, settle, offer } = several('received', { cloud: 'broker' })
    offer()
    expect(outcomes).toEqual([])
    settle('cloud')
    expect(outcomes).toEqual(['received'])
  })

  it('none: as if it were not there', () => {
    const { outcomes, distrusted, settle, offer } = several('broker', { cloud: 'none' })
    offer()
    settle('cloud', FULL)
    expect(outcomes).toEqual([])
    settle(undefined)
    expect(outcomes).toEqual(['broker'])
    expect(distrusted).toEqual(['a cloud'])
  })

  it.each(['broker', 'received'] as const)('%s: a queue without room refuses the fact', (acknowledge) => {
    const { outcomes, distrusted, offer } = several('broker', { cloud: acknowledge }, ['cloud'])
    offer()
    expect(outcomes).toEqual(['refused'])
    expect(distrusted).toEqual(['a cloud'])
  })

  it('a refusal makes the mapper distrust what was told there, and nowhere else', () => {
    const { outcomes, distrusted, settle, offer } = several('broker', { cloud: 'broker', lab: 'broker' })
    offer()
    settle('cloud', REFUSED)
    settle('lab')
    settle(undefined)
    expect(outcomes).toEqual(['refused'])
    expect(distrusted).toEqual(['a cloud'])
  })

  it('what nobody waits for may fail later than the end: that is distrusted all the same', () => {
    const { outcomes, distrusted, settle, offer } = several('broker', { cloud: 'received' })
    offer()
    settle(undefined)
    settle('cloud', REFUSED)
    expect(outcomes).toEqual(['received'])
    expect(distrusted).toEqual(['a cloud'])
  })
})
