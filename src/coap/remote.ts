import type { Timer } from '../lib/clock.ts'
import type { CodedError } from '../lib/errors.ts'
import type { Allowance } from './allowance.ts'
import type { BlockTransfer, TransferringPeer } from './block-transfer.ts'
import type { FetchedPeer } from './body-pool.ts'
import type { Counters } from './counters.ts'
import type { Expiring } from './expiry.ts'
import { History } from './history.ts'
import { type EmptyType, emptyMessage, type Message, MessageType } from './message.ts'
import type { Peer } from './peer.ts'
import type { PacedPeer } from './rates.ts'
import type { Reception } from './reception.ts'
import type { BlockResponse } from './response.ts'

/** A confirmable message of ours that waits for its ACK. */
export interface Unacknowledged {
  readonly id: number
  acknowledged(): void
  rejected(): void
  abandon(): void
}

/** A request of ours without a final outcome. */
export interface OpenRequest {
  begin(): void
  /** Whether a message, by its token and more, is the response to this request. */
  awaits(message: Message): boolean
  answer(response: BlockResponse): void
  /** Whether the token is that of an observation which is being founded, so that it cannot be told yet. */
  founds(token: Uint8Array): boolean
  /** The response holds an option, of this number, that forbids to use it. */
  refuse(option: number): void
  fail(error: CodedError): void
}

/** A body that has come whole, and is kept until it is offered to the layer above again. */
export interface OpenDelivery {
  gone(): void
}

/** Is told when a peer has work in progress and when it has none. */
export interface RemoteWatcher {
  busy(remote: Remote): void
  idle(remote: Remote, now?: number): void
}

/**
 * What an endpoint remembers of one peer: message ids in both directions, and what is under way. All of it is
 * the peer's own, so that no message of another peer can touch it, whatever ids and tokens that uses.
 */
export class Remote implements Expiring<Remote>, TransferringPeer, FetchedPeer, PacedPeer {
  /** The latest object that the transport handed in for this path. */
  peer: Peer
  readonly allowance: Allowance
  datagramsDue = 0
  requestsDue = 0
  readonly receptions = new History<Reception>()
  readonly unacknowledged: Unacknowledged[] = []
  /** Requests in all states, in the order in which they were asked. */
  readonly requests: OpenRequest[] = []
  /** Those that wait for their turn (NSTART). */
  readonly waiting: OpenRequest[] = []
  /** How many have had their turn and are neither acknowledged nor answered. */
  started = 0
  /** Opens the next turn a little later. */
  turn: Timer | undefined
  closed = false
  /** Bodies under way. */
  transfers: Map<number, BlockTransfer> | undefined
  fetchedBytes = 0
  /** Bodies that are kept; undefined where there are none. */
  deliveries: Set<OpenDelivery> | undefined
  /** Size exponent of the blocks that the peer takes; undefined while it has said nothing. */
  szx: number | undefined
  expires = 0
  previous: Remote | undefined
  next: Remote | undefined
  readonly #counters: Counters
  readonly #watcher: RemoteWatcher
  #nextId: number
  #holds = 0

  constructor(peer: Peer, allowance: Allowance, firstId: number, counters: Counters, watcher: RemoteWatcher) {
    this.peer = peer
    this.allowance = allowance
    this.#nextId = firstId
    this.#counters = counters
    this.#watcher = watcher
  }

  get isBusy(): boolean {
    return this.#holds > 0
  }

  /** Keeps the peer from being forgotten, until as many `release` have followed. */
  hold(): void {
    if (this.#holds++ === 0) this.#watcher.busy(this)
  }

  /** @param now monotonic milliseconds, where the caller knows */
  release(now?: number): void {
    if (--this.#holds === 0) this.#watcher.idle(this, now)
  }

  /** The next message id that is not under way. */
  takeId(): number {
    do this.#nextId = (this.#nextId + 1) & 0xffff
    while (this.unacknowledgedBy(this.#nextId) !== undefined)
    return this.#nextId
  }

  unacknowledgedBy(id: number): Unacknowledged | undefined {
    for (const message of this.unacknowledged) if (message.id === id) return message
    return undefined
  }

  /**
   * A newer object of the same path, or an older one that somebody kept: all go on with one allowance. Where one object
   * is as good as another, the first stays: it is old already, and a new one would have to grow old at each message.
   */
  meet(peer: Peer): void {
    if (!peer.interchangeable) this.peer = peer
    this.allowance.absorb(peer.allowance)
    peer.allowance = this.allowance
  }

  /**
   * All that goes to this peer goes through here. What an unverified address may not be sent is held back, as if it
   * had been lost on its way. False: the path to it is gone.
   */
  send(bytes: Uint8Array): boolean {
    if (!this.allowance.spend(bytes.length)) {
      this.#counters.withheld++
      return true
    }
    this.#counters.sent++
    return this.peer.send(bytes)
  }

  sendEmpty(type: EmptyType, id: number): void {
    if (type === MessageType.reset) this.#counters.resets++
    this.send(emptyMessage(type, id))
  }
}
