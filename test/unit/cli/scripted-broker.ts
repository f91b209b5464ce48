import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'

/** What the broker answers, as bytes on the wire (MQTT 5, 3.2, 3.4 and 3.9). */
export interface Answers {
  readonly connack: readonly number[]
  /** Reason codes. */
  readonly suback?: number
  readonly puback?: number
  /** Type of the packet at which it closes the connection in place of an answer. */
  readonly hangsUpAt?: number
}

const CONNECT = 1
export const PUBLISH = 3
export const SUBSCRIBE = 8

/** A broker of a few bytes, for what the embedded one cannot show: MQTT 5, and refusals. */
export class ScriptedBroker {
  /** Packets that came, the first byte's type and the whole. */
  readonly packets: { readonly type: number; readonly bytes: Buffer }[] = []
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(answers: Answers) {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.on('data', (bytes) => this.#answer(socket, bytes, answers))
    })
  }

  static async start(answers: Answers): Promise<ScriptedBroker> {
    const broker = new ScriptedBroker(answers)
    broker.#server.listen(0, '127.0.0.1')
    await once(broker.#server, 'listening')
    return broker
  }

  get url(): string {
    const address = this.#server.address()
    return `mqtt://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`
  }

  /** Drops every connection. */
  drop(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async stop(): Promise<void> {
    this.drop()
    this.#server.close()
    await once(this.#server, 'close')
  }

  /** A client that waits for each answer sends one packet, shorter than 128 bytes, at a time. */
  #answer(socket: Socket, bytes: Buffer, { connack, suback = 0, puback = 0, hangsUpAt }: Answers): void {
    const type = bytes.readUInt8(0) >> 4
    this.packets.push({ type, bytes })
    if (type === hangsUpAt) {
      socket.destroy()
      return
    }
    if (type === CONNECT) socket.write(Uint8Array.from(connack))
    if (type === SUBSCRIBE)
      socket.write(Uint8Array.from([0x90, 4, bytes.readUInt8(2), bytes.readUInt8(3), 0, suback]))
    if (type === PUBLISH) {
      const id = 4 + bytes.readUInt16BE(2)
      socket.write(Uint8Array.from([0x40, 4, bytes.readUInt8(id), bytes.readUInt8(id + 1), puback, 0]))
    }
  }
}

export const ACCEPTED = [0x20, 3, 0, 0, 0] as const
/** 0x86: bad user name or password. */
export const UNAUTHORIZED = [0x20, 3, 0, 0x86, 0] as const
