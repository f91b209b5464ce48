import { describe, expect, it } from 'vitest'
import { RetainedLedger, removal } from '../../../src/gateway/retained-ledger.ts'
import { registration } from '../lwm2m/registration.ts'

const retained = (topic: string, subject = 'device', endpoint = 'a') =>
  ({
    topic,
    payload: 'x',
    qos: 1,
    retain: true,
    origin: { endpoint, name: endpoint, rule: 'm/r', subject },
  }) as const

describe('retained ledger', () => {
  const gone = registration({ endpoint: 'a', objects: [] })

  it('does not take an object, or the device, for an instance that has vanished', () => {
    const ledger = new RetainedLedger()
    ledger.note(retained('object', '/3303'))
    ledger.note(retained('all', '/'))
    ledger.note(retained('device'))
    ledger.note(retained('value', '/3303/0/5700'))
    expect(ledger.outdated(gone)).toEqual(['value'])
  })

  it('knows the instance of what is told in several publications', () => {
    const ledger = new RetainedLedger()
    const there = registration({ endpoint: 'a', objects: [{ id: 3303, version: '1.0', instances: [0] }] })
    ledger.note(retained('first', '/3303/0.0'))
    ledger.note(retained('second', '/3303/0/5700.1'))
    expect(ledger.outdated(there)).toEqual([])
    expect(ledger.outdated(gone)).toEqual(['first', 'second'])
  })

  it('knows what a topic tells of by what was published there last', () => {
    const ledger = new RetainedLedger()
    ledger.note(retained('topic', '/'))
    ledger.note(retained('topic', '/3303/0/5700'))
    expect(ledger.topics('a').get('topic')?.subject).toBe('/3303/0/5700')
    expect(ledger.outdated(gone)).toEqual(['topic'])
  })

  it('counts a topic to the device that published there last', () => {
    const ledger = new RetainedLedger()
    ledger.note(retained('shared'))
    ledger.note(retained('shared', 'device', 'b'))
    expect([...ledger.topics('a').keys()]).toEqual([])
    expect([...ledger.topics('b').keys()]).toEqual(['shared'])
    ledger.note(removal('shared'))
    expect(ledger.topics('b').size).toBe(0)
    expect(ledger.endpoints()).toEqual([])
  })

  it('keeps nothing of what tells of no device, nor of what the broker does not keep', () => {
    const ledger = new RetainedLedger()
    ledger.note({ ...retained('event'), retain: false })
    ledger.note({ topic: 'state', payload: 'online', qos: 1, retain: true })
    expect(ledger.endpoints()).toEqual([])
  })

  it('is bounded in bytes, for a device and in all; what it knows already stays known', () => {
    const ledger = new RetainedLedger({ bytesPerDevice: 1_000, bytes: 1_700 })
    const topic = (index: number) => `${index}`.padEnd(300, 'x')
    for (let index = 0; index < 9; index++) ledger.note(retained(topic(index)))
    expect([...ledger.topics('a').keys()]).toEqual([topic(0), topic(1)])
    for (let index = 9; index < 18; index++) ledger.note(retained(topic(index), 'device', 'b'))
    expect([...ledger.topics('b').keys()]).toEqual([topic(9)])
    ledger.note(retained(topic(1), '/3'))
    expect(ledger.topics('a').get(topic(1))?.subject).toBe('/3')
    for (const index of [0, 1, 9]) ledger.note(removal(topic(index)))
    expect(ledger.bytes).toBe(0)
  })

  it('tells topics of two connections apart, and takes each away where it was published', () => {
    const ledger = new RetainedLedger()
    ledger.note(retained('shared', '/3303/0/5700'))
    ledger.note({ ...retained('shared', '/3303/0/5700', 'b'), connection: 'cloud' })
    const gone = (endpoint: string) => registration({ endpoint, objects: [] })
    const empty = { topic: 'shared', payload: '', qos: 1, retain: true }
    expect(ledger.outdated(gone('a')).map(removal)).toEqual([empty])
    expect(ledger.outdated(gone('b')).map(removal)).toEqual([{ ...empty, connection: 'cloud' }])
    ledger.note({ ...empty, qos: 1, connection: 'cloud' })
    expect(ledger.outdated(gone('b'))).toEqual([])
    expect(ledger.outdated(gone('a'))).toHaveLength(1)
  })
})
