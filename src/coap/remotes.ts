import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import { Allowance } from './allowance.ts'
import type { Counters } from './counters.ts'
import { Expiry } from './expiry.ts'
import { emptyMessage, MessageType } from './message.ts'
import type { CoapParameters } from './parameters.ts'
import type { Peer } from './peer.ts'
import type { Receptions } from './receptions.ts'
import { Remote, type RemoteWatcher } from './remote.ts'

const MESSAGE_IDS = 0x10000

/**
 * The peers that an endpoint remembers, by key. One that has been idle for EXCHANGE_LIFETIME is forgotten; when
 * there are too many, the one that has been idle longest. Those with work in progress stay.
 */
export class Remotes implements RemoteWatcher {
  readonly #remotes = new Map<string, Remote>()
  readonly #idle: Expiry<Remote>
  readonly #random: Random
  readonly #limit: number
  readonly #amplification: number
  readonly #counters: Counters
  readonly #receptions: Receptions

  constructor(
    clock: Clock,
    random: Random,
    parameters: CoapParameters,
    counters: Counters,
    receptions: Receptions,
  ) {
    this.#idle = new Expiry('coap idle peers', clock, parameters.exchangeLifetime, (remote) =>
      this.#forget(remote),
    )
    this.#random = random
    this.#limit = parameters.peers
    this.#amplification = parameters.amplification
    this.#counters = counters
    this.#receptions = receptions
  }

  get size(): number {
    return this.#remotes.size
  }

  find(peer: Peer): Remote | undefined {
    const remote = this.#remotes.get(peer.key)
    if (remote !== undefined && remote.peer !== peer) remote.meet(peer)
    return remote
  }

  /**
   * The peer's memory, begun if need be; undefined where there is no room for another.
   * @param heard bytes of its message, where it is one that begins it
   */
  obtain(peer: Peer, heard = 0): Remote | undefined {
    return this.find(peer) ?? this.#begin(peer, heard)
  }

  /** Answers RST; a peer that is not remembered stays unknown. It is never more than what came. */
  reset(peer: Peer, id: number): void {
    const remote = this.find(peer)
    if (remote !== undefined) {
      remote.sendEmpty(MessageType.reset, id)
      return
    }
    this.#counters.resets++
    this.#counters.sent++
    peer.send(emptyMessage(MessageType.reset, id))
  }

  /** Takes a peer out of the table and forgets its messages; what is under way is the caller's to end. */
  remove(peer: Peer): Remote | undefined {
    const remote = this.#remotes.get(peer.key)
    if (remote === undefined) return undefined
    if (!remote.isBusy) this.#idle.remove(remote)
    this.#forget(remote)
    return remote
  }

  all(): Remote[] {
    return [...this.#remotes.values()]
  }

  busy(remote: Remote): void {
    if (!remote.closed) this.#idle.remove(remote)
  }

  idle(remote: Remote, now?: number): void {
    if (!remote.closed) this.#idle.add(remote, now)
  }

  stop(): void {
    this.#idle.stop()
  }

  #begin(peer: Peer, heard: number): Remote | undefined {
    if (this.#remotes.size >= this.#limit && !this.#forgetOldest()) {
      this.#counters.overload++
      return undefined
    }
    const allowance = this.#allow(peer)
    allowance.hear(heard)
    const remote = new Remote(peer, allowance, this.#random.integer(MESSAGE_IDS), this.#counters, this)
    this.#remotes.set(peer.key, remote)
    this.#idle.add(remote)
    return remote
  }

  /** What the peer may be sent: a transport that knows who it is, or has a connection, has proved its address. */
  #allow(peer: Peer): Allowance {
    const isProved = (): boolean =>
      this.#amplification === Number.POSITIVE_INFINITY || peer.reliable || peer.subject.kind !== 'none'
    peer.allowance ??= new Allowance(isProved(), this.#amplification)
    return peer.allowance
  }

  #forgetOldest(): boolean {
    const oldest = this.#idle.first
    if (oldest === undefined) return false
    this.#idle.remove(oldest)
    this.#forget(oldest)
    return true
  }

  #forget(remote: Remote): void {
    remote.closed = true
    this.#remotes.delete(remote.peer.key)
    this.#receptions.forgetAll(remote.receptions)
  }
}
