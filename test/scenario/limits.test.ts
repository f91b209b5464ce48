import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Command } from '../../src/lwm2m/command.ts'
import { Lwm2mBench, numberOption, type Saying, type ScriptedDevice } from '../support/lwm2m.ts'

const HOUR = 3_600_000
const LINKS = '</1/0>,</3/0>,</3303/0>'
/** Paths that the default object lists have. */
const MANY = Array.from({ length: 60 }, (_, id) => `/3/0/${id}`)

const registerAs = (endpoint: string, payload = LINKS): Saying => ({
  ...{ code: '0.02', path: '/rd', query: `ep=${endpoint}&lt=86400&lwm2m=1.1`, contentFormat: 40, payload },
})

/** A device whose every byte is counted. */
function counted(bench: Lwm2mBench): { device: ScriptedDevice; brought: () => number; got: () => number } {
  const device = bench.device()
  let [brought, got] = [0, 0]
  const { network } = bench
  const send = network.send.bind(network)
  network.send = (from, to, bytes) => {
    if (from === device.link.address) brought += bytes.length
    if (to === device.link.address) got += bytes.length
    send(from, to, bytes)
  }
  return { device, brought: () => brought, got: () => got }
}

const writeTo = (endpoint: string, bytes: number): Command => ({
  ...{ id: '1', endpoint, operation: 'write', path: '/1/0/7', force: true },
  value: { text: 'x'.repeat(bytes) },
})

type Step = (bench: Lwm2mBench, device: ScriptedDevice) => void

const wait =
  (time: number): Step =>
  ({ clock }) =>
    clock.advance(time)

const endpoint = fc.constantFrom('one', 'two', 'three')
const confirmable = { confirmable: true }

/** What an attacker, or a person who gives commands, may do. */
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(endpoint, fc.constantFrom('</3/0>', LINKS)).map(
    ([name, links]): Step =>
      (_bench, device) =>
        void device.say(registerAs(name, links), confirmable),
  ),
  endpoint.map(
    (name): Step =>
      (bench, device) =>
        void device.update(`rd/${bench.registration(name)?.id ?? 'none'}`),
  ),
  fc.constantFrom(0, 500, 3_000, 60_000, 300_000, 5 * HOUR).map(wait),
  fc.tuple(endpoint, fc.constantFrom(1, 40, 900)).map(
    ([name, bytes]): Step =>
      (bench) =>
        void bench.command(writeTo(name, bytes)),
  ),
  fc.uint8Array({ maxLength: 24 }).map(
    (bytes): Step =>
      (_bench, device) =>
        device.link.send(bytes),
  ),
  fc.tuple(fc.uint8Array({ maxLength: 8 }), fc.constantFrom('2.05', '0.01', '0.00')).map(
    ([token, code]): Step =>
      (_bench, device) =>
        void device.say({ code }, { token: Buffer.from(code === '0.00' ? [] : token), ...confirmable }),
  ),
)

describe('an address that never answers', () => {
  it('gets no more than three times what came from there, however long it is registered', () => {
    const bench = new Lwm2mBench({ observe: MANY })
    const { device, brought, got } = counted(bench)
    device.answer = () => undefined
    device.say(registerAs('spoofed'), { confirmable: true })
    bench.clock.advance(24 * HOUR)
    expect(bench.factsOf('observation-failed').length).toBe(1)
    for (let count = 0; count < 12; count++) {
      bench.command({ id: `${count}`, endpoint: 'spoofed', operation: 'read', path: '/3/0' })
      bench.clock.advance(HOUR)
    }
    expect(got()).toBeGreaterThan(brought())
    expect(got()).toBeLessThanOrEqual(3 * brought())
  })

  it('gets no more than that for any row of datagrams, in any time', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) => {
        const bench = new Lwm2mBench({ observe: MANY })
        const { device, brought, got } = counted(bench)
        device.answer = () => undefined
        for (const act of [...steps, wait(30 * HOUR)]) {
          act(bench, device)
          bench.clock.advance(0)
          expect(got()).toBeLessThanOrEqual(3 * brought())
        }
      }),
      { numRuns: 150, seed: 4 },
    )
  })
})

describe('a device that answers', () => {
  it('is asked at once for everything that is to be observed, from a short Register on', () => {
    const bench = new Lwm2mBench({ observe: ['/3/0/9', '/3/0/11', '/3303/0/5700'] })
    const device = bench.device()
    device.answer = () => ({ code: '2.05', observe: 1, contentFormat: 0, payload: '1' })
    device.call({ code: '0.02', path: '/rd', query: 'ep=a', payload: '</3/0>,</3303/0>' })
    expect(device.requests).toHaveLength(3)
    expect(bench.endpoint.counters.withheld).toBe(0)
  })

  it('is sent what is longer than its Register, after one short question', () => {
    const bench = new Lwm2mBench()
    const device = bench.device()
    device.answer = (request) => ({ code: request.code === '0.03' ? '2.04' : '4.05' })
    device.register()
    const { results } = bench.command(writeTo('device', 900))
    expect(results).toMatchObject([{ status: 'ok' }])
    expect(device.requests.map(({ code }) => code)).toEqual(['0.01', '0.03'])
  })

  it('is asked hours later without a word from it before', () => {
    const bench = new Lwm2mBench()
    const device = bench.device()
    device.answer = () => ({ code: '2.05', contentFormat: 0, payload: 'ACME' })
    device.register('ep=device&lt=86400&lwm2m=1.1')
    const read = { id: '1', endpoint: 'device', operation: 'read', path: '/3/0/0' } as const
    bench.clock.advance(5 * HOUR) // not verified, and what its Register has left is enough
    expect(bench.command(read).results).toMatchObject([{ status: 'ok' }])
    for (let round = 0; round < 40; round++) {
      bench.clock.advance(HOUR / 6)
      expect(bench.command(read).results).toMatchObject([{ status: 'ok' }])
    }
    expect(bench.endpoint.counters.withheld).toBe(0)
  })

  it('that updates or registers anew at its address is not doubted again', () => {
    const bench = new Lwm2mBench()
    const device = bench.device()
    const write = writeTo('device', 900)
    device.answer = (request) => ({ code: request.code === '0.03' ? '2.04' : '4.05' })
    const location = device.register('ep=device&lt=86400&lwm2m=1.1')
    bench.command(write)
    bench.clock.advance(HOUR)
    device.update(location)
    bench.command(write)
    bench.clock.advance(HOUR)
    device.register()
    bench.command(write)
    expect(device.requests.map(({ code }) => code)).toEqual(['0.01', '0.03', '0.03', '0.03'])
    device.move('192.0.2.99:1024')
    device.update(`rd/${bench.registration()?.id}`)
    bench.command(write)
    expect(device.requests.map(({ code }) => code).slice(4)).toEqual(['0.01', '0.03'])
  })
})

describe('the memory of all registrations', () => {
  const limit = {
    registrations: 100,
    registrationsBytes: 100_000,
    registrationsPerAddress: 100,
    retryAfter: 30,
  }
  const LONG = Array.from({ length: 1_024 }, (_, id) => `</${id}>`).join(',')
  const say = (links: string, path = '/rd', query = ''): Saying => ({
    code: '0.02',
    path,
    query,
    payload: links,
  })

  it('is bounded: what would go above is refused with 5.03, and what ends makes room', () => {
    const bench = new Lwm2mBench({ limit })
    const [one, two] = [bench.device(), bench.device()]
    const location = one.register('ep=one', LONG)
    const refusal = two.call(say(LONG, '/rd', 'ep=two'))
    expect([refusal?.code, refusal && numberOption(refusal, 'Max-Age')]).toEqual(['5.03', 30])
    expect(bench.facts.at(-1)).toMatchObject({ type: 'refused', endpoint: 'two', code: 'register_overload' })
    expect(two.call(say(LINKS, '/rd', 'ep=two'))?.code).toBe('2.01')
    expect(one.call(say(LONG, '/rd', 'ep=one'))?.code).toBe('2.01') // in place of its own
    expect(one.deregister(`rd/${bench.registration('one')?.id}`)).toBe('2.02')
    expect(location).toMatch(/^rd/)
    expect(two.call(say(LONG, '/rd', 'ep=two'))?.code).toBe('2.01')
  })

  it('counts what Updates bring', () => {
    const bench = new Lwm2mBench({ limit })
    const [one, two] = [bench.device(), bench.device()]
    const first = one.register('ep=one', LINKS)
    const second = two.register('ep=two', LINKS)
    expect(one.update(first, '', LONG)).toBe('2.04')
    expect(two.update(second, '', LONG)).toBe('5.03')
    expect(two.update(second)).toBe('2.04')
    expect(bench.registration('two')?.objects.length).toBe(3)
    expect(one.update(first, '', LINKS)).toBe('2.04')
    expect(two.update(second, '', LONG)).toBe('2.04')
  })
})

describe('registrations from one address', () => {
  const limit = {
    registrations: 100,
    registrationsBytes: 1 << 20,
    registrationsPerAddress: 2,
    retryAfter: 30,
  }

  it('above the limit -> 5.03 with Max-Age, from whatever port', () => {
    const bench = new Lwm2mBench({ limit })
    const [one, two, three] = [1, 2, 3].map((port) => bench.device(`192.0.2.7:${port}`)) as [
      ScriptedDevice,
      ScriptedDevice,
      ScriptedDevice,
    ]
    one.register('ep=one')
    const location = two.register('ep=two')
    const refusal = three.call(registerAs('three'))
    expect(refusal?.code).toBe('5.03')
    expect(refusal && numberOption(refusal, 'Max-Age')).toBe(30)
    expect(bench.facts.at(-1)).toMatchObject({ type: 'refused', code: 'register_overload' })
    expect(bench.device('192.0.2.8:1').call(registerAs('other'))?.code).toBe('2.01')
    expect(two.update(location)).toBe('2.04')
    expect(one.call(registerAs('one'))?.code).toBe('2.01') // in place of its own
    two.deregister(location)
    expect(three.call(registerAs('three'))?.code).toBe('2.01')
  })

  it('follow a device to its new address', () => {
    const bench = new Lwm2mBench({ limit: { ...limit, registrationsPerAddress: 1 } })
    const device = bench.device('[2001:db8::7]:5683')
    const location = device.register('ep=one')
    device.move('192.0.2.7:1')
    device.update(location)
    expect(bench.device('192.0.2.7:2').call(registerAs('two'))?.code).toBe('5.03')
    expect(bench.device('[2001:db8::7]:1').call(registerAs('three'))?.code).toBe('2.01')
  })

  it('of devices with a credential have no such limit', () => {
    const bench = new Lwm2mBench({ limit: { ...limit, registrationsPerAddress: 1 } })
    for (const identity of ['one', 'two', 'three']) {
      const device = bench.device(`192.0.2.7:${identity.length}${identity}`, { kind: 'psk', identity })
      expect(device.call(registerAs(identity))?.code).toBe('2.01')
    }
  })
})

describe('refusals', () => {
  it('are told one by one up to a rate, and then summed up', () => {
    const bench = new Lwm2mBench()
    const device = bench.device()
    for (let index = 0; index < 150; index++) device.call({ code: '0.02', path: '/rd', query: 'lt=60' })
    expect(bench.factsOf('refused')).toHaveLength(100)
    expect(bench.history).not.toContain('refusals-suppressed')
    bench.clock.advance(10_000)
    expect(bench.factsOf('refusals-suppressed')).toMatchObject([{ count: 50 }])
    device.call({ code: '0.02', path: '/rd', query: 'lt=60' })
    expect(bench.history.at(-1)).toBe('refused')
  })

  it('leave no timer behind when the server stops', () => {
    const bench = new Lwm2mBench()
    const device = bench.device()
    for (let index = 0; index < 150; index++) device.call({ code: '0.02', path: '/rd', query: 'lt=60' })
    expect(bench.clock.pending()).toContain('suppressed refusals')
    bench.endpoint.stop()
    bench.server.stop()
    expect(bench.clock.pending()).toEqual([])
  })
})
