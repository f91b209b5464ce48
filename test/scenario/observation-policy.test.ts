import { describe, expect, it, vi } from 'vitest'
import { ObservePolicy } from '../../src/lwm2m/observe-policy.ts'
import { Lwm2mBench, numberOption, pathIn, type Saying, type ScriptedDevice } from '../support/lwm2m.ts'

const LINKS = '</1/0>,</3/0>,</3303/0>,</3303/1>'

/** Paths of all Observe requests that a device got, in order. */
function asked(device: ScriptedDevice): string[] {
  return device.requests.filter((request) => numberOption(request, 'Observe') === 0).map(pathIn)
}

function setUp(observe: readonly string[], answer: ScriptedDevice['answer'], links = LINKS) {
  const bench = new Lwm2mBench({ observe })
  const device = bench.device()
  device.answer = answer
  const location = device.register('ep=device&lt=0&lwm2m=1.1', links)
  return { bench, device, location }
}

const TWENTY: Saying = { code: '2.05', observe: 1, payload: '20' }

describe('observations by policy', () => {
  it('are asked for after the answer to the Register has left, one at a time', () => {
    const { device } = setUp(['/3303/*/5700', '/3/0/9'], () => undefined)
    expect(device.heard.map(({ code }) => code)).toEqual(['2.01', '0.01'])
    expect(asked(device)).toEqual(['/3303/0/5700'])
    device.respond(TWENTY)
    expect(asked(device)).toEqual(['/3303/0/5700', '/3303/1/5700'])
    device.respond(TWENTY)
    device.respond(TWENTY)
    expect(asked(device)).toEqual(['/3303/0/5700', '/3303/1/5700', '/3/0/9'])
  })

  it.each([
    [['/3303/*/5700'], ['/3303/0/5700', '/3303/1/5700']],
    [['/3303/1/5700'], ['/3303/1/5700']],
    [['/3303/7/5700', '/3304/0/5700'], []],
    [['/3/0', '/3/0'], ['/3/0']],
    [['/*/*/5700'], ['/3303/0/5700', '/3303/1/5700']],
    [['/*/*/9'], ['/3/0/9']],
    [[], []],
  ])('%j means %j', (patterns, paths) => {
    const { device, bench } = setUp(patterns, () => TWENTY)
    expect(asked(device)).toEqual(paths)
    expect(bench.factsOf('observed').map(({ path }) => path)).toEqual(paths)
  })

  it('a resource that is not there is no news, and is not asked for again', () => {
    const { bench, device, location } = setUp(['/3303/*/5700'], () => ({ code: '4.04' }))
    device.update(location)
    device.update(location, '', LINKS)
    expect(asked(device)).toEqual(['/3303/0/5700', '/3303/1/5700'])
    expect(bench.history).toEqual(['registered', 'updated', 'updated'])
  })

  it('a path that somebody cancelled is left alone until the device registers anew', () => {
    const { bench, device, location } = setUp(['/3303/0/5700'], () => TWENTY)
    const cancel = { id: '1', endpoint: 'device', operation: 'cancel', path: '/3303/0/5700' } as const
    bench.command({ ...cancel, passive: true })
    device.update(location)
    expect(asked(device).length).toBe(1)
    device.register('ep=device&lt=0&lwm2m=1.1', LINKS)
    expect(asked(device).length).toBe(2)
  })

  it('another refusal is news once, and is not asked for again', () => {
    const { bench, device, location } = setUp(['/3/0/4'], () => ({ code: '4.05' }))
    device.update(location)
    expect(asked(device).length).toBe(1)
    expect(bench.factsOf('observation-failed')).toMatchObject([{ path: '/3/0/4', code: '4.05' }])
  })

  it('a device that answers without Observe is news once', () => {
    const { bench, device, location } = setUp(['/3/0/9'], () => ({ code: '2.05', payload: '50' }))
    device.update(location)
    expect(asked(device).length).toBe(1)
    expect(bench.factsOf('observation-failed')).toMatchObject([{ path: '/3/0/9' }])
    expect(bench.factsOf('observation-failed')[0]?.reason).toContain('does not observe')
  })

  it('a device that is silent is asked again at its next Update', () => {
    const { bench, device, location } = setUp(['/3/0/9'], () => undefined)
    bench.clock.advance(100_000)
    const [failed] = bench.factsOf('observation-failed')
    expect(failed).toMatchObject({ path: '/3/0/9' })
    expect(failed).not.toHaveProperty('code')
    device.answer = () => TWENTY
    device.update(location)
    expect(bench.factsOf('observed').length).toBe(1)
  })

  it('a first value that cannot be decoded is news, and the observation stands', () => {
    const { bench, device, location } = setUp(['/3303/0/5700'], () => ({ ...TWENTY, payload: 'hot' }))
    expect(bench.history).toEqual(['registered', 'observed', 'undecodable'])
    device.update(location)
    expect(asked(device).length).toBe(1)
  })

  it('what stands is not asked for again at an Update', () => {
    const { device, location } = setUp(['/3303/*/5700'], () => TWENTY)
    device.update(location)
    device.update(location, 'lt=60')
    expect(asked(device).length).toBe(2)
  })

  it('what the device ended is asked for again at an Update', () => {
    const { bench, device, location } = setUp(['/3/0/9'], () => TWENTY)
    const token = device.requests[0]?.token ?? Buffer.alloc(0)
    device.notify(token, { code: '5.03' })
    device.update(location)
    expect(asked(device).length).toBe(2)
    expect(bench.history.slice(-3)).toEqual(['updated', 'observed', 'values'])
  })

  it('an Update with a new object list: new instances are observed, vanished ones forgotten', () => {
    const { bench, device, location } = setUp(['/3303/*/5700'], () => TWENTY)
    const [zero, one] = device.requests.map(({ token }) => token)
    device.update(location, '', '</1/0>,</3/0>,</3303/1>,</3303/2>')
    expect(asked(device)).toEqual(['/3303/0/5700', '/3303/1/5700', '/3303/2/5700'])
    expect(zero && device.notify(zero, { ...TWENTY, observe: 2 })).toBe('reset')
    expect(one && device.notify(one, { ...TWENTY, observe: 2 })).toBe('ack')
    device.update(location, '', LINKS)
    expect(asked(device).at(-1)).toBe('/3303/0/5700')
    expect(bench.factsOf('observation-failed')).toEqual([])
  })

  it('an instance that was not to be observed, vanished and came back is asked again', () => {
    const { device, location } = setUp(['/3303/*/5700'], () => ({ code: '4.04' }))
    device.update(location, '', '</3303/0>')
    device.update(location, '', LINKS)
    expect(asked(device)).toEqual(['/3303/0/5700', '/3303/1/5700', '/3303/1/5700'])
  })

  it('an Update while they are being asked for asks nothing twice', () => {
    const { device, location } = setUp(['/3303/*/5700'], () => undefined)
    device.update(location)
    device.update(location, '', '</3303/1>,</3303/2>')
    device.answer = () => TWENTY
    device.respond(TWENTY)
    device.update(location)
    expect(asked(device)).toEqual(['/3303/0/5700', '/3303/1/5700', '/3303/2/5700'])
  })

  it('a re-registration in the middle begins anew, and says nothing of what was given up', () => {
    const { bench, device } = setUp(['/3303/*/5700'], () => undefined)
    device.answer = () => TWENTY
    device.register('ep=device&lt=0&lwm2m=1.1', LINKS)
    bench.clock.advance(600_000)
    expect(asked(device)).toEqual(['/3303/0/5700', '/3303/0/5700', '/3303/1/5700'])
    expect(bench.history).toEqual(['registered', 're-registered', 'observed', 'values', 'observed', 'values'])
  })

  it('are as many as the device has instances', () => {
    const links = Array.from({ length: 200 }, (_, instance) => `</3303/${instance}>`).join(',')
    const { bench } = setUp(['/3303/*/5700'], () => TWENTY, links)
    expect(bench.factsOf('observed').length).toBe(200)
    expect(bench.factsOf('observation-failed')).toEqual([])
  })

  it('a command waits for one of them, not for all', () => {
    const { bench, device } = setUp(['/3303/*/5700', '/3/0/9', '/3/0/0'], () => undefined)
    const { results } = bench.command({ id: '1', endpoint: 'device', operation: 'read', path: '/3/0/1' })
    device.respond(TWENTY)
    expect(device.requests.map(pathIn)).toEqual(['/3303/0/5700', '/3/0/1'])
    device.respond({ code: '2.05', payload: 'M1' })
    expect(results).toMatchObject([{ status: 'ok' }])
    expect(device.requests.map(pathIn).at(-1)).toBe('/3303/1/5700')
  })

  it('that find no room among too many commands go on at the next Update', () => {
    const links = '</3303/0>,</3303/1>,</3303/2>'
    const { bench, device, location } = setUp(['/3303/*/5700'], () => undefined, links)
    const read = { endpoint: 'device', operation: 'read', path: '/3/0/0' } as const
    for (let index = 0; index < 64; index++) bench.command({ id: `${index}`, ...read })
    device.answer = () => TWENTY
    device.respond(TWENTY)
    bench.clock.advance(0)
    expect(device.requests.length).toBe(65)
    expect(bench.factsOf('observation-failed')).toMatchObject([{ path: '/3303/1/5700' }])
    device.update(location)
    expect(asked(device)).toEqual(['/3303/0/5700', '/3303/1/5700', '/3303/2/5700'])
    expect(bench.factsOf('observed').length).toBe(3)
  })

  it('a device that shows itself while it is waited for is asked again at once', () => {
    const { bench, device, location } = setUp(['/3303/0/5700', '/3/0/9'], () => undefined)
    bench.clock.advance(60_000)
    device.answer = () => TWENTY
    device.update(location)
    bench.clock.advance(60_000)
    expect(bench.factsOf('observed').map(({ path }) => path)).toEqual(['/3303/0/5700', '/3/0/9'])
  })

  it('are 1,024 of a device at most: an event says so once', () => {
    const links = Array.from({ length: 1_100 }, (_, instance) => `</3303/${instance}>`).join(',')
    const { bench, device, location } = setUp(['/3303/*/5700'], () => TWENTY, links)
    expect(bench.factsOf('observed').length).toBe(1_024)
    const [left, ...more] = bench.factsOf('observation-failed')
    expect(left).toMatchObject({
      path: '/3303/1024/5700',
      reason: expect.stringContaining('76 are left out'),
    })
    device.update(location)
    device.update(location, '', links)
    expect(more).toEqual([])
    expect(bench.factsOf('observation-failed').length).toBe(1)
    expect(asked(device).length).toBe(1_024)
  })

  it('are planned anew only where an Update changes something', () => {
    const plans = vi.spyOn(ObservePolicy.prototype, 'wanted')
    const { device, location } = setUp(['/3303/*/5700'], () => TWENTY)
    device.update(location)
    const before = plans.mock.calls.length
    for (let update = 0; update < 10; update++) device.update(location, 'lt=60')
    expect(plans.mock.calls.length).toBe(before)
    device.update(location, '', LINKS)
    expect(plans.mock.calls.length).toBe(before + 1)
    plans.mockRestore()
  })

  it('of instances that vanish before their turn are not asked for', () => {
    const { device, location } = setUp(['/3303/*/5700'], () => undefined)
    device.update(location, '', '</3303/0>,</3303/2>')
    device.answer = () => TWENTY
    device.respond(TWENTY)
    expect(asked(device)).toEqual(['/3303/0/5700', '/3303/2/5700'])
  })
})

describe('a path that somebody observes by a command', () => {
  const PATH = '/3303/0/5700'
  const observe = { id: 'o', endpoint: 'device', operation: 'observe', path: PATH } as const

  /** A device whose turn comes a second after its Register, as another one has had the one before. */
  function queued(answer: ScriptedDevice['answer']) {
    const bench = new Lwm2mBench({ observe: [{ path: PATH, attributes: { pmin: 5 } }], observeRate: 1 })
    const first = bench.device()
    first.answer = () => undefined
    first.register('ep=first&lt=0&lwm2m=1.1', LINKS)
    first.deregister(`rd/${bench.registration('first')?.id}`)
    const device = bench.device()
    device.answer = answer
    const location = device.register('ep=device&lt=0&lwm2m=1.1', LINKS)
    return { bench, device, location }
  }

  it('is left alone by the policy, with its format', () => {
    const { bench, device, location } = queued(() => TWENTY)
    bench.command({ ...observe, format: 110 })
    bench.clock.advance(10_000)
    device.update(location)
    bench.clock.advance(10_000)
    expect(device.requests.map((request) => numberOption(request, 'Accept'))).toEqual([110])
  })

  it('is not asked for while that is under way, and asked for later where it failed', () => {
    const { bench, device, location } = queued(() => undefined)
    bench.command(observe)
    bench.clock.advance(5_000)
    expect(asked(device)).toEqual([PATH])
    device.respond({ code: '4.05' })
    device.answer = (request) => (request.code === '0.03' ? { code: '2.04' } : TWENTY)
    device.update(location)
    bench.clock.advance(5_000)
    expect(device.requests.map(({ code }) => code)).toEqual(['0.01', '0.03', '0.01'])
  })

  it('while the policy asks for it stands once: the second Observe renews the first', () => {
    const { bench, device } = setUp([PATH], () => undefined)
    bench.command(observe)
    device.answer = () => TWENTY
    device.respond(TWENTY)
    bench.clock.advance(0)
    const [one, two] = device.requests.map(({ token }) => token.toString('hex'))
    expect([two, device.requests.length]).toEqual([one, 2])
  })
})
