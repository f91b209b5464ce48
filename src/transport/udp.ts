import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { DatagramSink, Peer } from '../coap/peer.ts'
import type { Clock } from '../lib/clock.ts'
import { CodedError, reasonOf } from '../lib/errors.ts'
import type { Logger } from '../lib/logger.ts'
import { UdpPeer } from './udp-peer.ts'

export interface UdpOptions {
  /** An address or a name to bind to: `0.0.0.0`, `::` (which takes IPv4 as well), `localhost`. */
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  readonly logger: Logger
  readonly clock: Clock
}

/** Each listener of the process has a number, which makes the keys of its peers its own. */
let listeners = 0

interface Target {
  readonly address: string
  readonly family: number
}

/** Bursts of many devices wait in the socket; the kernel cuts this down to its own limit. */
const RECEIVE_BUFFER = 4 * 1024 * 1024

/** dgram asks this for every datagram; all addresses here are numeric, so that the answer is at hand. */
function answerAtOnce(
  address: string,
  family: unknown,
  callback: (error: Error | null, address: string, family: number) => void,
): void {
  callback(null, address, family as number)
}

async function resolve(host: string): Promise<Target> {
  const family = isIP(host)
  return family === 0 ? await lookup(host) : { address: host, family }
}

/**
 * A UDP socket for a CoAP endpoint. It keeps nothing of its peers: each datagram brings a peer object of its own,
 * which holds an address and no more, so that strangers cost no memory here.
 */
export class UdpListener {
  /** Where it is bound, as the system says. */
  readonly address: string
  readonly port: number
  readonly #socket: Socket
  readonly #sink: DatagramSink
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #name: string
  readonly #number = listeners++
  #isOpen = true
  /** Datagrams that the system refused to send, or the socket's own failures. */
  failures = 0

  /**
   * Binds, and delivers datagrams from then on.
   * @throws CodedError listener_failed where the name is unknown or the address cannot be bound
   */
  static async open(options: UdpOptions, sink: DatagramSink): Promise<UdpListener> {
    const { host, port } = options
    try {
      const { address, family } = await resolve(host)
      const type = family === 6 ? 'udp6' : 'udp4'
      const socket = createSocket({ type, lookup: answerAtOnce, recvBufferSize: RECEIVE_BUFFER })
      await bind(socket, address, port)
      return new UdpListener(socket, options, sink)
    } catch (thrown) {
      const place = `coap://${isIP(host) === 6 ? `[${host}]` : host}:${port}`
      const message = `${place} cannot be opened: ${reasonOf(thrown)}`
      throw new CodedError('listener_failed', message, { place, cause: thrown })
    }
  }

  private constructor(socket: Socket, options: UdpOptions, sink: DatagramSink) {
    const { address, port } = socket.address()
    this.address = address
    this.port = port
    this.#socket = socket
    this.#sink = sink
    this.#clock = options.clock
    this.#logger = options.logger
    this.#name = `udp ${address} ${port}`
    socket.on('message', (bytes, from) => this.#receive(bytes, from))
    socket.on('error', (error) => this.#failed(error))
  }

  /** Where it listens, as `coap://127.0.0.1:5683`. */
  get uri(): string {
    const { address, port } = this
    return `coap://${isIP(address) === 6 ? `[${address}]` : address}:${port}`
  }

  /** The peer at an address, without waiting for it to send something. */
  peer(address: string, port: number): Peer {
    return new UdpPeer(this, this.#number, address, port)
  }

  /** Sends one datagram; false once the listener is closed. What the system refuses is counted and logged. */
  send(bytes: Uint8Array, port: number, address: string): boolean {
    if (!this.#isOpen) return false
    try {
      this.#socket.send(bytes, port, address, this.#sent)
    } catch (thrown) {
      this.#failed(thrown)
    }
    return true
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return
    this.#isOpen = false
    await new Promise<void>((resolve) => {
      this.#socket.close(() => resolve())
    })
  }

  #receive(bytes: Uint8Array, { address, port }: RemoteInfo): void {
    if (port === 0) return // it cannot be answered
    this.#sink.datagram(this.peer(address, port), bytes, this.#clock.now())
  }

  /** One for all datagrams. */
  readonly #sent = (error: Error | null): void => {
    if (error !== null) this.#failed(error)
  }

  #failed(thrown: unknown): void {
    this.failures++
    this.#logger.debug(
      { code: 'listener_failed', listener: this.#name, reason: reasonOf(thrown) },
      'UDP failed',
    )
  }
}

function bind(socket: Socket, address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (error: Error): void => {
      socket.close()
      reject(error)
    }
    socket.once('error', refuse)
    socket.bind(port, address, () => {
      socket.off('error', refuse)
      resolve()
    })
  })
}
