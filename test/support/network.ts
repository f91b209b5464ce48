import type { DatagramSink, Peer } from '../../src/coap/peer.ts'
import type { Clock } from '../../src/lib/clock.ts'
import type { Random } from '../../src/lib/random.ts'

/** How a simulated link treats datagrams; chances run from 0 to 1. */
export interface Weather {
  readonly loss: number
  readonly duplication: number
  /** Milliseconds on the way; each datagram draws its own, so a wide range reorders. */
  readonly latency: readonly [shortest: number, longest: number]
}

export const CALM: Weather = { loss: 0, duplication: 0, latency: [0, 0] }

const CHANCES = 1_000_000

interface Delivery {
  readonly network: SimulatedNetwork
  readonly from: string
  readonly to: string
  readonly bytes: Uint8Array
}

/**
 * Datagram links in memory, on a simulated clock: endpoints and scripted devices under addresses of the form
 * `192.0.2.7:5683`. Nothing arrives before the clock has moved on, be it by 0 ms.
 * ```ts
 * const clock = new SimulatedClock()
 * const network = new SimulatedNetwork(clock, new SeededRandom())
 * network.attach('192.0.2.1:5683', endpoint)                  // a DatagramSink
 * const device = network.device('192.0.2.7:40000', '192.0.2.1:5683')
 * device.send(Buffer.from('40010001b2726401ff', 'hex'))
 * clock.advance(0)
 * device.received                                             // what the endpoint sent to it
 * endpoint.request(network.peer('192.0.2.1:5683', '192.0.2.7:40000'), ...)
 * network.weather = { loss: 0.3, duplication: 0.1, latency: [0, 500] }
 * ```
 */
export class SimulatedNetwork {
  readonly #clock: Clock
  readonly #random: Random
  readonly #sinks = new Map<string, DatagramSink>()
  readonly #devices = new Map<string, SimulatedDevice>()
  /** Who is behind an address, where its transport has proved it; else nobody knows. */
  readonly subjects = new Map<string, Peer['subject']>()
  /** May be changed at any time. */
  weather: Weather = CALM
  /** Datagrams that were sent, and of these lost. */
  sent = 0
  lost = 0

  constructor(clock: Clock, random: Random) {
    this.#clock = clock
    this.#random = random
  }

  /** Puts an endpoint under an address; what is sent there reaches its `datagram`. */
  attach(address: string, sink: DatagramSink): void {
    this.#sinks.set(address, sink)
  }

  /** Takes an endpoint or a device off the network: what is sent there is lost. */
  detach(address: string): void {
    this.#sinks.delete(address)
    this.#devices.delete(address)
  }

  /** A scripted device under `address` that talks to `server`. */
  device(address: string, server: string): SimulatedDevice {
    const device = new SimulatedDevice(this, address, server)
    this.#devices.set(address, device)
    return device
  }

  /** Gives a device another address, as a NAT or a new network does. */
  move(device: SimulatedDevice, address: string): void {
    this.#devices.delete(device.address)
    device.address = address
    this.#devices.set(address, device)
  }

  /** The peer at `remote`, as an endpoint at `local` sees it: a new object each time, with the same key. */
  peer(local: string, remote: string): SimulatedPeer {
    return new SimulatedPeer(this, local, remote)
  }

  /** Hands a datagram to the network: a copy, so that the sender may do what it likes with its bytes. */
  send(from: string, to: string, bytes: Uint8Array): void {
    this.sent++
    if (this.#happens(this.weather.loss)) {
      this.lost++
      return
    }
    this.#schedule(from, to, bytes)
    if (this.#happens(this.weather.duplication)) this.#schedule(from, to, bytes)
  }

  #happens(chance: number): boolean {
    return chance > 0 && this.#random.integer(CHANCES) < chance * CHANCES
  }

  #schedule(from: string, to: string, bytes: Uint8Array): void {
    const [shortest, longest] = this.weather.latency
    const latency = longest === shortest ? shortest : shortest + this.#random.integer(longest - shortest + 1)
    const delivery: Delivery = { network: this, from, to, bytes: Uint8Array.from(bytes) }
    this.#clock.schedule('datagram on its way', latency, SimulatedNetwork.#deliver, delivery)
  }

  static #deliver({ network, from, to, bytes }: Delivery): void {
    network.#devices.get(to)?.deliver(bytes)
    network.#sinks.get(to)?.datagram(network.peer(to, from), bytes, network.#clock.now())
  }
}

/** The other end of a simulated link, as an endpoint sees it. */
export class SimulatedPeer implements Peer {
  readonly key: string
  readonly address: string
  readonly subject: Peer['subject']
  readonly reliable = false
  readonly #network: SimulatedNetwork
  readonly #local: string
  readonly #remote: string
  /** Set to make `send` tell that the path is gone. */
  gone = false

  constructor(network: SimulatedNetwork, local: string, remote: string) {
    this.#network = network
    this.#local = local
    this.#remote = remote
    this.key = `${local}|${remote}`
    this.address = `coap://${remote}`
    this.subject = network.subjects.get(remote) ?? { kind: 'none', address: remote }
  }

  send(message: Uint8Array): boolean {
    if (this.gone) return false
    this.#network.send(this.#local, this.#remote, message)
    return true
  }
}

/**
 * A device without a CoAP stack: a test sends its bytes by hand and looks at what came back. Set `onDatagram` to
 * answer as it goes.
 */
export class SimulatedDevice {
  readonly #network: SimulatedNetwork
  readonly #server: string
  /** Changed by `network.move`. */
  address: string
  /** All datagrams that arrived here, oldest first. */
  received: Uint8Array[] = []
  onDatagram: (bytes: Uint8Array) => void = () => {}

  constructor(network: SimulatedNetwork, address: string, server: string) {
    this.#network = network
    this.address = address
    this.#server = server
  }

  /** Sends bytes to the server; as hex if given as text. */
  send(bytes: Uint8Array | string): void {
    this.#network.send(
      this.address,
      this.#server,
      typeof bytes === 'string' ? Buffer.from(bytes, 'hex') : bytes,
    )
  }

  /** What arrived since the last call, oldest first. */
  take(): Uint8Array[] {
    const { received } = this
    this.received = []
    return received
  }

  /** The same, as hex. */
  takeHex(): string[] {
    return this.take().map((bytes) => Buffer.from(bytes).toString('hex'))
  }

  /** For the network alone. */
  deliver(bytes: Uint8Array): void {
    this.received.push(bytes)
    this.onDatagram(bytes)
  }
}
