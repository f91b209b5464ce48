import { generate, type ParsedPacket, parse } from 'coap-packet'
import type { Peer } from '../../src/coap/peer.ts'
import { type Lwm2mBench, numberOption, pathIn, textOptions } from './lwm2m.ts'

/** One request that a device got. */
export interface Asked {
  /** Index of the device. */
  readonly device: number
  readonly path: string
  /** Value of its Observe option; undefined where it has none. */
  readonly observe: number | undefined
  /** Milliseconds of the simulated clock. */
  readonly at: number
}

/** Milliseconds that an answer of a device is on its way. */
export const LATENCY = 100

const LINKS = '</1/0>,</3/0>,</3303/0>'

/**
 * Many devices that are all alike, without a network of their own, so that ten thousand cost little: they register,
 * answer every request with a value that they go on to observe, and keep nothing but a list of what they were asked.
 * Their messages are written and read by the independent package coap-packet.
 */
export class Fleet {
  /** Everything that was asked, oldest first, repetitions included. */
  readonly asked: Asked[] = []
  readonly #bench: Lwm2mBench
  readonly #locations: string[][] = []
  readonly #answers: (device: number) => boolean
  #messageId = 0

  /** @param answers whether a device gets the request that comes now, and answers it */
  constructor(bench: Lwm2mBench, answers: (device: number) => boolean = () => true) {
    this.#bench = bench
    this.#answers = answers
  }

  register(device: number): void {
    const query = [`ep=device-${device}`, 'lt=86400', 'lwm2m=1.1']
    this.#post(device, ['rd'], query, LINKS)
  }

  /** @throws Error where the device has not heard where it is registered */
  update(device: number): void {
    const location = this.#locations[device]
    if (location === undefined) throw new Error(`device ${device} is not registered`)
    this.#post(device, location, [], '')
  }

  #post(device: number, path: readonly string[], query: readonly string[], payload: string): void {
    const segments = path.map((segment) => ({ name: 'Uri-Path', value: Buffer.from(segment) }) as const)
    const items = query.map((item) => ({ name: 'Uri-Query', value: Buffer.from(item) }) as const)
    const options = [...segments, ...items]
    this.#messageId = (this.#messageId + 1) % 0x10000
    const message = { confirmable: true, messageId: this.#messageId, token: Buffer.of(1), options }
    this.#deliver(device, generate({ ...message, code: 'POST', payload: Buffer.from(payload) }))
  }

  #deliver(device: number, bytes: Uint8Array): void {
    this.#bench.endpoint.datagram(new FleetPeer(this, device), bytes, this.#bench.clock.now())
  }

  /** What the server sends comes here. */
  hear(device: number, bytes: Uint8Array): void {
    const packet = parse(Buffer.from(bytes))
    if (packet.code === '0.01') this.#answer(device, packet)
    if (packet.code === '2.01') this.#locations[device] = textOptions(packet, 'Location-Path')
  }

  #answer(device: number, packet: ParsedPacket): void {
    const { clock } = this.#bench
    const { messageId, token } = packet
    const observe = numberOption(packet, 'Observe')
    this.asked.push({ device, path: pathIn(packet), observe, at: clock.now() })
    if (!this.#answers(device)) return
    const content = {
      options: [{ name: 'Observe', value: Buffer.of(1) } as const],
      payload: Buffer.from('20'),
    }
    const answer = generate({ code: '2.05', ack: true, messageId, token, ...content })
    clock.schedule('answer of a device', LATENCY, (bytes: Uint8Array) => this.#deliver(device, bytes), answer)
  }
}

class FleetPeer implements Peer {
  readonly key: string
  readonly address: string
  readonly subject: Peer['subject']
  readonly reliable = false
  readonly #fleet: Fleet
  readonly #device: number

  constructor(fleet: Fleet, device: number) {
    this.#fleet = fleet
    this.#device = device
    this.key = `10.0.${device >> 8}.${device & 0xff}:5683`
    this.address = `coap://${this.key}`
    this.subject = { kind: 'none', address: this.key }
  }

  send(message: Uint8Array): boolean {
    this.#fleet.hear(this.#device, message)
    return true
  }
}
