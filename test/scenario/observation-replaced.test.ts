import { describe, expect, it } from 'vitest'
import { Lwm2mBench, numberOption, pathIn } from '../support/lwm2m.ts'

const LINKS = '</3/0>,</3303/0>'

function setUp(observe: readonly string[]) {
  const bench = new Lwm2mBench({ observe })
  const device = bench.device()
  device.answer = () => ({ code: '2.05', observe: 1, payload: '20' })
  device.register('ep=device&lt=0&lwm2m=1.1', LINKS)
  /** Paths of the Observes since the last call. */
  let seen = 0
  const observed = () => {
    const paths = device.requests.slice(seen).filter((request) => numberOption(request, 'Observe') === 0)
    seen = device.requests.length
    return paths.map(pathIn)
  }
  return { bench, device, observed }
}

describe('another observation policy', () => {
  it('asks the devices that are there for what is new, and for nothing twice', () => {
    const { bench, observed } = setUp(['/3303/*/5700'])
    expect(observed()).toEqual(['/3303/0/5700'])
    bench.server.observe(['/3303/*/5700', '/3/0/9'])
    bench.clock.advance(1_000)
    expect(observed()).toEqual(['/3/0/9'])
    bench.server.observe(['/3303/*/5700', '/3/0/9'])
    expect(observed()).toEqual([])
  })

  it('forgets what it does not want: the device hears it at its next notification', () => {
    const { bench, device, observed } = setUp(['/3303/*/5700', '/3/0/9'])
    expect(observed()).toEqual(['/3303/0/5700', '/3/0/9'])
    const [first] = device.requests
    bench.server.observe(['/3/0/9'])
    expect(observed()).toEqual([])
    const token = first?.token ?? Buffer.alloc(0)
    expect(device.notify(token, { code: '2.05', observe: 2, payload: '21' })).toBe('reset')
  })

  it('is refused as a whole where one of its paths is none, and the old one goes on', () => {
    const { bench, observed } = setUp(['/3303/*/5700'])
    expect(() => bench.server.observe(['/nonsense'])).toThrow(
      expect.objectContaining({ code: 'path_invalid' }),
    )
    observed()
    const other = bench.device()
    other.register('ep=other&lt=0&lwm2m=1.1', LINKS)
    expect(other.requests.map(pathIn)).toEqual(['/3303/0/5700'])
  })
})
