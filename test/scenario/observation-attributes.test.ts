import type { ParsedPacket } from 'coap-packet'
import { describe, expect, it } from 'vitest'
import type { ObserveEntry } from '../../src/lwm2m/observe-policy.ts'
import { blockNumber } from '../support/block-device.ts'
import { coap } from '../support/coap.ts'
import {
  Lwm2mBench,
  numberOption,
  pathIn,
  type Saying,
  type ScriptedDevice,
  textOptions,
} from '../support/lwm2m.ts'

const PATH = '/3303/0/5700'
const LINKS = '</3/0>,</3303/0>'
const METHODS: Readonly<Record<string, string>> = { '0.01': 'GET', '0.03': 'PUT' }
const TWENTY: Saying = { code: '2.05', observe: 1, payload: '20' }
const CHANGED: Saying = { code: '2.04' }

/** A request in short: `OBSERVE /3/0/9?pmin=5`, `CANCEL`, `GET` or `PUT`. */
function short(request: ParsedPacket): string {
  const observe = numberOption(request, 'Observe')
  const method = observe === undefined ? METHODS[request.code] : observe === 0 ? 'OBSERVE' : 'CANCEL'
  const query = textOptions(request, 'Uri-Query').join('&')
  return `${method} ${pathIn(request)}${query === '' ? '' : `?${query}`}`
}

type Answers = (request: string) => Saying | undefined

/** Takes writes, observes and reads with a number. */
const willing: Answers = (request) => (request.startsWith('PUT') ? CHANGED : TWENTY)

function setUp(observe: readonly ObserveEntry[], answers = willing, version = '1.1', links = LINKS) {
  const bench = new Lwm2mBench({ observe })
  const device = bench.device()
  device.answer = (request) => answers(short(request))
  const location = device.register(`ep=device&lt=0&lwm2m=${version}`, links)
  return { bench, device, location, asked: () => device.requests.map(short) }
}

const told = (bench: Lwm2mBench, type: 'attributes-refused' | 'observation-failed') =>
  bench.factsOf(type).map(({ path, code }) => [path, code])

describe('attributes of the policy', () => {
  const entry = { path: '/3303/*/5700', attributes: { pmin: 5, st: 0.5 } }

  it('are written before the Observe to a device of LwM2M 1.1', () => {
    const { bench, asked } = setUp([entry])
    expect(asked()).toEqual([`PUT ${PATH}?pmin=5&st=0.5`, `OBSERVE ${PATH}`])
    expect(bench.history).toEqual(['registered', 'observed', 'values'])
  })

  it('ride in the Observe to a device of LwM2M 1.2', () => {
    const { bench, asked } = setUp([entry], willing, '1.2')
    expect(asked()).toEqual([`OBSERVE ${PATH}?pmin=5&st=0.5`])
    expect(bench.factsOf('observed').length).toBe(1)
  })

  it.each(['4.00', '4.02'])('are written to a device of LwM2M 1.2 that answers %s to that', (code) => {
    const answers: Answers = (request) => (/^OBSERVE .*\?/.test(request) ? { code } : willing(request))
    const { bench, asked } = setUp([entry], answers, '1.2', '</3303/0>,</3303/1>')
    expect(asked()).toEqual([
      ...[`OBSERVE ${PATH}?pmin=5&st=0.5`, `PUT ${PATH}?pmin=5&st=0.5`, `OBSERVE ${PATH}`],
      ...['PUT /3303/1/5700?pmin=5&st=0.5', 'OBSERVE /3303/1/5700'], // it is not tried again
    ])
    expect(bench.factsOf('observed').length).toBe(2)
    expect(told(bench, 'observation-failed')).toEqual([])
  })

  it('that the device refuses are news, and it is observed without', () => {
    const { bench, asked } = setUp([entry], (request) =>
      request.startsWith('PUT') ? { code: '4.05' } : TWENTY,
    )
    expect(asked()).toEqual([`PUT ${PATH}?pmin=5&st=0.5`, `OBSERVE ${PATH}`])
    expect(told(bench, 'attributes-refused')).toEqual([[PATH, '4.05']])
    expect(bench.factsOf('observed').length).toBe(1)
  })

  it('of a path that is not there are no news', () => {
    const { bench, asked } = setUp([entry], () => ({ code: '4.04' }))
    expect(asked()).toEqual([`PUT ${PATH}?pmin=5&st=0.5`, `OBSERVE ${PATH}`])
    expect(bench.history).toEqual(['registered'])
  })

  it.each([
    ['of a later version', '1.0', { path: '/3/0/9', attributes: { epmin: 5 } }, 'epmin'],
    ['for numbers, on a text', '1.1', { path: '/3/0/0', attributes: { gt: 5 } }, 'gt needs a number'],
  ])('%s are not sent: news, and it is observed without', (_name, version, wrong, reason) => {
    const { bench, asked } = setUp([wrong], willing, version)
    expect(asked()).toEqual([`OBSERVE ${wrong.path}`])
    expect(bench.factsOf('attributes-refused')).toMatchObject([
      { path: wrong.path, reason: expect.stringContaining(reason) },
    ])
  })

  it('are told once, and not written again at an Update', () => {
    const { device, location, asked } = setUp([entry])
    device.update(location)
    device.update(location, '', LINKS)
    expect(asked().length).toBe(2)
  })

  it('that a silent device did not take are written at its next Update', () => {
    const { bench, device, location, asked } = setUp([entry], () => undefined)
    bench.clock.advance(100_000)
    expect(told(bench, 'observation-failed')).toEqual([[PATH, undefined]])
    device.answer = (request) => willing(short(request))
    device.update(location)
    expect(asked().slice(1)).toEqual([`PUT ${PATH}?pmin=5&st=0.5`, `OBSERVE ${PATH}`])
  })
})

describe('attributes that change, since another entry means the device', () => {
  const entries = [
    { path: PATH, attributes: { pmin: 60 }, match: { objects: [5] } },
    { path: PATH, attributes: { pmax: 10 } },
  ]
  const MORE = '</3/0>,</5>,</3303/0>'

  it('are written, the old ones taken away, and the path is observed anew', () => {
    const { bench, device, location, asked } = setUp(entries)
    device.update(location, '', MORE)
    expect(asked()).toEqual([
      ...[`PUT ${PATH}?pmax=10`, `OBSERVE ${PATH}`],
      ...[`PUT ${PATH}?pmax&pmin=60`, `CANCEL ${PATH}`, `OBSERVE ${PATH}`],
    ])
    expect(bench.factsOf('observed').length).toBe(2)
  })

  it('ride in the new Observe of a device of LwM2M 1.2', () => {
    const { device, location, asked } = setUp(entries, willing, '1.2')
    device.update(location, '', MORE)
    expect(asked()).toEqual([
      `OBSERVE ${PATH}?pmax=10`,
      `CANCEL ${PATH}?pmax=10`, // asked as it was
      `OBSERVE ${PATH}?pmin=60`,
    ])
  })
})

describe('an entry for some devices', () => {
  const ACME = { path: PATH, match: { manufacturer: 'ACME*' } }
  const named =
    (name: string): Answers =>
    (request) =>
      request === 'GET /3/0/0' ? { code: '2.05', contentFormat: 0, payload: name } : willing(request)

  it('by manufacturer makes the device tell it first, which goes up as any value', () => {
    const { bench, asked } = setUp([ACME], named('ACME Ltd'))
    expect(asked()).toEqual(['GET /3/0/0', `OBSERVE ${PATH}`])
    expect(bench.factsOf('values')[0]).toMatchObject({ source: 'read', samples: [{ value: 'ACME Ltd' }] })
  })

  it('leaves the others alone', () => {
    const { device, location, asked } = setUp([ACME], named('Other'))
    device.update(location)
    expect(asked()).toEqual(['GET /3/0/0'])
  })

  it('is not for a device that will not tell; it is asked once in a registration', () => {
    const refuses: Answers = (request) => (request.startsWith('GET') ? { code: '4.05' } : TWENTY)
    const { bench, device, location, asked } = setUp([ACME, '/3/0/9'], refuses)
    device.update(location)
    expect(asked()).toEqual(['GET /3/0/0', 'OBSERVE /3/0/9'])
    expect(told(bench, 'observation-failed')).toEqual([])
    device.register('ep=device&lt=0&lwm2m=1.1', LINKS)
    expect(asked().slice(2)).toEqual(['GET /3/0/0', 'OBSERVE /3/0/9'])
  })

  it('asks again at each registration: it may be another device, or another firmware', () => {
    let name = 'Other'
    const { device, location, asked } = setUp([ACME], (request) => named(name)(request))
    device.update(location)
    name = 'ACME Ltd'
    device.register('ep=device&lt=0&lwm2m=1.1', LINKS)
    expect(asked()).toEqual(['GET /3/0/0', 'GET /3/0/0', `OBSERVE ${PATH}`])
  })

  it('does not go by what was told before where the device will not tell any more', () => {
    let answers = named('ACME Ltd')
    const { device, asked } = setUp([ACME], (request) => answers(request))
    answers = (request) => (request.startsWith('GET') ? { code: '4.05' } : TWENTY)
    device.register('ep=device&lt=0&lwm2m=1.1', LINKS)
    expect(asked()).toEqual(['GET /3/0/0', `OBSERVE ${PATH}`, 'GET /3/0/0'])
  })

  it('asks again at the next Update where the device did not answer', () => {
    const { bench, device, location, asked } = setUp([ACME], () => undefined)
    bench.clock.advance(200_000)
    device.answer = (request) => named('ACME Ltd')(short(request))
    device.update(location)
    expect(asked()).toEqual(['GET /3/0/0', 'GET /3/0/0', `OBSERVE ${PATH}`])
    expect(bench.factsOf('observed').length).toBe(1)
  })

  it('by name or version asks nothing else of anybody', () => {
    const entries = [
      { path: PATH, match: { endpoint: ['dev*', 'x'] } },
      { path: '/3/0/9', match: { version: '1.2' } as const },
    ]
    expect(setUp(entries).asked()).toEqual([`OBSERVE ${PATH}`])
  })
})

describe('the rate', () => {
  it('holds for all that the policy asks: reads, attributes and observations', () => {
    const observe = [{ path: PATH, attributes: { pmin: 5 }, match: { model: '*' } }]
    const bench = new Lwm2mBench({ observe, observeRate: 1 })
    const device: ScriptedDevice = bench.device()
    const began = bench.clock.now()
    const times: [string, number][] = []
    device.answer = (request) => {
      times.push([short(request).split(' ')[0] ?? '', bench.clock.now() - began])
      return request.code === '0.03' ? CHANGED : TWENTY
    }
    device.register('ep=device&lt=0&lwm2m=1.1', LINKS)
    bench.clock.advance(5_000)
    expect(times).toEqual([
      ['GET', 0],
      ['PUT', 1_000],
      ['OBSERVE', 2_000],
    ])
  })
})

it('a lost body is read without the attributes of its observation', () => {
  const { bench, device } = setUp([{ path: PATH, attributes: { pmin: 5 } }], willing, '1.2')
  const token = device.requests[0]?.token.toString('hex') ?? ''
  device.answer = () => undefined
  const options = { Observe: 2, Block2: blockNumber(0, true, 64) }
  device.link.send(coap({ code: '2.05', id: 900, token, options, payload: Buffer.alloc(64, '1') }))
  bench.clock.advance(400_000)
  expect(bench.factsOf('body-lost').length).toBe(1)
  const last = device.requests.at(-1)
  expect(last && [short(last), numberOption(last, 'Block2')]).toEqual([`GET ${PATH}`, undefined])
})
