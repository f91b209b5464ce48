import { createSocket } from 'node:dgram'
import { createServer, type Socket } from 'node:net'
import { takePart } from './part.ts'

/**
 * The broker of the benchmark: as little of one as a publisher needs. It takes MQTT 5 and 3.1.1, answers what has to
 * be answered, counts publications and forgets them. Whoever sends it a datagram is told the count from then on.
 */

const CONNECT = 1
const PUBLISH = 3
const SUBSCRIBE = 8
const PINGREQ = 12
const QOS = 0x06
const CONNACK = { 4: Buffer.from([0x20, 2, 0, 0]), 5: Buffer.from([0x20, 3, 0, 0, 0]) }
const PINGRESP = Buffer.from([0xd0, 0])

let published = 0
let listener: { readonly port: number; readonly address: string } | undefined
const credits = createSocket('udp4')

/** Tells the count, 64 bits in the byte order of this machine's kind. */
function tell(): void {
  if (listener === undefined) return
  credits.send(Buffer.from(BigUint64Array.of(BigInt(published)).buffer), listener.port, listener.address)
}

class Publisher {
  readonly #socket: Socket
  #version: 4 | 5 = 5
  #rest: Buffer = Buffer.alloc(0)
  #answers: Buffer[] = []

  constructor(socket: Socket) {
    this.#socket = socket.setNoDelay(true)
    socket.on('data', (chunk) => this.#take(chunk as Buffer))
    socket.on('error', () => socket.destroy())
  }

  #take(chunk: Buffer): void {
    const before = published
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    let at = 0
    for (let end = this.#endOfPacket(bytes, at); end > 0; end = this.#endOfPacket(bytes, at)) {
      this.#packet(bytes, at, end)
      at = end
    }
    this.#rest = bytes.subarray(at)
    if (this.#answers.length > 0) this.#socket.write(Buffer.concat(this.#answers))
    this.#answers = []
    if (published > before) tell()
  }

  /** Where the packet that begins at `start` ends; 0 while it is not whole. */
  #endOfPacket(bytes: Buffer, start: number): number {
    let length = 0
    for (let at = start + 1, factor = 1; at < bytes.length; at++, factor *= 128) {
      const byte = bytes[at] as number
      length += (byte & 0x7f) * factor
      if (byte < 0x80) return at + 1 + length <= bytes.length ? at + 1 + length : 0
    }
    return 0
  }

  #packet(bytes: Buffer, start: number, end: number): void {
    const first = bytes[start] as number
    let at = start + 1
    while ((bytes[at++] as number) >= 0x80);
    const body = bytes.subarray(at, end)
    if (first >> 4 === PUBLISH) this.#publish(first, body)
    else if (first >> 4 === CONNECT) this.#connect(body)
    else if (first >> 4 === SUBSCRIBE) this.#subscribe(body)
    else if (first >> 4 === PINGREQ) this.#answers.push(PINGRESP)
  }

  #connect(body: Buffer): void {
    this.#version = body[6] === 5 ? 5 : 4
    this.#answers.push(CONNACK[this.#version])
  }

  #publish(first: number, body: Buffer): void {
    published++
    if ((first & QOS) === 0) return
    const at = 2 + body.readUInt16BE(0)
    this.#answers.push(Buffer.from([0x40, 2, body[at] as number, body[at + 1] as number]))
  }

  /** Grants QoS 1 to each filter. */
  #subscribe(body: Buffer): void {
    const filters = this.#countFilters(body)
    const head = this.#version === 5 ? [0x90, 3 + filters] : [0x90, 2 + filters]
    const id = [body[0] as number, body[1] as number]
    const properties = this.#version === 5 ? [0] : []
    this.#answers.push(Buffer.from([...head, ...id, ...properties, ...new Array(filters).fill(1)]))
  }

  #countFilters(body: Buffer): number {
    let filters = 0
    let at = this.#version === 5 ? 3 + (body[2] as number) : 2
    for (; at < body.length; filters++) at += 2 + body.readUInt16BE(at) + 1
    return filters
  }
}

credits.on('message', (_, { port, address }) => {
  listener = { port, address }
  tell()
})
const server = createServer((socket) => new Publisher(socket))
credits.bind(0, '127.0.0.1', () => {
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as { port: number }
    takePart({ port, credits: credits.address().port }, { counts: () => ({ completed: published }) })
  })
})
