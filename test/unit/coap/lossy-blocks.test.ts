import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CoapEndpoint } from '../../../src/coap/endpoint.ts'
import type { Observation, ReceivedResponse } from '../../../src/coap/handler.ts'
import type { CoapParameters } from '../../../src/coap/parameters.ts'
import { CodedError } from '../../../src/lib/errors.ts'
import { BlockDevice } from '../../support/block-device.ts'
import { SimulatedClock } from '../../support/clock.ts'
import { SimulatedNetwork, type Weather } from '../../support/network.ts'
import { SeededRandom } from '../../support/random.ts'

const SERVER = '192.0.2.1:5683'
const KILOBYTES_64 = 64 * 1024
/** Each tells its datagrams apart from those that it repeats: half a second apart at most, they overtake each other. */
const TENTH: Weather = { loss: 0.1, duplication: 0.1, latency: [10, 500] }
/** `TRANSFERS=500` runs a thousand in each direction, written and read back, which takes some minutes. */
const TRANSFERS = Number(process.env.TRANSFERS ?? 10)
const LONG = { timeout: 60_000 + 1_000 * TRANSFERS }
const GET = 1
const PUT = 3
const CHANGED = 0x44

/** An endpoint of ours and devices of another make, all in the same weather. */
class Scene {
  readonly clock = new SimulatedClock()
  readonly network: SimulatedNetwork
  readonly endpoint: CoapEndpoint<Observation>
  /** What devices have sent us, by path. */
  readonly taken = new Map<string, Uint8Array>()
  readonly random: SeededRandom

  constructor(seed: number, weather: Weather, parameters: Partial<CoapParameters> = {}) {
    const { clock } = this
    this.random = new SeededRandom(seed)
    this.network = new SimulatedNetwork(clock, new SeededRandom(seed + 1))
    this.network.weather = weather
    this.endpoint = new CoapEndpoint<Observation>({
      ...{ clock, random: new SeededRandom(seed + 2) },
      parameters: { amplification: Number.POSITIVE_INFINITY, ...parameters },
      requests: ({ code, path, payload }, _peer, reply) => {
        const key = path.join('/')
        if (code === GET) reply.respond({ code: 0x45, payload: this.taken.get(key) ?? Buffer.alloc(0) })
        else {
          this.taken.set(key, payload)
          reply.respond({ code: CHANGED })
        }
      },
      observations: { match: () => 'unknown', rejected() {}, request: () => ({ code: GET, path: [] }) },
      notifications: () => {},
    })
    this.network.attach(SERVER, this.endpoint)
  }

  device(index: number, size: number): { device: BlockDevice; address: string } {
    const address = `192.0.2.${index % 250}:${40_000 + index}`
    return { device: new BlockDevice(this.network.device(address, SERVER), this.clock, size), address }
  }

  write(address: string, payload: Uint8Array, done: (outcome: ReceivedResponse | CodedError) => void): void {
    this.endpoint.request(
      this.network.peer(SERVER, address),
      { code: PUT, path: ['5', '0', '0'], payload },
      done,
    )
  }

  read(address: string, done: (outcome: ReceivedResponse | CodedError) => void): void {
    this.endpoint.request(this.network.peer(SERVER, address), { code: GET, path: ['5', '0', '0'] }, done)
  }

  /** Until nothing is under way any more; nothing may be left behind. */
  end(): void {
    for (let hour = 0; hour < 100 && this.clock.pending().length > 0; hour++) this.clock.advance(3_600_000)
    expect(this.clock.pending()).toEqual([])
    expect(this.endpoint.held).toEqual({ peers: 0, requests: 0, bytes: 0 })
  }
}

const nameOf = (outcome: ReceivedResponse | CodedError): string => `${outcome.code}`
const payloadOf = (outcome: ReceivedResponse | CodedError): Uint8Array | undefined =>
  outcome instanceof CodedError ? undefined : outcome.payload
const same = (one: Uint8Array | undefined, other: Uint8Array): boolean =>
  one !== undefined && Buffer.compare(one, other) === 0

describe(`${TRANSFERS} bodies of 64 kB in blocks of 64 bytes, where a tenth of all datagrams is lost, doubled, late`, () => {
  it('written to a device of another make and read back, are the same bit for bit', LONG, () => {
    const scene = new Scene(1, TENTH)
    const results: string[] = []
    for (let index = 0; index < TRANSFERS; index++) {
      const { device, address } = scene.device(index, 64)
      const body = scene.random.bytes(KILOBYTES_64)
      scene.write(address, body, (written) => {
        if (!same(device.bodies.get('/5/0/0'), body)) results.push(`not written: ${nameOf(written)}`)
        else scene.read(address, (read) => results.push(same(payloadOf(read), body) ? 'same' : nameOf(read)))
      })
    }
    scene.end()
    expect(results).toEqual(new Array(TRANSFERS).fill('same'))
  })

  it('sent by a device of another make and fetched back, are the same bit for bit', LONG, () => {
    const scene = new Scene(4, TENTH)
    const results: string[] = []
    for (let index = 0; index < TRANSFERS; index++) {
      const { device } = scene.device(index, 64)
      const body = Buffer.from(scene.random.bytes(KILOBYTES_64))
      device.post(['rd', `${index}`], body, ({ code }) => {
        if (!same(scene.taken.get(`rd/${index}`), body)) results.push(code)
        else
          device.get(['rd', `${index}`], (read) => results.push(same(read, body) ? 'same' : 'read otherwise'))
      })
    }
    scene.end()
    expect(results).toEqual(new Array(TRANSFERS).fill('same'))
  })
})

describe('in any weather, with blocks of any sizes on either side', () => {
  const size = fc.integer({ min: 4, max: 10 }).map((exponent) => 2 ** exponent)
  const weather = fc.record({
    loss: fc.integer({ min: 0, max: 40 }).map((percent) => percent / 100),
    duplication: fc.integer({ min: 0, max: 40 }).map((percent) => percent / 100),
    latency: fc.nat(5_000).map((longest): [number, number] => [0, longest]),
  })
  const length = fc.oneof(fc.nat(300), fc.nat(5_000))

  it('a body that we send or fetch arrives bit for bit, or there is a coded error', () => {
    fc.assert(
      fc.property(fc.nat(1e6), size, size, weather, length, (seed, ours, theirs, sky, bytes) => {
        const scene = new Scene(seed, sky, { blockSize: ours })
        const { device, address } = scene.device(1, theirs)
        const body = scene.random.bytes(bytes)
        const faithful: boolean[] = []
        scene.write(address, body, (written) => {
          const isWritten = !(written instanceof CodedError) && written.code === CHANGED
          faithful.push(isWritten ? same(device.bodies.get('/5/0/0'), body) : written instanceof CodedError)
          device.bodies.set('/5/0/0', Buffer.from(body))
          scene.read(address, (read) => {
            faithful.push(read instanceof CodedError || same(read.payload, body))
          })
        })
        scene.end()
        expect(faithful).toEqual([true, true])
      }),
      { numRuns: 100 },
    )
  })

  it('a body that a device sends or fetches arrives bit for bit, or not at all', () => {
    fc.assert(
      fc.property(fc.nat(1e6), size, size, weather, length, (seed, ours, theirs, sky, bytes) => {
        const scene = new Scene(seed, sky, { blockSize: ours })
        const { device } = scene.device(1, theirs)
        const body = Buffer.from(scene.random.bytes(bytes + 1))
        const faithful: boolean[] = []
        device.post(['rd'], body, ({ code }) => {
          if (code === '2.04') faithful.push(same(scene.taken.get('rd'), body))
        })
        scene.end()
        scene.taken.set('bs', body)
        device.get(['bs'], (read) => faithful.push(read === undefined || same(read, body)))
        scene.end()
        expect(faithful).not.toContain(false)
      }),
      { numRuns: 100 },
    )
  })
})
