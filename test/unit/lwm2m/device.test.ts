import { describe, expect, it } from 'vitest'
import type { ReceivedResponse } from '../../../src/coap/handler.ts'
import { CodedError } from '../../../src/lib/errors.ts'
import { RegisteredDevice } from '../../../src/lwm2m/device.ts'
import type { ObjectModel } from '../../../src/lwm2m/model/model.ts'
import { SimulatedClock } from '../../support/clock.ts'
import { factsOf } from '../../vectors/context.ts'
import { peer } from './peer.ts'
import { registration } from './registration.ts'
import { FakeRequester, RESPONSE } from './requester.ts'

const NOTHING_KNOWN: ObjectModel = { object: () => undefined }
const RESOURCE_FACTS = factsOf('integer')

function rig(model = NOTHING_KNOWN) {
  const requester = new FakeRequester()
  const device = new RegisteredDevice(registration(), peer('x'), model, requester)
  /** Name of each request and how it ended, in order. */
  const outcomes: string[] = []
  const note = (name: string) => (outcome: ReceivedResponse | CodedError) => {
    outcomes.push(`${name} ${outcome instanceof CodedError ? outcome.code : 'ok'}`)
  }
  const send = (name: string) => device.send({ code: 1, path: [name] }, note(name))
  return { requester, device, outcomes, note, send }
}

describe('the queue of a device', () => {
  it('nothing leaves before the answer to the Register has', () => {
    const { requester, device, send } = rig()
    send('a')
    send('b')
    expect(requester.asked).toEqual([])
    device.open()
    expect(requester.paths).toEqual(['a'])
    device.open()
    expect(requester.paths).toEqual(['a'])
  })

  it('one at a time, in order', () => {
    const { requester, device, outcomes, send } = rig()
    device.open()
    for (const name of ['a', 'b', 'c']) send(name)
    expect(requester.paths).toEqual(['a'])
    requester.answer()
    expect(outcomes).toEqual(['a ok'])
    expect(requester.paths).toEqual(['a', 'b'])
    requester.answer()
    requester.answer()
    expect(outcomes).toEqual(['a ok', 'b ok', 'c ok'])
  })

  it('an error makes way for the next as well', () => {
    const { requester, device, outcomes, send } = rig()
    device.open()
    send('a')
    send('b')
    requester.asked[0]?.handler(new CodedError('coap_no_ack', 'silence'))
    expect(outcomes).toEqual(['a coap_no_ack'])
    expect(requester.paths).toEqual(['a', 'b'])
  })

  it('tells when a request has its turn, hands on its options, and gives its token back', () => {
    const { requester, device, send } = rig()
    const calls: string[] = []
    const token = Uint8Array.of(9)
    device.open()
    send('a')
    device.send(
      { code: 1, path: ['b'] },
      (_, own) => calls.push(`ended ${own}`),
      { token },
      () => calls.push('sent'),
    )
    device.send({ code: 1, path: ['c'] }, (_, own) => calls.push(`ended ${own}`))
    expect(calls).toEqual([])
    requester.answer()
    expect(calls).toEqual(['sent'])
    expect(requester.asked[1]?.options).toEqual({ token })
    requester.answer()
    requester.answer()
    expect(calls).toEqual(['sent', 'ended 9', 'ended 2'])
  })

  it('asks where the device was heard last', () => {
    const { requester, device, send } = rig()
    device.open()
    send('a')
    send('b')
    const elsewhere = peer('y')
    device.peer = elsewhere
    requester.answer()
    expect(requester.asked.map((asked) => asked.peer.key)).toEqual(['x', 'y'])
  })

  it('a handler may send again: that waits behind the others', () => {
    const { requester, device, outcomes, note, send } = rig()
    device.open()
    device.send({ code: 1, path: ['a'] }, (outcome) => {
      note('a')(outcome)
      send('again')
    })
    send('b')
    requester.answer()
    expect(requester.paths).toEqual(['a', 'b'])
    requester.answer()
    expect(requester.paths).toEqual(['a', 'b', 'again'])
    requester.answer()
    expect(outcomes).toEqual(['a ok', 'b ok', 'again ok'])
  })

  it('a handler that fails does not hold up the next', () => {
    const { requester, device, send } = rig()
    device.open()
    device.send({ code: 1, path: ['a'] }, () => {
      throw new Error('a fault')
    })
    send('b')
    expect(() => requester.answer()).toThrow('a fault')
    expect(requester.paths).toEqual(['a', 'b'])
  })

  it('who hears that it was sent may cancel it', () => {
    const { requester, device, outcomes, note, send } = rig()
    const pending = device.send({ code: 1, path: ['a'] }, note('a'), undefined, () => pending.cancel())
    send('b')
    device.open()
    expect(outcomes).toEqual(['a coap_cancelled'])
    expect(requester.paths).toEqual(['a', 'b'])
  })

  it('64 may wait behind the one that is asked', () => {
    const { requester, device, outcomes, send } = rig()
    device.open()
    for (let count = 0; count <= 64; count++) send(`r${count}`)
    expect(outcomes).toEqual([])
    send('late')
    expect(outcomes).toEqual(['late coap_overload'])
    requester.answer()
    send('later')
    for (let count = 0; count < 65; count++) requester.answer()
    expect(outcomes.slice(-2)).toEqual(['r64 ok', 'later ok'])
  })
})

describe('a device that has moved', () => {
  it('is asked again what can be, with its options, once its Update is answered', () => {
    const { requester, device, outcomes, note } = rig()
    const calls: string[] = []
    const options = { token: Uint8Array.of(9) }
    device.open()
    device.send({ code: 1, path: ['a'] }, note('a'), options, () => calls.push('sent'))
    device.peer = peer('y')
    expect(requester.asked.length).toBe(1)
    device.open()
    device.open()
    expect(requester.asked.map(({ peer: { key }, options: own }) => [key, own])).toEqual([
      ['x', options],
      ['y', options],
    ])
    requester.asked[0]?.handler(RESPONSE)
    expect(outcomes).toEqual([])
    requester.answer()
    expect(outcomes).toEqual(['a ok'])
    expect(calls).toEqual(['sent'])
  })

  it('ends what cannot be asked again, and goes on with the next there', () => {
    const { requester, device, outcomes, note, send } = rig()
    device.open()
    device.send({ code: 2, path: ['a'] }, note('a'))
    send('b')
    device.peer = peer('y')
    device.open()
    expect(outcomes).toEqual(['a device_moved'])
    expect(requester.asked.map(({ peer: { key } }) => key)).toEqual(['x', 'y'])
    requester.asked[0]?.handler(RESPONSE)
    requester.answer()
    expect(outcomes).toEqual(['a device_moved', 'b ok'])
  })

  it('can be given up, or end, where it is now', () => {
    const { device, outcomes, note } = rig()
    device.open()
    const first = device.send({ code: 1, path: ['a'] }, note('a'))
    device.send({ code: 1, path: ['b'] }, note('b'))
    device.peer = peer('y')
    device.open()
    first.cancel()
    expect(outcomes).toEqual(['a coap_cancelled'])
    device.peer = peer('z')
    device.open()
    device.end()
    expect(outcomes).toEqual(['a coap_cancelled', 'b coap_cancelled'])
  })
})

describe('a request that is decided on in its turn', () => {
  it('depends on what came before; an error ends it unasked', () => {
    const { requester, device, outcomes, note, send } = rig()
    device.open()
    send('a')
    device.sendInTurn(() => ({ request: { code: 1, path: [`after ${outcomes.length}`] } }), note('b'))
    device.sendInTurn(
      () => new CodedError('observation_unknown', 'nothing'),
      note('c'),
      () => outcomes.push('sent'),
    )
    send('d')
    requester.answer()
    expect(requester.paths).toEqual(['a', 'after 1'])
    requester.answer()
    expect(requester.paths).toEqual(['a', 'after 1', 'd'])
    expect(outcomes).toEqual(['a ok', 'b ok', 'c observation_unknown'])
  })
})

describe('cancel', () => {
  it('of one that waits: it is never sent', () => {
    const { requester, device, outcomes, send } = rig()
    device.open()
    send('a')
    const waiting = send('b')
    send('c')
    waiting.cancel()
    waiting.cancel()
    expect(outcomes).toEqual(['b coap_cancelled'])
    requester.answer()
    expect(requester.paths).toEqual(['a', 'c'])
  })

  it('of the one that is asked: the next has its turn', () => {
    const { requester, device, outcomes, send } = rig()
    device.open()
    const current = send('a')
    send('b')
    current.cancel()
    current.cancel()
    expect(outcomes).toEqual(['a coap_cancelled'])
    expect(requester.paths).toEqual(['a', 'b'])
    requester.asked[0]?.handler(RESPONSE)
    expect(outcomes).toEqual(['a coap_cancelled'])
  })

  it('after the answer: nothing, least of all to the next', () => {
    const { requester, device, outcomes, send } = rig()
    device.open()
    const first = send('a')
    send('b')
    requester.answer()
    first.cancel()
    expect(outcomes).toEqual(['a ok'])
  })

  it('before the device was opened', () => {
    const { requester, device, outcomes, send } = rig()
    send('a').cancel()
    device.open()
    expect(outcomes).toEqual(['a coap_cancelled'])
    expect(requester.asked).toEqual([])
  })
})

describe('the end of a registration', () => {
  it('cancels each request exactly once and stops the lifetime', () => {
    const { requester, device, outcomes, send } = rig()
    const clock = new SimulatedClock()
    device.expiry = clock.schedule('registration lifetime', 1000, () => {}, undefined)
    device.open()
    for (const name of ['a', 'b', 'c']) send(name)
    device.end()
    device.end()
    expect(outcomes.toSorted()).toEqual(['a coap_cancelled', 'b coap_cancelled', 'c coap_cancelled'])
    expect(requester.paths).toEqual(['a'])
    expect(clock.pending()).toEqual([])
    expect(device.ended).toBe(true)
    requester.answer()
    expect(outcomes).toHaveLength(3)
  })

  it('nothing is sent afterwards, not even from the handlers that hear of it', () => {
    const { requester, device, outcomes, note, send } = rig()
    device.open()
    send('a')
    device.send({ code: 1, path: ['b'] }, (outcome) => {
      note('b')(outcome)
      send('again')
    })
    device.end()
    send('late')
    device.open()
    expect(requester.paths).toEqual(['a'])
    expect(outcomes.toSorted()).toEqual([
      'a coap_cancelled',
      'again coap_cancelled',
      'b coap_cancelled',
      'late coap_cancelled',
    ])
  })

  it('before the device was opened', () => {
    const { requester, device, outcomes, send } = rig()
    send('a')
    device.end()
    device.open()
    expect(outcomes).toEqual(['a coap_cancelled'])
    expect(requester.asked).toEqual([])
  })
})

describe('what the model says', () => {
  it('is asked in the version that the device registered', () => {
    const asked: string[] = []
    const { device } = rig({
      object: (id, version) => {
        asked.push(`${id} ${version}`)
        return undefined
      },
    })
    expect(device.resource(3, 9)).toBeUndefined()
    device.resource(40000, 1)
    device.decodeContext('/3/0', 0).resource(3, 9)
    expect(asked).toEqual(['3 1.1', '40000 1.0', '3 1.1'])
  })

  it('changes with the object list', () => {
    const { device } = rig({
      object: (id, version) => ({
        ...{ id, version, name: version, multiple: true, mandatory: false },
        resources: new Map([[1, { ...RESOURCE_FACTS, name: version }]]),
      }),
    })
    expect(device.resource(3303, 1)?.name).toBe('1.0')
    device.registration = registration({ objects: [{ id: 3303, version: '1.1', instances: [7] }] })
    expect(device.resource(3303, 1)?.name).toBe('1.1')
    expect(device.decodeContext('/3303', 0).instances?.(3303)).toEqual([7])
    expect(device.decodeContext('/3', 0).instances?.(3)).toEqual([])
  })

  it('a decode context knows where it is', () => {
    const { device } = rig()
    device.registration = registration({ alternatePath: '/lwm2m' })
    expect(device.decodeContext('/3/0', 123)).toMatchObject({
      base: '/3/0',
      now: 123,
      alternatePath: '/lwm2m',
    })
  })
})
