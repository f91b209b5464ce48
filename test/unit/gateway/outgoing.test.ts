import { describe, expect, it } from 'vitest'
import { Mapper } from '../../../src/gateway/mapper.ts'
import { Outgoing } from '../../../src/gateway/outgoing.ts'
import { RetainedLedger } from '../../../src/gateway/retained-ledger.ts'
import { Uplink } from '../../../src/gateway/uplink.ts'
import { CodedError } from '../../../src/lib/errors.ts'
import type { Fact } from '../../../src/lwm2m/fact.ts'
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
function rig() {
  const session = new FakePublisher()
  const ledger = new RetainedLedger()
  const logger = new RecordingLogger()
  const clock = new SimulatedClock()
  let current = device
  const snapshot = () => current
  const mapper = new Mapper({ mapping: mapping(), snapshot, ledger, publish: () => {}, clock, logger })
  const outgoing = new Outgoing(session, mapper)
  const uplink = new Uplink({ mapper, publisher: outgoing, acknowledge: 'broker', logger })
  const offer = (fact: Fact) => uplink.offer([fact], () => {})
  const has = (type: 'registered' | 'updated', instances: number[]) => {
    const objects = [{ id: 3303, version: '1.0', instances }]
    current = { ...device, registration: registration({ objects }) }
    offer({ ...lifecycle(type), registration: current.registration } as Fact)
  }
  const tell = (path: string) => offer(values([{ path, type: 'float', value: 1 }]))
  /** Of each publication since the last call: the topic, and the parts of the document. */
  const taken = () =>
    session.queued.splice(0).map(({ publication: { topic, payload } }) => {
      const parts = topic.startsWith('config') ? Object.keys(JSON.parse(String(payload)).cmps) : payload
      return [topic, parts]
    })
  return { session, ledger, has, tell, taken }
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
