import { describe, expect, it } from 'vitest'
import type { Result } from '../../src/lwm2m/command.ts'
import { Lwm2mBench, type ScriptedDevice } from '../support/lwm2m.ts'

function read(bench: Lwm2mBench, id: string, endpoint = 'device', path = '/3/0/0') {
  return bench.command({ id, endpoint, operation: 'read', path })
}

function codesOf(results: readonly Result[]): (string | undefined)[] {
  return results.map((result) => (result.status === 'error' ? result.error.code : result.code))
}

/** Everything that a silent network could still bring. */
function letTimePass(bench: Lwm2mBench): void {
  bench.clock.advance(600_000)
}

/** Ends a registration in each way that there is. */
const ENDS: readonly (readonly [
  string,
  (bench: Lwm2mBench, device: ScriptedDevice, location: string) => void,
])[] = [
  ['a re-registration', (_, device) => device.register('ep=device&lt=0')],
  ['a re-registration from elsewhere', (bench) => bench.device().register('ep=device&lt=0')],
  ['a Deregister', (_, device, location) => device.deregister(location)],
  ['the expiry', (bench) => bench.clock.advance(30_000)],
]

describe('the end of a registration', () => {
  it.each(ENDS.slice(2))('finds the last values of the device while it is told, at %s', (_, end) => {
    const bench = new Lwm2mBench()
    const device = bench.device()
    device.answer = () => ({ code: '2.05', contentFormat: 0, payload: 'lamp-7' })
    const location = device.register('ep=device&lt=30')
    read(bench, '1', 'device', '/3/0/1')
    const seen: unknown[] = []
    bench.onFacts = (facts) => {
      for (const { type, endpoint = '' } of facts) {
        const { registration, values } = bench.server.snapshot(endpoint)
        seen.push([type, registration, values.value('/3/0/1')?.value])
      }
    }
    end(bench, device, location)
    expect(seen.at(-1)).toEqual([expect.stringMatching('deregistered|expired'), undefined, 'lamp-7'])
    expect(bench.server.snapshot('device').values.value('/3/0/1')).toBeUndefined()
  })

  it.each(ENDS)('13. N requests pending at %s: each fails coap_cancelled exactly once', (_, end) => {
    const bench = new Lwm2mBench()
    const device = bench.device()
    device.answer = () => undefined
    const location = device.register('ep=device&lt=30')
    const commands = Array.from({ length: 5 }, (_, index) => read(bench, `${index}`))
    const observe = bench.command({ id: 'o', endpoint: 'device', operation: 'observe', path: '/3303/0' })
    const write = bench.command({
      ...{ id: 'w', endpoint: 'device', operation: 'write', path: '/1/0/1', value: { json: 60 } },
    })
    expect(device.requests.length).toBe(1)
    end(bench, device, location)
    const all = [...commands, observe, write]
    for (const { results } of all) expect(codesOf(results)).toEqual(['coap_cancelled'])
    expect(commands.map(({ sent }) => sent)).toEqual([1, 0, 0, 0, 0])
    for (const { pending } of all) pending.cancel()
    letTimePass(bench)
    for (const { results } of all) expect(results.length).toBe(1)
    expect(device.requests.length).toBe(1)
  })

  it('13. one that is acknowledged and waits for its response fails too, and a late response changes nothing', () => {
    const bench = new Lwm2mBench()
    const device = bench.device()
    device.answer = () => 'ack'
    device.register()
    const { results } = read(bench, '1')
    device.register()
    expect(codesOf(results)).toEqual(['coap_cancelled'])
    const heard = device.heard.length
    const id = device.respond({ code: '2.05', payload: 'ACME' }, -1, {
      ack: false,
      confirmable: true,
      messageId: 9,
    })
    expect(device.receiptOf(id, heard)).toBe('reset')
    expect(results.length).toBe(1)
    expect(bench.factsOf('values')).toEqual([])
  })

  it('13. who asks again as soon as it is told asks the new registration', () => {
    const bench = new Lwm2mBench()
    const device = bench.device()
    device.answer = () => undefined
    device.register()
    const results: Result[] = []
    const again = () =>
      bench.server.commands.accept(
        { id: '2', endpoint: 'device', operation: 'read', path: '/3/0/1' },
        { sent() {}, done: (result) => results.push(result) },
      )
    bench.server.commands.accept(
      { id: '1', endpoint: 'device', operation: 'read', path: '/3/0/0' },
      { sent() {}, done: again },
    )
    bench.clock.advance(0)
    device.answer = () => ({ code: '2.05', payload: 'X1' })
    device.register()
    expect(codesOf(results)).toEqual(['2.05'])
  })

  it.each(ENDS)('14. an observe that completes after %s stores nothing', (_, end) => {
    const bench = new Lwm2mBench()
    const device = bench.device()
    device.answer = () => undefined
    const location = device.register('ep=device&lt=30')
    const { results } = bench.command({ id: '1', endpoint: 'device', operation: 'observe', path: '/3/0/9' })
    const { token } = device.requests[0] ?? { token: Buffer.alloc(0) }
    end(bench, device, location)
    const facts = bench.facts.length
    const saying = { code: '2.05', observe: 1, payload: '50' }
    device.respond(saying, 0)
    device.notify(token, { ...saying, observe: 2 })
    device.notify(token, { ...saying, observe: 3 }, { confirmable: false })
    expect(codesOf(results)).toEqual(['coap_cancelled'])
    expect(bench.facts.length).toBe(facts)
    const cancel = bench.command({
      id: '2',
      endpoint: 'device',
      operation: 'cancel',
      path: '/3/0/9',
      passive: true,
    })
    expect(['endpoint_unknown', 'observation_unknown']).toContain(codesOf(cancel.results)[0])
  })

  it.each(ENDS)('observations end with %s', (_, end) => {
    const bench = new Lwm2mBench()
    const device = bench.device()
    device.answer = () => ({ code: '2.05', observe: 1, payload: '50' })
    const location = device.register('ep=device&lt=30')
    bench.command({ id: '1', endpoint: 'device', operation: 'observe', path: '/3/0/9' })
    const { token } = device.requests[0] ?? { token: Buffer.alloc(0) }
    expect(device.notify(token, { code: '2.05', observe: 2, payload: '51' })).toBe('ack')
    end(bench, device, location)
    const facts = bench.facts.length
    const isServed = bench.registration()?.address === 'coap://192.0.2.10:40000'
    expect(device.notify(token, { code: '2.05', observe: 3, payload: '52' })).toBe(
      isServed ? 'reset' : undefined,
    )
    expect(bench.facts.length).toBe(facts)
  })

  it('a fault above, when the expiry is told, keeps neither the clock nor the server from going on', () => {
    const bench = new Lwm2mBench()
    for (const name of ['one', 'two']) bench.device().register(`ep=${name}&lt=30`)
    bench.onFacts = () => {
      throw new Error('a fault above')
    }
    expect(() => bench.clock.advance(30_000)).not.toThrow()
    expect(bench.factsOf('expired').map(({ endpoint }) => endpoint)).toEqual(['one', 'two'])
    expect([...bench.server.devices()]).toEqual([])
  })

  it.each([0, 7, 3600])('the expiry comes exactly at lifetime and grace: grace %i s', (grace) => {
    const bench = new Lwm2mBench({ grace })
    bench.device().register('ep=device&lt=60')
    bench.clock.advance((60 + grace) * 1000 - 1)
    expect(bench.history).toEqual(['registered'])
    bench.clock.advance(1)
    expect(bench.history).toEqual(['registered', 'expired'])
    expect(codesOf(read(bench, '1').results)).toEqual(['endpoint_unknown'])
  })

  it('leaves no timer but those of CoAP, and these end too', () => {
    const bench = new Lwm2mBench({ observe: ['/3303/*/5700'] })
    const device = bench.device()
    device.answer = () => undefined
    const location = device.register()
    const { results } = read(bench, '1')
    device.deregister(location)
    expect(results.length).toBe(1)
    expect(bench.clock.pending().filter((name) => !name.startsWith('coap '))).toEqual([])
    letTimePass(bench)
    expect(bench.clock.pending()).toEqual([])
    expect(bench.endpoint.held).toEqual({ peers: 0, requests: 0, bytes: 0 })
  })

  it('a stop of the endpoint ends every request once, and reports no failed observation', () => {
    const bench = new Lwm2mBench({ observe: ['/3303/*/5700', '/3/0/9'] })
    const device = bench.device()
    device.answer = () => undefined
    device.register('ep=device&lt=0')
    const commands = ['1', '2', '3'].map((id) => read(bench, id))
    bench.endpoint.stop()
    letTimePass(bench)
    for (const { results } of commands) expect(codesOf(results)).toEqual(['coap_cancelled'])
    expect(codesOf(read(bench, '4').results)).toEqual(['coap_cancelled'])
    expect(bench.history).toEqual(['registered'])
    expect(bench.clock.pending()).toEqual([])
  })
})

describe('several endpoints behind one address', () => {
  it('are told apart by their locations and tokens', () => {
    const bench = new Lwm2mBench()
    const device = bench.device()
    const one = device.register('ep=one&lt=60')
    device.register('ep=two&lt=600')
    device.answer = () => ({ code: '2.05', observe: 1, payload: '20' })
    bench.command({ id: '1', endpoint: 'one', operation: 'observe', path: '/3/0/9' })
    bench.command({ id: '2', endpoint: 'two', operation: 'observe', path: '/3/0/9' })
    const [first, second] = device.requests.map(({ token }) => token)
    if (first === undefined || second === undefined) throw new Error('not asked')
    expect(device.deregister(one)).toBe('2.02')
    expect(device.notify(second, { code: '2.05', observe: 2, payload: '21' })).toBe('ack')
    expect(device.notify(first, { code: '2.05', observe: 2, payload: '22' })).toBe('reset')
    expect(bench.factsOf('values').map(({ endpoint, samples }) => [endpoint, samples[0]?.value])).toEqual([
      ['one', 20],
      ['two', 20],
      ['two', 21],
    ])
    bench.clock.advance(600_000)
    expect(device.notify(second, { code: '2.05', observe: 3, payload: '22' })).toBeUndefined()
  })

  it('are asked by turns, each its own requests', () => {
    const bench = new Lwm2mBench()
    const device = bench.device()
    device.register('ep=one')
    device.register('ep=two')
    device.answer = () => undefined
    const one = read(bench, '1', 'one')
    const two = read(bench, '2', 'two', '/3/0/1')
    expect(device.requests.length).toBe(1)
    device.respond({ code: '2.05', payload: 'A' })
    expect(device.requests.length).toBe(2)
    device.respond({ code: '2.05', payload: 'B' })
    expect([...one.results, ...two.results]).toMatchObject([
      { endpoint: 'one', samples: [{ value: 'A' }] },
      { endpoint: 'two', samples: [{ path: '/3/0/1', value: 'B' }] },
    ])
  })
})

describe('commands from inside an offer', () => {
  it.each(['registered', 're-registered', 'updated'] as const)(
    '%s: asked after the answer has left',
    (type) => {
      const bench = new Lwm2mBench()
      const device = bench.device()
      device.answer = () => ({ code: '2.05', payload: 'ACME' })
      let life: { readonly results: Result[] } | undefined
      bench.onFacts = ([fact]) => {
        if (fact?.type === type) life ??= read(bench, '1')
      }
      const location = device.register()
      if (type === 're-registered') device.register()
      if (type === 'updated') device.update(location)
      expect(codesOf(life?.results ?? [])).toEqual(['2.05'])
      if (type === 'updated') return
      const codes = device.heard.map(({ code }) => code)
      expect(codes.indexOf('0.01')).toBeGreaterThan(codes.lastIndexOf('2.01'))
    },
  )

  it.each(['deregistered', 'expired'] as const)('%s: endpoint_unknown', (type) => {
    const bench = new Lwm2mBench()
    const device = bench.device()
    let life: { readonly results: Result[] } | undefined
    bench.onFacts = ([fact]) => {
      if (fact?.type === type) life = read(bench, '1')
    }
    const location = device.register('ep=device&lt=30')
    if (type === 'deregistered') device.deregister(location)
    else bench.clock.advance(30_000)
    expect(codesOf(life?.results ?? [])).toEqual(['endpoint_unknown'])
  })
})
