import { isIPv6 } from 'node:net'
import type { Peer, Subject } from '../coap/peer.ts'

/** What a peer needs of its listener. */
export interface UdpSender {
  send(bytes: Uint8Array, port: number, address: string): boolean
}

const MAPPED = '::ffff:'

/** An IPv4 address as itself, also where a socket of both families shows it mapped (RFC 4291, 2.5.5.2). */
function plain(address: string): string {
  return address.startsWith(MAPPED) && address.includes('.') ? address.slice(MAPPED.length) : address
}

/** One address and port, seen from one UDP socket. Cheap to make: what only people look at is made when asked. */
export class UdpPeer implements Peer {
  readonly key: string
  readonly reliable = false
  allowance: Peer['allowance'] = undefined
  readonly #listener: UdpSender
  readonly #host: string
  readonly #port: number

  /** @param number tells the listener from others */
  constructor(listener: UdpSender, number: number, host: string, port: number) {
    this.#listener = listener
    this.#host = host
    this.#port = port
    // It is made and looked up for each datagram: of digits, it would cost several times as much.
    this.key = host + String.fromCharCode(number, port)
  }

  get interchangeable(): boolean {
    return true
  }

  get address(): string {
    return `coap://${this.#place()}`
  }

  get subject(): Subject {
    return { kind: 'none', address: this.#place() }
  }

  send(message: Uint8Array): boolean {
    return this.#listener.send(message, this.#port, this.#host)
  }

  /** `192.0.2.7:5683` or `[2001:db8::7]:5683`. */
  #place(): string {
    const host = plain(this.#host)
    return isIPv6(host) ? `[${host}]:${this.#port}` : `${host}:${this.#port}`
  }
}
