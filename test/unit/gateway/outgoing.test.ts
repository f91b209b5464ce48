import { describe, expect, it } from 'vitest'
import { Mapper } from '../../../src/gateway/mapper.ts'
import { Outgoing } from '../../../src/gateway/outgoing.ts'
import { RetainedLedger } from '../../../src/gateway/retained-ledger.ts'
import { Uplink } from '../../../src/gateway/uplink.ts'
import { CodedError } from '../../../src/lib/errors.ts'
import type { Fact } from '../../../src/lwm2m/fact.ts'
import { LastValues } from '../../../src/lwm2m/last-values.ts'
import { SimulatedClock } from '../../support/clock.ts'
import { registration } from '../lwm2m/registration.ts'
import { device, lifecycle, values } from '../mapping/plain-rig.ts'
import { FakePublisher, RecordingLogger } from './fakes.ts'
import { layersOf } from './mapper-rig.ts'

/** Tells each value, and in one document, part by part, the instances that a device has. */
const mapping = () =>
  layersOf({
    publish: [
      {
        ...{ name: 'discovery', on: ['registered', 'updated'], topic: 'config/${device}', retain: true },
        ...{ removal: 'cmps', filter: { onChange: true } },
        payload: {
          cmps: {
            $each: '${registration.objects.filter(o, o.id == 3303)[0].instances}',
            ...{ $as: 'i', $key: 'c${text(i)}', $value: { p: 'sensor' } },
          },
        },
      },
      { name: 'value', on: 'value', topic: 'value${path}', payload: '${value}', retain: true },
    ],
  })

/** The way from a fact to a queue that has room when the test says so. */
function rig(inForce = mapping()) {
  const session = new FakePublisher()
  const ledger = new RetainedLedger()
  const logger = new RecordingLogger()
  const clock = new SimulatedClock()
  const known = new LastValues()
  let current = { ...device, values: known }
  const snapshot = () => current
  const mapper = new Mapper({ mapping: inForce, snapshot, ledger, publish: () => {}, clock, logger })
  const outgoing = new Outgoing(session, mapper)
  const uplink = new Uplink({ mapper, publisher: outgoing, acknowledge: 'broker', logger })
  const offer = (fact: Fact) => uplink.offer([fact], () => {})
  const live = (type: 'registered' | 'updated', changes: Parameters<typeof registration>[0]) => {
    current = { ...current, registration: registration(changes) }
    offer({ ...lifecycle(type), registration: current.registration } as Fact)
  }
  const has = (type: 'registered' | 'updated', instances: number[]) =>
    live(type, { objects: [{ id: 3303, version: '1.0', instances }] })
  const tell = (path: string) => {
    const fact = values([{ path, type: 'float', value: 1 }])
    known.learn(fact)
    offer(fact)
  }
  /** Of each publication since the last call: the topic, and the parts of the document. */
  const taken = () =>
    session.queued.splice(0).map(({ publication: { topic, payload } }) => {
      const parts = topic.startsWith('config') ? Object.keys(JSON.parse(String(payload)).cmps) : payload
      return [topic, parts]
    })
  return { session, ledger, live, has, tell, taken }
}

describe('what the queue to the broker does not take', () => {
  it('the ledger does not claim', () => {
    const { session, ledger, tell } = rig()
    session.room = 0
    tell('/3303/0/5700')
    expect(ledger.endpoints()).toEqual([])
    session.room = 1
    tell('/3303/0/5700')
    expect([...ledger.topics('room-1').keys()]).toEqual(['value/3303/0/5700'])
  })

  it('is taken away at the next Update where it takes something away', () => {
    const { session, ledger, has, tell, taken } = rig()
    has('registered', [0, 1])
    tell('/3303/1/5700')
    taken()
    session.room = 2 // the document, twice
    has('updated', [0])
    expect(taken()).toEqual([
      ['config/room-1', ['c0', 'c1']],
      ['config/room-1', ['c0']],
    ])
    expect([...ledger.topics('room-1').keys()]).toEqual(['config/room-1', 'value/3303/1/5700'])
    session.room = 9
    has('updated', [0])
    expect(taken()).toContainEqual(['value/3303/1/5700', ''])
    expect([...ledger.topics('room-1').keys()]).toEqual(['config/room-1'])
  })

  it('takes parts away next time: the farewell is not lost', () => {
    const { session, has, taken } = rig()
    has('registered', [0, 1])
    taken()
    session.room = 0
    has('updated', [0])
    session.room = 9
    has('updated', [0])
    expect(taken()).toEqual([
      ['config/room-1', ['c0', 'c1']],
      ['config/room-1', ['c0']],
    ])
  })

  it('or has taken and lost, takes parts away next time as well', () => {
    const { session, has, taken } = rig()
    has('registered', [0, 1])
    taken()
    has('updated', [0])
    session.queued[0]?.done(new CodedError('mqtt_closed', 'the connection broke'))
    taken()
    has('updated', [0])
    expect(taken()).toEqual([
      ['config/room-1', ['c0', 'c1']],
      ['config/room-1', ['c0']],
    ])
    has('updated', [0])
    expect(taken()).toEqual([])
  })
})

describe('a move that the queue to the broker does not take', () => {
  const values = {
    ...{ name: 'value', on: 'value', topic: '${device}${path}', payload: '${value}', retain: true },
  }
  const rooms = layersOf({ device: '${registration.attributes.room}', publish: [values] })
  const lamps = () =>
    layersOf(
      {
        ...{ match: { attributes: { room: 'hall' } }, device: 'hall' },
        publish: [{ ...values, name: 'hall' }],
      },
      {
        ...{ name: 'others', match: { attributes: { room: 'kitchen' } }, device: 'kitchen' },
        publish: [values],
      },
    )

  it.each([
    ['to another name', () => rooms, 0],
    ['to another name, when it takes a part of it', () => rooms, 1],
    ['to another file', lamps, 0],
    ['to another file, when it takes a part of it', lamps, 1],
  ])('%s is told with the next Update, once', (_, inForce, room) => {
    const { session, ledger, live, tell, taken } = rig(inForce())
    live('registered', { attributes: { room: 'kitchen' } })
    for (const path of ['/3303/0/5700', '/3303/0/5601']) tell(path)
    expect(taken().map(([topic]) => topic)).toEqual(['kitchen/3303/0/5700', 'kitchen/3303/0/5601'])
    session.room = room
    live('updated', { attributes: { room: 'hall' } })
    taken()
    session.room = Number.POSITIVE_INFINITY
    live('updated', { attributes: { room: 'hall' } })
    expect([...ledger.topics('room-1').keys()].toSorted()).toEqual([
      ...['hall/3303/0/5601', 'hall/3303/0/5700'],
    ])
    taken()
    live('updated', { attributes: { room: 'hall' } })
    expect(taken()).toEqual([])
  })

  it('is told as well when the device has its old name again', () => {
    const { session, ledger, live, tell } = rig(rooms)
    live('registered', { attributes: { room: 'kitchen' } })
    tell('/3303/0/5700')
    session.room = 0
    live('updated', { attributes: { room: 'hall' } })
    ledger.note({ topic: 'kitchen/3303/0/5700', payload: '', qos: 1, retain: true }) // that was taken
    session.room = Number.POSITIVE_INFINITY
    live('updated', { attributes: { room: 'kitchen' } })
    expect([...ledger.topics('room-1').keys()]).toEqual(['kitchen/3303/0/5700'])
  })
})
