import type { DatagramSink } from '../../../src/coap/peer.ts'
import type { Clock } from '../../../src/lib/clock.ts'
import { UdpPeer, type UdpSender } from '../../../src/transport/udp-peer.ts'

const PORT = 5683
const TOKEN = 8
const GET = 0x01
const ACK = 0x60
/** Steps through the fleet, far enough apart that no two in a row lie together in memory; prime. */
const STRIDE = 7919
/** Registrations of a turn of the loop. */
const PORTION = 50

const REGISTER_HEAD = Buffer.from('40020000', 'hex')

function option(delta: number, value: Buffer): Buffer {
  const { length } = value
  const head = length < 13 ? [(delta << 4) | length] : [(delta << 4) | 13, length - 13]
  return Buffer.concat([Buffer.from(head), value])
}

function registerOf(index: number): Buffer {
  return Buffer.concat([
    REGISTER_HEAD,
    option(11, Buffer.from('rd')),
    option(1, Buffer.from([40])),
    option(3, Buffer.from(`ep=urn:bench:${String(index).padStart(6, '0')}`)),
    option(0, Buffer.from('lt=86400')),
    option(0, Buffer.from('lwm2m=1.1')),
    option(0, Buffer.from('b=U')),
    Buffer.from('ff', 'hex'),
    Buffer.from('</1/0>,</3/0>,</3303/0>'),
  ])
}

function hostOf(index: number): string {
  return `10.${index >> 16}.${(index >> 8) & 0xff}.${index & 0xff}`
}

function indexOf(host: string): number {
  const [, high, middle, low] = host.split('.').map(Number)
  return ((high ?? 0) << 16) | ((middle ?? 0) << 8) | (low ?? 0)
}

/**
 * Devices without sockets, in the process of the server: as many as one likes, each with an address of its own. They
 * register, answer one Observe each, and send CON notifications in datagrams as a socket would hand them in.
 */
export class VirtualFleet implements UdpSender {
  /** Measured by others, kept here. */
  bytesPerDevice = 0
  restingBytesPerDevice = 0
  acknowledged = 0
  wrong = 0
  readonly #sink: DatagramSink
  readonly #clock: Clock
  readonly #size: number
  readonly #tokens: Buffer
  readonly #sequences: Uint32Array
  #observed = 0
  #next = 0
  #sent = 0

  constructor(sink: DatagramSink, clock: Clock, size: number) {
    this.#sink = sink
    this.#clock = clock
    this.#size = size
    this.#tokens = Buffer.alloc(size * TOKEN)
    this.#sequences = new Uint32Array(size)
  }

  /** Notifications without an acknowledgement. */
  get inFlight(): number {
    return this.#sent - this.acknowledged
  }

  /** Registers all devices; resolves when each of them is observed. */
  async register(): Promise<void> {
    for (let index = 0; index < this.#size; index++) {
      this.#deliver(index, registerOf(index))
      if (index % PORTION === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    while (this.#observed < this.#size) await new Promise((resolve) => setImmediate(resolve))
  }

  /** Sends a notification of the next device. */
  notify(): void {
    this.#next = (this.#next + STRIDE) % this.#size
    this.#sent++
    this.#deliver(this.#next, this.#notification(this.#next))
  }

  /** What the server sends comes here. */
  send(bytes: Uint8Array, _port: number, host: string): boolean {
    if (bytes.length === 4 && bytes[0] === ACK) this.acknowledged++
    else if (bytes[1] === GET) this.#answer(indexOf(host), bytes)
    else if (bytes[0] === 0x70) this.wrong++
    return true
  }

  #deliver(index: number, bytes: Buffer): void {
    const peer = new UdpPeer(this, 'udp 127.0.0.1 5683', hostOf(index), PORT)
    this.#sink.datagram(peer, bytes, this.#clock.now())
  }

  /** The answer comes as from a network: in another turn. */
  #answer(index: number, request: Uint8Array): void {
    const token = request.subarray(4, 4 + TOKEN)
    this.#tokens.set(token, index * TOKEN)
    const head = Buffer.from([ACK | TOKEN, 0x45, request[2] as number, request[3] as number])
    const answer = Buffer.concat([head, token, Buffer.from([0x60, 0x60, 0xff]), Buffer.from('20.0')])
    setImmediate(() => {
      this.#observed++
      this.#deliver(index, answer)
    })
  }

  #notification(index: number): Buffer {
    const sequence = (this.#sequences[index] as number) + 1
    this.#sequences[index] = sequence
    const text = `${20 + (sequence % 10)}.${100 + (sequence % 900)}`
    const bytes = Buffer.alloc(10 + TOKEN + text.length)
    bytes[0] = 0x40 | TOKEN
    bytes[1] = 0x45
    bytes.writeUInt16BE(sequence & 0xffff, 2)
    this.#tokens.copy(bytes, 4, index * TOKEN, index * TOKEN + TOKEN)
    bytes[4 + TOKEN] = 0x63
    bytes.writeUIntBE(sequence & 0xffffff, 5 + TOKEN, 3)
    bytes[8 + TOKEN] = 0x60
    bytes[9 + TOKEN] = 0xff
    bytes.write(text, 10 + TOKEN, 'latin1')
    return bytes
  }
}
