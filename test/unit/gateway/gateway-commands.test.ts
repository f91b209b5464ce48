import { describe, expect, it } from 'vitest'
import { Downlink } from '../../../src/gateway/downlink.ts'
import { GatewayCommands } from '../../../src/gateway/gateway-commands.ts'
import { Outgoing } from '../../../src/gateway/outgoing.ts'
import { constantFaults } from '../../../src/mapping/rule/command-constants.ts'
import { lifecycle, message, values } from '../mapping/plain-rig.ts'
import { FakeCommands, FakePublisher } from './fakes.ts'
import { layersOf, mapperRig } from './mapper-rig.ts'

/** A gateway by the preset `plain`, in which a device has registered and told two values. */
function rig(mapping?: Parameters<typeof mapperRig>[0]) {
  const { mapper, ledger, clock, logger, gone } = mapperRig(mapping)
  const session = new FakePublisher()
  const publisher = new Outgoing(session, mapper)
  const devices = new FakeCommands()
  const commands = new GatewayCommands({ commands: devices, mapper, publisher })
  const downlink = new Downlink({ mapper, publisher, commands, clock, logger })
  mapper.up(lifecycle('registered'))
  for (const path of ['/3/0/9', '/3303/0/5700']) mapper.up(values([{ path, type: 'integer', value: 7 }]))
  const leave = () => {
    gone.add('room-1')
    mapper.up(lifecycle('expired'))
  }
  const ask = (topic: string, payload = '') => {
    downlink.take(message(topic, payload), downlink.nextSerial(), () => {})
    return session.queued.splice(0).map(({ publication }) => publication)
  }
  /** Topics that were taken away, below those of the device, and the answer. */
  const forget = (topic = 'device/room-1/do/forget', payload = '') => {
    const publications = ask(topic, payload)
    const removed = publications.filter((one) => one.payload === '' && one.retain)
    const answer = publications.find((one) => one.topic.endsWith('/response'))
    return {
      removed: removed.map((one) => one.topic.replace('site/lwm2m/device/room-1/', '')),
      answer: answer && JSON.parse(String(answer.payload)),
    }
  }
  return { mapper, session, devices, leave, forget, ledger, gone }
}

const KEPT = ['presence', 'value/3/0/9', 'value/3303/0/5700']

describe('forgetting a device', () => {
  it('takes away all that the broker keeps of it, and answers', () => {
    const { leave, forget, devices, ledger } = rig()
    leave()
    const request = '{"id":"42","operation":"forget"}'
    expect(forget('device/room-1/do/request', request)).toEqual({
      removed: KEPT,
      answer: { id: '42', status: 'ok', operation: 'forget', path: '/' },
    })
    expect(ledger.endpoints()).toEqual([])
    expect(devices.accepted).toEqual([])
  })

  it('works by the short form, too', () => {
    const { leave, forget } = rig()
    leave()
    expect(forget()).toMatchObject({ removed: KEPT, answer: { status: 'ok', operation: 'forget' } })
  })

  it('is refused for a device that is registered: it would come back', () => {
    const { forget } = rig()
    expect(forget()).toMatchObject({
      ...{ removed: [], answer: { status: 'error', error: { code: 'device_registered' } } },
    })
  })

  it('is refused for a device that nobody knows, and for one that is forgotten', () => {
    const { leave, forget, gone } = rig()
    gone.add('room-9')
    const unknown = (name: string) => ({
      ...{ code: 'endpoint_unknown', message: `nothing is known of '${name}'` },
    })
    expect(forget('device/room-9/do/forget').answer.error).toEqual(unknown('room-9'))
    leave()
    forget()
    expect(forget().answer.error).toEqual(unknown('room-1'))
  })

  it('takes no path: it is about the device as a whole', () => {
    const { leave, forget } = rig()
    leave()
    expect(forget('device/room-1/do/forget/3303/0')).toMatchObject({
      ...{ removed: [], answer: { error: { code: 'request_invalid' } } },
    })
  })

  it('forgets what rules keep of it', () => {
    const changed = { name: 'changed', on: 'value', topic: 'out', payload: 1, retain: true, removal: 'cmps' }
    const mapping = layersOf({
      publish: [{ ...changed, payload: { cmps: { a: { p: '${text(value)}' } } } }],
      commands: [{ name: 'forget', topic: 'site/lwm2m/forget/{device}', operation: 'forget' }],
      defaults: { answer: { topic: 'x/response', payload: '${result}' } },
    })
    const { leave, forget, mapper } = rig(mapping)
    leave()
    expect(forget('forget/room-1')).toMatchObject({ removed: ['out'], answer: { status: 'ok' } })
    expect(() => mapper.forget('room-1')).toThrow("nothing is known of 'room-1'")
  })

  it('says so where the queue has no room, and can be repeated', () => {
    const { leave, forget, session } = rig()
    leave()
    const publish = session.publish.bind(session)
    session.publish = (publication, done, isOwed) =>
      publication.payload !== '' && publish(publication, done, isOwed)
    expect(forget()).toMatchObject({ removed: [], answer: { error: { code: 'mqtt_queue_full' } } })
    session.publish = publish
    expect(forget()).toMatchObject({ removed: KEPT, answer: { status: 'ok' } })
  })
})

it('a file may have a rule that forgets, without a path, and with no other', () => {
  const rule = (more: object) => ({
    name: 'house',
    commands: [{ topic: 'forget/{device}', operation: 'forget', ...more }],
  })
  const faults = (more: object) =>
    constantFaults(rule(more), () => {
      throw new Error('no device is asked')
    }).map(({ message }) => message)
  expect(faults({})).toEqual([])
  expect(faults({ path: '/' })).toEqual([])
  expect(faults({ path: '/3' })).toEqual(['forget is about the device as a whole: it takes no path'])
})
