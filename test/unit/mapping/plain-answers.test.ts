import { describe, expect, it } from 'vitest'
import type { Result } from '../../../src/lwm2m/command.ts'
import { answer, progress, reject, told } from './plain-rig.ts'

const NOWHERE = { serial: 'made-1', topic: undefined, correlationData: undefined, question: undefined }
const QUESTION = { id: '42', endpoint: 'küche/1', operation: 'read', path: '/3303/0' } as const
const DEVICE = 'site/lwm2m/device/k%C3%BCche%2F1'

function answered(result: Result): unknown {
  const [only, ...rest] = answer(result, NOWHERE)
  expect(rest).toEqual([])
  return only === undefined ? undefined : told(only)
}

describe('answers', () => {
  it('ok with content', () => {
    const samples = [{ path: '/3303/0/5700', type: 'float', value: 21.5 }] as const
    expect(answered({ ...QUESTION, status: 'ok', code: '2.05', samples })).toEqual({
      topic: `${DEVICE}/response`,
      retain: false,
      id: 'made-1/response',
      body: {
        id: '42',
        status: 'ok',
        code: '2.05',
        operation: 'read',
        path: '/3303/0',
        content: { 5700: 21.5 },
      },
    })
  })

  it('ok without content or code', () => {
    expect(answered({ ...QUESTION, operation: 'cancel', status: 'ok' })).toMatchObject({
      body: { id: '42', status: 'ok', operation: 'cancel', path: '/3303/0' },
    })
    expect(answered({ ...QUESTION, status: 'ok' })).not.toHaveProperty('body.content')
  })

  it('where an instance was created', () => {
    const created = { ...QUESTION, operation: 'create', status: 'ok', code: '2.01' } as const
    expect(answered({ ...created, location: '/3303/1' })).toMatchObject({
      body: { operation: 'create', code: '2.01', location: '/3303/1' },
    })
    expect(answered(created)).not.toHaveProperty('body.location')
  })

  it('what was discovered', () => {
    const links = [{ path: '/3303/0/5700', attributes: { dim: 2, ver: '1.1', obs: true } }] as const
    expect(answered({ ...QUESTION, operation: 'discover', status: 'ok', code: '2.05', links })).toMatchObject(
      {
        body: { operation: 'discover', links },
      },
    )
  })

  it('an error of the device, with its code', () => {
    const error = { code: 'device_refused', message: 'the device answered 4.04' } as const
    expect(answered({ ...QUESTION, status: 'error', code: '4.04', error })).toMatchObject({
      body: { id: '42', status: 'error', code: '4.04', operation: 'read', path: '/3303/0', error },
    })
  })

  it('an error before the device was asked has no code', () => {
    const error = { code: 'endpoint_unknown', message: 'no' } as const
    expect(answered({ ...QUESTION, status: 'error', error })).not.toHaveProperty('body.code')
  })

  it('goes to the topic that was asked for, with its Correlation Data', () => {
    const reply = { ...NOWHERE, topic: 'site/lwm2m/reply/app', correlationData: Uint8Array.of(9) }
    const [only] = answer({ ...QUESTION, status: 'ok' }, reply)
    expect(only).toMatchObject({ topic: 'site/lwm2m/reply/app', qos: 1, retain: false })
    expect(only?.correlationData).toBe(reply.correlationData)
    const [plain] = answer({ ...QUESTION, status: 'ok' }, NOWHERE)
    expect(plain).not.toHaveProperty('correlationData')
  })
})

describe('progress', () => {
  it.each(['queued', 'sent', 'done', 'failed', 'expired', 'cancelled'] as const)('%s', (state) => {
    const command = { ...QUESTION, operation: 'write', value: { text: 'secret' } } as const
    const order = { command, reply: NOWHERE, repeatable: true, deadline: undefined }
    expect(progress(order, state).map(told)).toEqual([
      {
        topic: `${DEVICE}/command`,
        retain: false,
        id: `made-1/${state}.0`,
        body: { id: '42', state, operation: 'write', path: '/3303/0' },
      },
    ])
  })
})

describe('rejections', () => {
  const rejection = {
    endpoint: 'room-1',
    id: undefined,
    reply: NOWHERE,
    code: 'request_not_json',
    message: 'no JSON',
  } as const

  it('without an id', () => {
    expect(reject(rejection).map(told)).toEqual([
      {
        topic: 'site/lwm2m/device/room-1/response',
        retain: false,
        id: 'made-1/response',
        body: { id: null, status: 'error', error: { code: 'request_not_json', message: 'no JSON' } },
      },
    ])
  })

  it('with an id, a topic and Correlation Data', () => {
    const reply = {
      ...NOWHERE,
      serial: 'made-2',
      topic: 'site/lwm2m/reply/app',
      correlationData: Uint8Array.of(9),
    }
    const [only] = reject({ ...rejection, id: '42', reply })
    expect(only).toMatchObject({ topic: reply.topic, correlationData: reply.correlationData })
    expect(only && told(only)).toMatchObject({ id: 'made-2/response', body: { id: '42' } })
  })

  it('two messages with the same id are told apart by the property', () => {
    const again = { ...rejection, id: '42', reply: { ...NOWHERE, serial: 'made-2' } }
    const ids = [{ ...rejection, id: '42' }, again].map((one) => reject(one)[0]?.userProperties?.id)
    expect(ids).toEqual(['made-1/response', 'made-2/response'])
  })
})
