import { describe, expect, it } from 'vitest'
import { Lwm2mBench, numberOption, type ScriptedDevice } from '../support/lwm2m.ts'

const LINKS = '</1/0>,</3/0>,</3303/0>'

/** Code of the answer to a Register. */
function register(device: ScriptedDevice, query: string, payload = LINKS, contentFormat?: number) {
  const format = contentFormat === undefined ? {} : { contentFormat }
  return device.call({ code: '0.02', path: '/rd', query, payload, ...format })?.code
}

describe('Register', () => {
  it('1. Register -> 2.01 with Location rd/{id}', () => {
    const bench = new Lwm2mBench()
    const device = bench.device('192.0.2.77:40000')
    const location = device.register()
    expect(location).toMatch(/^rd\/[\w-]{11}$/)
    const registration = {
      id: location.slice(3),
      endpoint: 'device',
      lifetime: 300,
      version: '1.1',
      binding: 'U',
      queueMode: false,
      security: 'nosec',
      address: 'coap://192.0.2.77:40000',
      alternatePath: '/',
      objects: [
        { id: 1, version: '1.1', instances: [0] },
        { id: 3, version: '1.1', instances: [0] },
        { id: 3303, version: '1.0', instances: [0] },
      ],
    }
    expect(bench.facts).toMatchObject([{ type: 'registered', endpoint: 'device', registration }])
    expect(bench.registration()).toMatchObject(registration)
  })

  it.each([
    ['no payload', ''],
    ['the root link alone', '</>;rt="oma.lwm2m";ct=110'],
    ['links that are no objects', '</.well-known/core>,</foo>'],
    ['bytes that are no links', 'hello'],
  ])('2. No links -> 4.00: %s', (_, links) => {
    const bench = new Lwm2mBench()
    expect(register(bench.device(), 'ep=device&lwm2m=1.1', links)).toBe('4.00')
    expect(bench.facts).toMatchObject([{ type: 'refused', endpoint: 'device', code: 'register_links' }])
  })

  it.each(['lwm2m=1.1', 'lwm2m=1.1&ep=', 'lwm2m=1.1&ep'])('3. No ep on NoSec -> 4.00: %s', (query) => {
    const bench = new Lwm2mBench()
    expect(register(bench.device(), query)).toBe('4.00')
    expect(bench.facts).toMatchObject([{ type: 'refused', code: 'register_endpoint' }])
  })

  it('4a. lt=0 never expires', () => {
    const bench = new Lwm2mBench()
    bench.device().register('ep=device&lt=0&lwm2m=1.1')
    bench.clock.advance(10 * 365 * 86_400_000)
    expect(bench.history).toEqual(['registered'])
    expect(bench.clock.pending()).toEqual([])
  })

  it('4a. no lwm2m is 1.0, no lt is a day, no Content-Format is 40', () => {
    const bench = new Lwm2mBench()
    expect(register(bench.device(), 'ep=device')).toBe('2.01')
    expect(bench.registration()).toMatchObject({ version: '1.0', lifetime: 86_400, binding: 'U' })
    expect(register(bench.device(), 'ep=other', LINKS, 40)).toBe('2.01')
    expect(register(bench.device(), 'ep=third', LINKS, 0)).toBe('4.15')
  })

  it.each([
    ['b=UQ', true, 'UQ'],
    ['lwm2m=1.0&b=UQ', true, 'UQ'],
    ['lwm2m=1.0.2&b=UQS', true, 'UQS'],
    ['lwm2m=1.1&b=UT', false, 'UT'],
    ['lwm2m=1.1&b=', false, 'U'],
    ['lwm2m=1.1&Q', true, 'U'],
    ['lwm2m=1.2&b=UMH&Q', true, 'UMH'],
    ['lwm2m=1.1', false, 'U'],
  ])('5. %s -> 2.01', (query, queueMode, binding) => {
    const bench = new Lwm2mBench()
    expect(register(bench.device(), `ep=device&${query}`)).toBe('2.01')
    expect(bench.registration()).toMatchObject({ queueMode, binding })
  })

  const BAD_BINDINGS = ['lwm2m=1.1&b=UQ', 'lwm2m=1.0&b=UT', 'b=UT', 'lwm2m=1.1&b=UU', 'b=QU', 'lwm2m=1.2&b=X']
  it.each(BAD_BINDINGS)('6. %s -> 4.00', (query) => {
    const bench = new Lwm2mBench()
    expect(register(bench.device(), `ep=device&${query}`)).toBe('4.00')
    expect(bench.facts).toMatchObject([{ type: 'refused', endpoint: 'device', code: 'register_binding' }])
    expect(bench.registration()).toBeUndefined()
  })

  it('6. without strictBinding the forms may be mixed -> 2.01', () => {
    const bench = new Lwm2mBench({ strictBinding: false })
    expect(register(bench.device(), 'ep=device&lwm2m=1.1&b=UQ')).toBe('2.01')
    expect(bench.registration()).toMatchObject({ queueMode: true })
    expect(register(bench.device(), 'ep=other&lwm2m=1.0&b=UT')).toBe('2.01')
    expect(register(bench.device(), 'ep=third&lwm2m=1.0&b=UX')).toBe('4.00')
  })

  it.each(['2.0', '1.3', '1', '0.9', '', '1.1x', '01.1'])(
    '7. An unknown version -> 4.12: lwm2m=%s',
    (version) => {
      const bench = new Lwm2mBench()
      expect(register(bench.device(), `ep=device&lwm2m=${version}`)).toBe('4.12')
      expect(bench.facts).toMatchObject([{ type: 'refused', code: 'register_version' }])
    },
  )

  it.each(['-1', '1.5', '', '4294967296', '1e3', '99999999999999999999'])('lt=%s -> 4.00', (lifetime) => {
    const bench = new Lwm2mBench()
    expect(register(bench.device(), `ep=device&lt=${lifetime}`)).toBe('4.00')
    expect(register(bench.device(), 'ep=device&lt=1&lt=2')).toBe('4.00')
  })

  it('8. Unknown query parameters are kept', () => {
    const bench = new Lwm2mBench()
    const device = bench.device()
    const location = device.register('ep=device&lwm2m=1.1&site=roof&model=a=b&flag&__proto__=1')
    const attributes = Object.fromEntries([
      ['site', 'roof'],
      ['model', 'a=b'],
      ['flag', ''],
      ['__proto__', '1'],
    ])
    expect(bench.registration()?.attributes).toEqual(attributes)
    expect(Object.getPrototypeOf(bench.registration()?.attributes)).toBe(Object.prototype)
    expect(device.update(location, 'site=cellar')).toBe('2.04')
    expect(bench.registration()?.attributes).toMatchObject({ site: 'cellar', model: 'a=b' })
  })

  it('8. they are bounded, also over many Updates -> 4.00', () => {
    const bench = new Lwm2mBench()
    const device = bench.device()
    const location = device.register()
    for (let index = 0; index < 32; index++) expect(device.update(location, `p${index}=1`)).toBe('2.04')
    expect(device.update(location, 'p32=1')).toBe('4.00')
    expect(device.update(location, 'p31=2')).toBe('2.04')
    const all = Array.from({ length: 32 }, (_, index) => `q${index}`).join('&')
    expect(register(bench.device(), `ep=other&${all}`)).toBe('4.00')
  })

  it('is answered the same when it is repeated, and counts once', () => {
    const bench = new Lwm2mBench()
    const device = bench.device()
    const saying = { code: '0.02', path: '/rd', query: 'ep=device', payload: LINKS }
    const packet = { messageId: 7, token: Buffer.of(1) }
    const first = device.call(saying, packet)
    expect(device.call(saying, packet)).toEqual(first)
    expect(bench.history).toEqual(['registered'])
  })

  it('may be non-confirmable', () => {
    const bench = new Lwm2mBench({ observe: ['/3303/0/5700'] })
    const device = bench.device()
    const saying = { code: '0.02', path: '/rd', query: 'ep=device', payload: LINKS }
    expect(device.call(saying, { confirmable: false })).toMatchObject({ code: '2.01', confirmable: false })
    expect(device.requests.length).toBe(1)
  })

  it('above the limit -> 5.03 with Max-Age', () => {
    const limit = {
      registrations: 2,
      registrationsBytes: 1 << 20,
      registrationsPerAddress: 9,
      retryAfter: 90,
    }
    const bench = new Lwm2mBench({ limit })
    const [one, two, three] = [bench.device(), bench.device(), bench.device()]
    const location = one.register('ep=one')
    two.register('ep=two')
    const saying = { code: '0.02', path: '/rd', query: 'ep=three', payload: LINKS }
    const refusal = three.call(saying)
    expect(refusal?.code).toBe('5.03')
    expect(refusal && numberOption(refusal, 'Max-Age')).toBe(90)
    expect(bench.facts.at(-1)).toMatchObject({
      type: 'refused',
      endpoint: 'three',
      code: 'register_overload',
    })
    one.register('ep=one') // in place of its own is no more than before
    expect(one.deregister(location)).toBe('4.04')
    expect(two.deregister(`rd/${bench.registration('two')?.id}`)).toBe('2.02')
    expect(three.call(saying)?.code).toBe('2.01')
  })

  it.each([
    ['0.01', '/rd', '4.05'],
    ['0.03', '/rd', '4.05'],
    ['0.04', '/rd', '4.05'],
    ['0.01', '/rd/x', '4.05'],
    ['0.03', '/rd/x', '4.05'],
    ['0.02', '/rd/x/y', '4.04'],
    ['0.02', '/elsewhere', '4.04'],
    ['0.01', '/', '4.04'],
  ])('%s %s -> %s', (code, path, answer) => {
    const bench = new Lwm2mBench()
    expect(bench.device().call({ code, path, query: 'ep=device', payload: LINKS })?.code).toBe(answer)
  })

  it('takes objects in every form that is sent', () => {
    const bench = new Lwm2mBench()
    const links =
      '</lwm2m>;rt="oma.lwm2m";ct="110 112 11542",</lwm2m/1/0>,</lwm2m/5>;ver="1.1",</lwm2m/5/0>, </lwm2m/3>;ver=1.2,</lwm2m/3303/2>,</lwm2m/3303/0>'
    expect(register(bench.device(), 'ep=device&lwm2m=1.1', links)).toBe('2.01')
    expect(bench.registration()).toMatchObject({
      alternatePath: '/lwm2m',
      contentFormats: [110, 112, 11542],
      objects: [
        { id: 1, version: '1.1', instances: [0] },
        { id: 3, version: '1.2', instances: [] },
        { id: 5, version: '1.1', instances: [0] },
        { id: 3303, version: '1.0', instances: [0, 2] },
      ],
    })
  })

  it('refuses a profile id that comes without links -> 4.09, and takes the full list then', () => {
    const bench = new Lwm2mBench()
    const device = bench.device()
    expect(register(device, 'ep=device&lwm2m=1.2&pid=x', '')).toBe('4.09')
    expect(register(device, 'ep=device&lwm2m=1.1&pid=x', '')).toBe('4.00')
    expect(register(device, 'ep=device&lwm2m=1.2')).toBe('2.01')
  })
})
