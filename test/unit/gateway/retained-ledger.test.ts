import { describe, expect, it } from 'vitest'
import { RetainedLedger, removal } from '../../../src/gateway/retained-ledger.ts'
import { registration } from '../lwm2m/registration.ts'

const retained = (topic: string, path?: string) =>
  ({ topic, payload: 'x', qos: 1, retain: true, ...(path === undefined ? undefined : { path }) }) as const

describe('retained ledger', () => {
  it('does not take an object, or the device, for an instance that has vanished', () => {
    const ledger = new RetainedLedger()
    const gone = registration({ endpoint: 'a', objects: [] })
    ledger.note('a', retained('object', '/3303'))
    ledger.note('a', retained('all', '/'))
    ledger.note('a', retained('value', '/3303/0/5700'))
    expect(ledger.vanished(gone)).toEqual(['value'])
  })

  it('knows what a topic tells of by what was published there last', () => {
    const ledger = new RetainedLedger()
    ledger.note('a', retained('topic', '/'))
    ledger.note('a', retained('topic', '/3303/0/5700'))
    expect([...ledger.subjects('a')]).toEqual([['topic', '/3303/0/5700']])
    expect(ledger.vanished(registration({ endpoint: 'a', objects: [] }))).toEqual(['topic'])
  })

  it('counts a topic to the device that published there last', () => {
    const ledger = new RetainedLedger()
    ledger.note('a', retained('shared'))
    ledger.note('b', retained('shared'))
    expect([...ledger.subjects('a').keys()]).toEqual([])
    expect([...ledger.subjects('b').keys()]).toEqual(['shared'])
    ledger.note('b', removal('shared'))
    expect(ledger.subjects('b').size).toBe(0)
  })

  it('tells topics of two connections apart, and takes each away where it was published', () => {
    const ledger = new RetainedLedger()
    ledger.note('a', retained('shared', '/3303/0/5700'))
    ledger.note('b', { ...retained('shared', '/3303/0/5700'), connection: 'cloud' })
    const gone = (endpoint: string) => registration({ endpoint, objects: [] })
    const empty = { topic: 'shared', payload: '', qos: 1, retain: true }
    expect(ledger.vanished(gone('a')).map(removal)).toEqual([empty])
    expect(ledger.vanished(gone('b')).map(removal)).toEqual([{ ...empty, connection: 'cloud' }])
    ledger.note('b', { ...empty, qos: 1, connection: 'cloud' })
    expect(ledger.vanished(gone('b'))).toEqual([])
    expect(ledger.vanished(gone('a'))).toHaveLength(1)
  })
})
