import { RateLimit } from '../lib/rate-limit.ts'
import type { CoapParameters } from './parameters.ts'

/** Seconds of silence that a burst may make up for. */
const BURST = 4

/** A peer, as far as its pace goes: the states of its limits (`RateLimit`). */
export interface PacedPeer {
  datagramsDue: number
  requestsDue: number
}

/** How fast datagrams may come: from all peers, from one, and the new requests among these. */
export class Rates {
  readonly #all: RateLimit
  readonly #datagrams: RateLimit
  readonly #requests: RateLimit
  #due = 0

  constructor(parameters: CoapParameters) {
    this.#all = new RateLimit(parameters.datagramsPerSecondInAll, BURST)
    this.#datagrams = new RateLimit(parameters.datagramsPerSecond, BURST)
    this.#requests = new RateLimit(parameters.requestsPerSecond, BURST)
  }

  /** Seconds after which a request that was one too many may come again. */
  get retryAfter(): number {
    return this.#requests.retryAfter
  }

  /** @param at when it came, in monotonic milliseconds; for the other two as well */
  admits(at: number): boolean {
    const due = this.#all.next(this.#due, at)
    if (due === undefined) return false
    this.#due = due
    return true
  }

  admitsDatagram(peer: PacedPeer, at: number): boolean {
    const due = this.#datagrams.next(peer.datagramsDue, at)
    if (due === undefined) return false
    peer.datagramsDue = due
    return true
  }

  admitsRequest(peer: PacedPeer, at: number): boolean {
    const due = this.#requests.next(peer.requestsDue, at)
    if (due === undefined) return false
    peer.requestsDue = due
    return true
  }
}
