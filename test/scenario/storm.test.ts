import { describe, expect, it } from 'vitest'
import { type Asked, Fleet, LATENCY } from '../support/fleet.ts'
import { Lwm2mBench, pathIn, type Saying } from '../support/lwm2m.ts'

const PATHS = ['/3/0/9', '/3/0/11', '/3303/0/5700']
const DEVICES = 10_000
/** Milliseconds in which all of them register. */
const STORM = 10_000
const RATE = 1_000
const SECOND = 1_000
/** Turns come in portions of a twentieth of a second: so late is the last one, at most. */
const PORTION = SECOND / 20

/** The most that was asked within one second, wherever that begins. */
function busiestSecond(asked: readonly Asked[]): number {
  let most = 0
  let oldest = 0
  for (const [newest, { at }] of asked.entries()) {
    while (at - (asked[oldest]?.at ?? 0) >= SECOND) oldest++
    most = Math.max(most, newest - oldest + 1)
  }
  return most
}

/** Takes a storm of registrations, in which every tenth device updates at once, while it still waits for its turn. */
function storm(): { readonly bench: Lwm2mBench; readonly fleet: Fleet; readonly began: number } {
  const bench = new Lwm2mBench({ observe: ['/3/0/9', '/3/0/11', '/*/*/5700'], observeRate: RATE })
  const fleet = new Fleet(bench)
  const began = bench.clock.now()
  for (let device = 0; device < DEVICES; device++) {
    fleet.register(device)
    if (device % 10 === 0) fleet.update(device)
    bench.clock.advance(STORM / DEVICES)
  }
  return { bench, fleet, began }
}

describe('ten thousand devices register within ten seconds', () => {
  it('and are observed at the configured rate, each path once', { timeout: 120_000 }, () => {
    const { bench, fleet, began } = storm()
    const wanted = DEVICES * PATHS.length
    bench.clock.advance((wanted / RATE) * SECOND + PORTION + LATENCY - STORM)
    expect(bench.factsOf('observed').length).toBe(wanted)
    expect(busiestSecond(fleet.asked)).toBe(RATE)
    expect(fleet.asked[0]?.at).toBe(began) // nobody is kept waiting while there is nothing to do
    expect(new Set(fleet.asked.map(({ device, path }) => `${device} ${path}`)).size).toBe(wanted)

    for (let device = 0; device < DEVICES; device += 100) fleet.update(device)
    bench.clock.advance(60 * SECOND)
    expect(fleet.asked.length).toBe(wanted)
    expect(fleet.asked.every(({ observe }) => observe === 0)).toBe(true)
  })
})

describe('two thousand devices, of which every fourth is silent and the others miss every third datagram', () => {
  it('are never sent more datagrams in a second than the rate allows, repetitions included', () => {
    const rate = 200
    const bench = new Lwm2mBench({ observe: ['/3/0/9', '/3/0/11', '/*/*/5700'], observeRate: rate })
    const datagrams = new Uint16Array(2_000)
    const isSilent = (device: number): boolean => device % 4 === 0
    const misses = (device: number): boolean => {
      datagrams[device] = (datagrams[device] ?? 0) + 1
      return datagrams[device] % 3 === 0
    }
    const fleet = new Fleet(bench, (device) => !isSilent(device) && !misses(device))
    for (let device = 0; device < 2_000; device++) fleet.register(device)
    bench.clock.advance(400 * SECOND)
    expect(bench.factsOf('observed').length).toBe(1_500 * PATHS.length)
    expect(bench.factsOf('observation-failed').length).toBe(500)
    expect(fleet.asked.filter(({ device }) => isSilent(device)).length).toBe(500 * 5)
    expect(busiestSecond(fleet.asked)).toBe(rate)
  })
})

describe('a request of the policy', () => {
  it('that waits behind a command at its device takes its place when it goes', () => {
    const bench = new Lwm2mBench({ observe: ['/3303/0/5700'], observeRate: 5 })
    const asked: Asked[] = []
    const devices = Array.from({ length: 50 }, (_, device) => {
      const scripted = bench.device()
      scripted.answer = (request) => {
        if (request.code !== '0.01') return undefined
        asked.push({ device, path: pathIn(request), observe: 0, at: bench.clock.now() })
        return TWENTY
      }
      scripted.register(`ep=${device}&lt=0&lwm2m=1.1`)
      bench.command({ id: 'r', endpoint: `${device}`, operation: 'execute', path: '/3/0/4' })
      return scripted
    })
    bench.clock.advance(15 * SECOND)
    for (const device of devices) {
      const index = device.requests.findIndex(({ code }) => code === '0.02')
      if (index >= 0) device.respond({ code: '2.04' }, index)
    }
    bench.clock.advance(60 * SECOND)
    expect(new Set(asked.map(({ device }) => device)).size).toBe(50)
    expect(busiestSecond(asked)).toBe(5)
  })
})

const TWENTY: Saying = { code: '2.05', observe: 1, payload: '20' }

describe('who was asked goes to the end of the line', () => {
  it('so that a device with twenty paths does not delay the others', () => {
    const bench = new Lwm2mBench({ observe: ['/3303/*/5700'], observeRate: 1 })
    const order: string[] = []
    const register = (name: string, instances: number): void => {
      const device = bench.device()
      device.answer = (request) => {
        order.push(`${name} ${pathIn(request)}`)
        return TWENTY
      }
      const links = Array.from({ length: instances }, (_, instance) => `</3303/${instance}>`)
      device.register(`ep=${name}&lt=86400&lwm2m=1.1`, links.join(','))
    }
    register('large', 20)
    for (const name of ['a', 'b', 'c']) register(name, 2)
    bench.clock.advance(7 * SECOND)
    expect(order).toEqual([
      ...['large /3303/0/5700', 'large /3303/1/5700'], // the others were not there yet when it took its second place
      ...['a /3303/0/5700', 'b /3303/0/5700', 'c /3303/0/5700', 'large /3303/2/5700'],
      ...['a /3303/1/5700', 'b /3303/1/5700'],
    ])
    bench.clock.advance(18 * SECOND)
    expect(order.length).toBe(26)
    expect(bench.factsOf('observed').length).toBe(26)
  })
})
