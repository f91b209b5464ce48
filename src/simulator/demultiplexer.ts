import { createSocket, type RemoteInfo, Socket } from 'node:dgram'
import { EventEmitter } from 'node:events'
import type { AddressInfo } from 'node:net'
import { reasonOf } from '../lib/errors.ts'
import type { Logger } from '../lib/logger.ts'

// Header of a CoAP message, RFC 7252 section 3.
const HEADER_BYTES = 4
const VERSION = 1
const ACKNOWLEDGEMENT = 2
const RESET = 3
const EMPTY = 0
const isRequest = (code: number) => code > EMPTY && code < 0x20
const isResponse = (code: number) => code >= 0x40 && code < 0xc0
const typeOf = (message: Uint8Array) => ((message[0] ?? 0) >> 4) & 3

/** How many of its own messages a device remembers, to know whose acknowledgement arrives. */
const REMEMBERED = 1024

type SendCallback = (error: Error | null, bytes: number) => void
type Sender = (
  half: HalfSocket,
  message: Buffer,
  port: number,
  host: string | undefined,
  done: SendCallback | undefined,
) => void

/** One side's view of the shared socket: as much of `dgram.Socket` as node-coap uses. */
class HalfSocket extends EventEmitter {
  readonly type: 'udp4' | 'udp6'
  readonly #send: Sender
  readonly #address: () => AddressInfo

  constructor(type: 'udp4' | 'udp6', send: Sender, address: () => AddressInfo) {
    super()
    this.type = type
    this.#send = send
    this.#address = address
  }

  send(
    message: Buffer,
    _offset: number,
    _length: number,
    port: number,
    host?: string,
    done?: SendCallback,
  ): void {
    this.#send(this, message, port, host, done)
  }

  address(): AddressInfo {
    return this.#address()
  }
}
// node-coap answers a repeated request from its cache only where the socket is an instance of dgram.Socket.
Object.setPrototypeOf(HalfSocket.prototype, Socket.prototype)

/** A message of ours that the peer may acknowledge or reset. */
interface Sent {
  readonly half: HalfSocket
  /** The id that node-coap gave it. */
  readonly messageId: number
  readonly token: string
}

/** Told what the peer did with a message that the server half sent: a notification, or a separate response. */
export interface DeliveryListener {
  acknowledged(token: string): void
  rejected(token: string): void
}

/**
 * A LwM2M device is CoAP client and server on one UDP socket, node-coap is one or the other. This stands between
 * the socket and a node-coap Agent and Server: requests go to the server half, responses to the client half, an
 * acknowledgement or reset to the half that sent what it answers. Both halves number their messages on their own,
 * so they get new ids on the way out; two messages to one peer must not share an id (RFC 7252, 4.4).
 */
export class Demultiplexer {
  /** For a node-coap Agent. */
  readonly client: Socket
  /** For a node-coap Server. */
  readonly server: Socket
  /** While true, requests are not heard. */
  deafToRequests = false
  readonly #clientHalf: HalfSocket
  readonly #serverHalf: HalfSocket
  readonly #type: 'udp4' | 'udp6'
  readonly #listener: DeliveryListener
  readonly #logger: Logger
  #socket: Socket | undefined
  #closed = false
  #nextId: number
  readonly #sent = new Map<number, Sent>()
  /** node-coap repeats a message by sending the same buffer object again. */
  readonly #numbered = new WeakMap<Buffer, Buffer>()

  constructor(type: 'udp4' | 'udp6', firstId: number, listener: DeliveryListener, logger: Logger) {
    this.#type = type
    this.#nextId = firstId
    this.#listener = listener
    this.#logger = logger
    const send: Sender = (...message) => this.#send(...message)
    const address = () => this.address()
    this.#clientHalf = new HalfSocket(type, send, address)
    this.#serverHalf = new HalfSocket(type, send, address)
    this.client = this.#clientHalf as unknown as Socket
    this.server = this.#serverHalf as unknown as Socket
  }

  /** Opens a socket on a free port; one that is open is replaced, as when a NAT forgets its binding. */
  async bind(address: string | undefined): Promise<void> {
    const socket = createSocket(this.#type)
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.bind(0, address, () => {
        socket.off('error', reject)
        resolve()
      })
    })
    socket.on('message', (datagram, from) => this.#receive(datagram, from))
    socket.on('error', (error) => this.#logger.debug({ reason: error.message }, 'simulated device: socket'))
    this.#socket?.close()
    this.#socket = this.#closed ? undefined : socket
    if (this.#closed) socket.close()
  }

  /** Where the socket is bound; port 0 while there is none. */
  address(): AddressInfo {
    return this.#socket?.address() ?? { address: '', family: this.#type, port: 0 }
  }

  /** From here on nothing is sent or heard. */
  close(): void {
    this.#closed = true
    this.#socket?.close()
    this.#socket = undefined
  }

  #send(...[half, message, port, host, done]: Parameters<Sender>): void {
    // node-coap answers what it cannot parse without naming a host: that would go to this machine.
    if (this.#socket === undefined || host === undefined) return
    this.#socket.send(this.#number(half, message), port, host, done)
  }

  /** The message under an id of this socket; answers keep the id of what they answer. */
  #number(half: HalfSocket, message: Buffer): Buffer {
    if (typeOf(message) >= ACKNOWLEDGEMENT) return message
    const known = this.#numbered.get(message)
    if (known !== undefined) return known
    const numbered = Buffer.from(message)
    const id = this.#nextId
    this.#nextId = (id + 1) & 0xffff
    numbered.writeUInt16BE(id, 2)
    this.#numbered.set(message, numbered)
    this.#remember(id, { half, messageId: message.readUInt16BE(2), token: tokenOf(message) })
    return numbered
  }

  #remember(id: number, sent: Sent): void {
    this.#sent.delete(id)
    this.#sent.set(id, sent)
    for (const oldest of this.#sent.keys()) {
      if (this.#sent.size <= REMEMBERED) break
      this.#sent.delete(oldest)
    }
  }

  #receive(datagram: Buffer, from: RemoteInfo): void {
    if (datagram.length < HEADER_BYTES || datagram.readUInt8(0) >> 6 !== VERSION) return
    const code = datagram.readUInt8(1)
    const type = typeOf(datagram)
    if (type >= ACKNOWLEDGEMENT) this.#answered(type, code, datagram, from)
    else if (isRequest(code)) this.#requested(datagram, from)
    else if (isResponse(code)) this.#deliver(this.#clientHalf, datagram, from)
    else if (code === EMPTY && type === 0) this.#pong(datagram, from)
  }

  #requested(datagram: Buffer, from: RemoteInfo): void {
    if (!this.deafToRequests) this.#deliver(this.#serverHalf, datagram, from)
  }

  /** An acknowledgement, perhaps with a response on its back, or a reset. */
  #answered(type: number, code: number, datagram: Buffer, from: RemoteInfo): void {
    const sent = this.#sent.get(datagram.readUInt16BE(2))
    if (sent === undefined) return
    const piggybacked = type === ACKNOWLEDGEMENT && isResponse(code) && sent.half === this.#clientHalf
    if (code !== EMPTY && !piggybacked) return
    datagram.writeUInt16BE(sent.messageId, 2)
    this.#deliver(sent.half, datagram, from)
    if (sent.half === this.#serverHalf) this.#report(type, sent.token)
  }

  #report(type: number, token: string): void {
    if (type === RESET) this.#listener.rejected(token)
    else this.#listener.acknowledged(token)
  }

  /** A ping, RFC 7252 section 4.3. */
  #pong(ping: Buffer, from: RemoteInfo): void {
    const reset = Buffer.from([(VERSION << 6) | (RESET << 4), EMPTY, ...ping.subarray(2, HEADER_BYTES)])
    this.#socket?.send(reset, from.port, from.address)
  }

  #deliver(half: HalfSocket, datagram: Buffer, from: RemoteInfo): void {
    try {
      half.emit('message', datagram, from)
    } catch (thrown) {
      this.#logger.debug({ reason: reasonOf(thrown) }, 'simulated device: a datagram was dropped')
    }
  }
}

function tokenOf(message: Buffer): string {
  return message.toString('hex', HEADER_BYTES, HEADER_BYTES + (message.readUInt8(0) & 0x0f))
}
