import type { Clock } from '../lib/clock.ts'
import type { BodyMemory } from './body.ts'
import type { Counters } from './counters.ts'
import { type Expiring, Expiry } from './expiry.ts'
import type { CoapParameters } from './parameters.ts'

/** Memory of one body besides its bytes: measured, rounded up. */
const OVERHEAD = 512
/** What a body of full length may take besides. */
const SPARE = 2_048

/** A body under way, which goes when it has been idle too long, or where another needs its memory. */
export interface IdleBody extends Expiring<IdleBody> {
  /** Gives its memory back; it is in the queue no more. */
  giveUp(): void
}

/** A peer, as far as the bodies go that we fetch from it. */
export interface FetchedPeer {
  /** Memory that these take, in bytes. */
  fetchedBytes: number
}

/**
 * The memory for bodies in blocks, whoever asked for them, bounded in number, in bytes and in time. Where there is no room, the
 * body that has been idle longest goes.
 */
export class BodyPool implements BodyMemory {
  readonly #idle: Expiry<IdleBody>
  readonly #parameters: CoapParameters
  readonly #counters: Counters
  #bytes = 0
  #size = 0

  constructor(clock: Clock, parameters: CoapParameters, counters: Counters) {
    this.#idle = new Expiry('coap idle transfers', clock, parameters.transferIdle, (body) => body.giveUp())
    this.#parameters = parameters
    this.#counters = counters
  }

  /** Memory in use, in bytes. */
  get bytes(): number {
    return this.#bytes
  }

  get longest(): number {
    return this.#parameters.bodyBytes
  }

  /** The body waits for its next block from now on. */
  wait(body: IdleBody): void {
    this.#idle.add(body)
  }

  /** A body that waited does so no more: it is at work, or has ended. */
  wake(body: IdleBody): void {
    this.#idle.remove(body)
  }

  /** Counts one more body, and takes memory for what it is besides its bytes; false: there is no room. */
  open(): boolean {
    const hasRoom = this.#size < this.#parameters.transfersInAll || this.#giveUpIdlest()
    if (!hasRoom || !this.reserve(OVERHEAD)) return false
    this.#size++
    return true
  }

  close(): void {
    this.#size--
    this.release(OVERHEAD)
  }

  reserve(bytes: number): boolean {
    while (this.#bytes + bytes > this.#parameters.bodiesBytes) {
      if (this.#giveUpIdlest()) continue
      this.#counters.overload++
      return false
    }
    this.#bytes += bytes
    return true
  }

  release(bytes: number): void {
    this.#bytes -= bytes
  }

  /**
   * Takes memory for a body that we fetch. One peer has no more of it than it might for bodies that it sends, so that
   * who never ends what it began takes no room from others.
   */
  reserveFor(peer: FetchedPeer, bytes: number): boolean {
    const { transfersPerPeer, bodyBytes } = this.#parameters
    if (peer.fetchedBytes + bytes > transfersPerPeer * (bodyBytes + SPARE)) {
      this.#counters.overload++
      return false
    }
    if (!this.reserve(bytes)) return false
    peer.fetchedBytes += bytes
    return true
  }

  releaseFor(peer: FetchedPeer, bytes: number): void {
    peer.fetchedBytes -= bytes
    this.release(bytes)
  }

  stop(): void {
    this.#idle.stop()
  }

  #giveUpIdlest(): boolean {
    const oldest = this.#idle.first
    if (oldest === undefined) return false
    this.#idle.remove(oldest)
    oldest.giveUp()
    return true
  }
}
