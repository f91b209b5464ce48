import { describe, expect, it } from 'vitest'
import { LastValues } from '../../../src/lwm2m/last-values.ts'
import type { Sample } from '../../../src/lwm2m/value.ts'
import { registration, START } from '../lwm2m/registration.ts'
import { BASE, device, lifecycle, mapping, standing, told, up, upTold, values } from './plain-rig.ts'

const DEVICE = 'site/lwm2m/device/room-1'
const AT = START + 60_000

const REGISTRATION = {
  id: 'r1',
  lifetime: 300,
  version: '1.1',
  binding: 'U',
  queueMode: false,
  attributes: {},
  objects: [
    { id: 3, version: '1.1', instances: [0] },
    { id: 5, version: '1.0', instances: [] },
    { id: 3303, version: '1.0', instances: [0, 7] },
  ],
  alternatePath: '/',
  contentFormats: [110],
  security: 'nosec',
  address: 'coap://192.0.2.7:49152',
  registeredAt: START,
  updatedAt: START + 5_000,
}

function valueTold(sample: Sample): unknown {
  return upTold(values([sample]))[0]?.body
}

describe('registrations', () => {
  it('registered: presence, registration, event', () => {
    expect(upTold(lifecycle('registered'))).toEqual([
      {
        topic: `${DEVICE}/presence`,
        retain: true,
        id: 'f-1.0',
        body: { state: 'awake', since: AT, reason: 'registered' },
      },
      { topic: `${DEVICE}/registration`, retain: true, id: 'f-1.1', body: REGISTRATION },
      {
        topic: `${DEVICE}/event`,
        retain: false,
        id: 'f-1.2',
        body: { event: 'registered', time: AT, id: 'f-1', registration: 'r1' },
      },
    ])
  })

  it('re-registered names the predecessor', () => {
    const fact = {
      ...BASE,
      type: 're-registered',
      predecessor: 'r0',
      registration: registration({ sms: '+491', identity: 'me', security: 'psk' }),
    } as const
    const [presence, registered, event] = upTold(fact)
    expect(presence?.body).toMatchObject({ state: 'awake', reason: 're-registered' })
    expect(registered?.body).toEqual({ ...REGISTRATION, sms: '+491', identity: 'me', security: 'psk' })
    expect(event?.body).toMatchObject({ event: 're-registered', registration: 'r1', predecessor: 'r0' })
  })

  it('updated leaves presence alone', () => {
    const topics = upTold(lifecycle('updated')).map(({ topic, retain }) => [topic, retain])
    expect(topics).toEqual([
      [`${DEVICE}/registration`, true],
      [`${DEVICE}/event`, false],
    ])
  })

  it.each(['registered', 'updated', 'deregistered', 'expired'] as const)(
    '%s is about its registration, also where the device has another one by now',
    (how) => {
      const other = registration({ id: 'r2', lifetime: 7 })
      const bodies = up(lifecycle(how), { ...device, registration: other }).map(({ payload }) =>
        String(payload),
      )
      expect(bodies.at(-1)).toContain('"registration":"r1"')
      expect(bodies.join()).not.toContain('"lifetime":7')
    },
  )

  it.each(['deregistered', 'expired'] as const)(
    '%s: offline, and the retained registration is removed',
    (how) => {
      expect(upTold(lifecycle(how))).toEqual([
        {
          topic: `${DEVICE}/presence`,
          retain: true,
          id: 'f-1.0',
          body: { state: 'offline', since: AT, reason: how },
        },
        { topic: `${DEVICE}/registration`, retain: true, id: 'f-1.1', body: undefined },
        {
          topic: `${DEVICE}/event`,
          retain: false,
          id: 'f-1.2',
          body: { event: how, time: AT, id: 'f-1', registration: 'r1' },
        },
      ])
    },
  )

  it('everything is JSON at QoS 1', () => {
    for (const publication of up(lifecycle('registered'))) {
      expect(publication).toMatchObject({ qos: 1, contentType: 'application/json' })
    }
  })

  it('standing: what a new connection is told, under the same id until something changes', () => {
    const first = standing(device)
    expect(first.map(({ topic, retain }) => [topic, retain])).toEqual([
      [`${DEVICE}/presence`, true],
      [`${DEVICE}/registration`, true],
    ])
    expect(standing(device)).toEqual(first)
    const later = standing({ ...device, registration: registration({ updatedAt: START + 9_000 }) })
    const ids = [...first, ...later].map(({ userProperties }) => userProperties?.id)
    expect(new Set(ids).size).toBe(4)
    expect(standing({ ...device, registration: undefined })).toEqual([])
  })
})

it('what happens again has the same ids again, each publication its own', () => {
  const ids = () => up(lifecycle('registered')).map(({ userProperties }) => userProperties?.id)
  expect(ids()).toEqual(ids())
  expect(new Set(ids()).size).toBe(3)
})

describe('values', () => {
  it('one value: retained, with unit and name from the model and the time of the fact', () => {
    expect(upTold(values([{ path: '/3303/0/5700', type: 'float', value: 21.5 }]))).toEqual([
      {
        topic: `${DEVICE}/value/3303/0/5700`,
        retain: true,
        id: 'f-1.0',
        body: { value: 21.5, time: AT, unit: 'Cel', name: 'Sensor Value' },
      },
    ])
  })

  it('the unit and the time of the payload win', () => {
    const sample = { path: '/3303/0/5700', type: 'float', value: 70, unit: 'degF', time: START } as const
    expect(valueTold(sample)).toEqual({ value: 70, time: START, unit: 'degF', name: 'Sensor Value' })
  })

  describe('the unit of what is measured', () => {
    const value = (path: string) => values([{ path, type: 'float', value: 21.5 }])
    const unitOf = (path: string, told: Readonly<Record<string, string>>): unknown => {
      const known = new LastValues()
      const samples = Object.entries(told).map(
        ([at, text]) => ({ path: at, type: 'string', value: text }) as const,
      )
      known.learn({ samples, late: false, at: START })
      const [publication] = up(value(path), { ...device, values: known })
      return JSON.parse(String(publication?.payload)).unit
    }

    it.each([
      ['of the device wins over the model', '/3303/0/5700', { '/3303/0/5701': 'K' }, 'K'],
      ['of a bound is the same', '/3303/0/5601', { '/3303/0/5701': 'K' }, 'K'],
      ['of an object that the model does not know', '/40000/1/5700', { '/40000/1/5701': 'lx' }, 'lx'],
      ['of a resource instance is that beside its resource', '/3303/0/5700/1', { '/3303/0/5701': 'K' }, 'K'],
      ['of another instance is another', '/3303/1/5700', { '/3303/0/5701': 'K' }, 'Cel'],
      ['that is empty is none', '/3303/0/5700', { '/3303/0/5701': '' }, 'Cel'],
      ["that nobody told is the model's", '/3303/0/5700', {}, 'Cel'],
      ['that nobody knows is left out', '/40000/1/5700', {}, undefined],
      ['is not that of other resources', '/3303/0/5850', { '/3303/0/5701': 'K' }, undefined],
    ])('%s', (_name, path, told, unit) => {
      expect(unitOf(path, told)).toBe(unit)
    })

    it('in the payload wins over all', () => {
      const known = new LastValues()
      known.learn({
        samples: [{ path: '/3303/0/5701', type: 'string', value: 'K' }],
        late: false,
        at: START,
      })
      const fact = values([{ path: '/3303/0/5700', type: 'float', value: 70, unit: 'degF' }])
      const [publication] = up(fact, { ...device, values: known })
      expect(JSON.parse(String(publication?.payload)).unit).toBe('degF')
    })
  })

  it('a resource that the model does not know goes out by its path', () => {
    const [only] = upTold(values([{ path: '/40000/3/9/65534', type: 'string', value: 'x' }]))
    expect(only).toMatchObject({ topic: `${DEVICE}/value/40000/3/9/65534`, body: { value: 'x', time: AT } })
    expect(only?.body).not.toHaveProperty('unit')
    expect(only?.body).not.toHaveProperty('name')
  })

  it.each([
    ['integer', 9_223_372_036_854_775_807n, '9223372036854775807'],
    ['integer', -9_007_199_254_740_993n, '-9007199254740993'],
    ['unsigned', 18_446_744_073_709_551_615n, '18446744073709551615'],
    ['integer', 42, '42'],
    ['float', 0.1, '0.1'],
    ['float', Number.NaN, '"NaN"'],
    ['float', Number.NEGATIVE_INFINITY, '"-Infinity"'],
    ['boolean', false, 'false'],
    ['string', 'a "quoted" ☃', '"a \\"quoted\\" ☃"'],
    ['opaque', Uint8Array.of(0, 255, 16), '"AP8Q"'],
    ['opaque', Uint8Array.of(9, 0, 255, 16, 9).subarray(1, 4), '"AP8Q"'],
    ['objlnk', { object: 66, instance: 0 }, '"66:0"'],
    ['objlnk', { object: 65535, instance: 65535 }, '"65535:65535"'],
    ['time', 1_767_225_600, '1767225600'],
  ] as const)('%s %s is %s', (type, value, json) => {
    const [publication] = up(values([{ path: '/9/0/1', type, value }]))
    expect(publication?.payload).toBe(`{"value":${json},"time":${AT}}`)
  })

  it('a series ends with its newest, and each of it has its own id', () => {
    const path = '/3303/0/5700'
    const sample = (value: number, time?: number) =>
      ({ path, type: 'float', value, ...(time === undefined ? {} : { time }) }) as const
    const series = upTold(values([sample(3), sample(2, START + 2), sample(1, START + 1)]))
    expect(series.map(({ body }) => (body as { value: number }).value)).toEqual([1, 2, 3])
    expect(series.map(({ id }) => id)).toEqual(['f-1.0', 'f-1.1', 'f-1.2'])
    expect(new Set(series.map(({ topic }) => topic)).size).toBe(1)
  })

  it('values without times stay in the order of the payload', () => {
    const samples = ['/3/0/9', '/3/0/0', '/3/0/1'].map(
      (path) => ({ path, type: 'integer', value: 1 }) as const,
    )
    expect(upTold(values(samples)).map(({ topic }) => topic.split('/').at(-1))).toEqual(['9', '0', '1'])
  })

  it('late values are events: history, each with its own id, and nothing that is retained', () => {
    const samples = [
      { path: '/3303/0/5700', type: 'float', value: 1, time: START },
      { path: '/3303/0/5700', type: 'float', value: 2, time: START + 1 },
    ] as const
    const [first, second, ...rest] = upTold(values(samples, { late: true, sequence: 7 }))
    expect(rest).toEqual([])
    expect(first).toEqual({
      topic: `${DEVICE}/event`,
      retain: false,
      id: 'f-1.0',
      body: {
        event: 'late-value',
        time: AT,
        id: 'f-1',
        path: '/3303/0/5700',
        value: 1,
        sampled: START,
        sequence: 7,
      },
    })
    expect(second).toMatchObject({ id: 'f-1.1', retain: false, body: { value: 2, sampled: START + 1 } })
  })

  it('no samples, no publications', () => {
    expect(up(values([]))).toEqual([])
  })
})

describe('events', () => {
  it('a notification that could not be decoded goes out with its payload', () => {
    const fact = {
      ...BASE,
      type: 'undecodable',
      path: '/3303/0',
      contentFormat: undefined,
      payload: Uint8Array.of(0xff, 0),
      code: 'payload_malformed',
      reason: 'cut short',
    } as const
    const [event] = upTold(fact)
    const body = { event: 'undecodable', time: AT, id: 'f-1', path: '/3303/0', contentFormat: null }
    expect(event).toMatchObject({ topic: `${DEVICE}/event`, retain: false })
    expect(event?.body).toEqual({ ...body, payload: '/wA=', code: 'payload_malformed', reason: 'cut short' })
    expect(upTold({ ...fact, contentFormat: 11542 })[0]?.body).toMatchObject({ contentFormat: 11542 })
  })

  it.each([
    ...(['observed', 'observation-ended', 'observation-failed'] as const),
    ...(['attributes-refused', 'body-lost'] as const),
  ])('%s', (type) => {
    const fact = { ...BASE, type, path: '/3/0', code: '4.04', reason: 'gone' }
    const body = { event: type, time: AT, id: 'f-1', path: '/3/0', code: '4.04', reason: 'gone' }
    expect(upTold(fact)).toEqual([{ topic: `${DEVICE}/event`, retain: false, id: 'f-1.0', body }])
  })

  it('an event without a code has none', () => {
    const [event] = upTold({ ...BASE, type: 'observation-failed', path: '/3/0', reason: 'no answer' })
    expect(event?.body).not.toHaveProperty('code')
  })

  it('refusals that are summed up are an event of the gateway', () => {
    const fact = { type: 'refusals-suppressed', id: 'f-3', at: AT, endpoint: undefined, count: 50 } as const
    expect(upTold(fact)).toEqual([
      {
        ...{ topic: 'site/lwm2m/gateway/gw%2F1/event', retain: false, id: 'f-3.0' },
        body: { event: 'refusals-suppressed', time: AT, id: 'f-3', count: 50 },
      },
    ])
  })

  it('a refused stranger is an event of the gateway', () => {
    const fact = {
      type: 'refused',
      id: 'f-2',
      at: AT,
      address: 'coap://[::1]:1',
      code: 'register_links',
      reason: 'none',
    } as const
    const common = {
      event: 'refused',
      time: AT,
      id: 'f-2',
      address: 'coap://[::1]:1',
      code: 'register_links',
      reason: 'none',
    }
    const topic = 'site/lwm2m/gateway/gw%2F1/event'
    expect(upTold({ ...fact, endpoint: undefined })).toEqual([
      { topic, retain: false, id: 'f-2.0', body: { ...common, endpoint: null } },
    ])
    expect(upTold({ ...fact, endpoint: 'küche/1' })[0]?.body).toEqual({ ...common, endpoint: 'küche/1' })
  })

  it.each(['online', 'offline'] as const)(
    'the gateway itself, %s: retained, on one topic, without an id',
    (state) => {
      const topic = 'site/lwm2m/gateway/gw%2F1/state'
      expect(mapping.gateway(state)).toEqual([
        { topic, retain: true, qos: 1, payload: `{"state":"${state}"}`, contentType: 'application/json' },
      ])
    },
  )

  it('a mapping that fails is an event of the gateway', () => {
    const fact = {
      event: 'mapping-failed',
      id: 'm-1',
      at: AT,
      endpoint: 'room-1',
      reason: 'no such key',
    } as const
    const details = { mapping: 'mine', rule: 'shadow' }
    const reports = mapping.report({ ...fact, code: 'mapping_failed', details })
    expect(reports.map(told)).toEqual([
      {
        ...{ topic: 'site/lwm2m/gateway/gw%2F1/event', retain: false, id: 'm-1.0' },
        body: {
          ...{ event: 'mapping-failed', time: AT, id: 'm-1', endpoint: 'room-1', code: 'mapping_failed' },
          ...{ reason: 'no such key', details },
        },
      },
    ])
  })
})

describe('endpoint names', () => {
  it.each([
    ['küche/1', 'k%C3%BCche%2F1'],
    ['+', '%2B'],
    ['#', '%23'],
    ['%', '%25'],
    ['a b\0', 'a%20b%00'],
    ['urn:dev:os:1.2_3-4', 'urn:dev:os:1.2_3-4'],
  ])('%s is the level %s', (endpoint, level) => {
    const fact = { ...values([{ path: '/3/0/9', type: 'integer', value: 1 }]), endpoint }
    expect(upTold(fact)[0]?.topic).toBe(`site/lwm2m/device/${level}/value/3/0/9`)
  })

  it('the state is handed back as it came', () => {
    const state = { seen: 1 }
    expect(mapping.up(lifecycle('updated'), device, state).state).toBe(state)
  })
})
