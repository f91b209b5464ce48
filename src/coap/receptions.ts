import type { Clock } from '../lib/clock.ts'
import type { Counters } from './counters.ts'
import { Expiry } from './expiry.ts'
import { fingerprint } from './fingerprint.ts'
import type { History } from './history.ts'
import type { EmptyType } from './message.ts'
import type { CoapParameters } from './parameters.ts'
import { Reception, type ReceptionKind, type Sender } from './reception.ts'

/** Memory of one reception besides its bytes: measured, rounded up. */
const OVERHEAD = 256

const isSettled = ({ state }: Reception): boolean => state === 'settled'
const isNotification = ({ kind }: Reception): boolean => kind === 'notification'

/** A peer, as far as its received messages go. */
export interface ReceivingPeer extends Sender {
  readonly receptions: History<Reception>
}

/**
 * The memory for received messages, bounded for each peer and in all. A duplicate has the same id and the same
 * bytes; a message of another content under a known id takes the place of the first, since modems use ids again.
 * Where there is no room, the oldest that are settled go; pending ones stay, and new messages are dropped.
 */
export class Receptions {
  readonly #pending: Expiry<Reception>
  readonly #settled: Expiry<Reception>
  readonly #clock: Clock
  readonly #parameters: CoapParameters
  readonly #counters: Counters
  readonly #seed: number
  #bytes = 0

  constructor(clock: Clock, parameters: CoapParameters, counters: Counters, seed: number) {
    const forget = (reception: Reception): void => this.#drop(reception)
    this.#pending = new Expiry('coap unsettled messages', clock, parameters.exchangeLifetime, forget)
    this.#settled = new Expiry('coap duplicates', clock, parameters.exchangeLifetime, forget)
    this.#clock = clock
    this.#parameters = parameters
    this.#counters = counters
    this.#seed = seed
  }

  /** Memory in use, in bytes. */
  get bytes(): number {
    return this.#bytes
  }

  /** Whether this very message is known; if so, it has been answered as before. */
  repeats(remote: ReceivingPeer, id: number, bytes: Uint8Array): boolean {
    const known = remote.receptions.find(id)
    if (known === undefined || known.fingerprint !== fingerprint(bytes, this.#seed)) return false
    this.#counters.duplicates++
    known.repeat()
    return true
  }

  /**
   * Remembers a new message, pending; undefined where there is no room, and it must be dropped. Notifications that
   * wait to be safe do not keep the rest of what their device has to say from being heard: the oldest is forgotten,
   * and its repetition handled as a new one.
   * @param at when it came, in monotonic milliseconds
   */
  admit(
    remote: ReceivingPeer,
    id: number,
    bytes: Uint8Array,
    at: number,
    kind: ReceptionKind = 'exchange',
  ): Reception | undefined {
    const reused = remote.receptions.find(id)
    if (reused !== undefined) this.forget(reused)
    if (!this.#makeRoom(remote, OVERHEAD + bytes.length, kind)) {
      this.#counters.overload++
      return undefined
    }
    const reception = new Reception(remote, remote.receptions, id, fingerprint(bytes, this.#seed), kind)
    remote.receptions.add(reception)
    this.#account(reception, OVERHEAD + bytes.length)
    remote.hold()
    this.#pending.add(reception, at)
    return reception
  }

  /**
   * Ends the pending state: from now on repetitions are answered with `reply`.
   * @param now monotonic milliseconds, where the caller knows
   * @returns false where the message has been forgotten or settled before
   */
  settle(reception: Reception, reply: Uint8Array | EmptyType | undefined, now = this.#clock.now()): boolean {
    if (reception.state !== 'pending') return false
    this.#pending.remove(reception)
    reception.state = 'settled'
    reception.reply = reply
    reception.owner = undefined
    this.#account(reception, OVERHEAD + (typeof reply === 'object' ? reply.length : 0))
    this.#settled.add(reception, now)
    reception.remote.release(now)
    return true
  }

  /** Forgets a message, so that a repetition of it is a new one. */
  forget(reception: Reception): void {
    if (reception.state === 'forgotten') return
    const queue = reception.state === 'pending' ? this.#pending : this.#settled
    queue.remove(reception)
    this.#drop(reception)
  }

  /** Forgets all messages of a peer. */
  forgetAll(history: History<Reception>): void {
    for (const reception of history.all()) this.forget(reception)
  }

  stop(): void {
    this.#pending.stop()
    this.#settled.stop()
  }

  #makeRoom(remote: ReceivingPeer, bytes: number, kind: ReceptionKind): boolean {
    if (remote.receptions.length >= this.#parameters.duplicatesPerPeer) {
      const { receptions } = remote
      const pushed = (): Reception | undefined =>
        kind === 'exchange' ? receptions.oldest(isNotification) : undefined
      const oldest = receptions.oldest(isSettled) ?? pushed()
      if (oldest === undefined) return false
      this.forget(oldest)
    }
    while (this.#bytes + bytes > this.#parameters.duplicatesBytes) {
      const oldest = this.#settled.first
      if (oldest === undefined) return false
      this.forget(oldest)
    }
    return true
  }

  #account(reception: Reception, bytes: number): void {
    this.#bytes += bytes - reception.bytes
    reception.bytes = bytes
  }

  /** Drops a reception that is in neither queue any more. */
  #drop(reception: Reception): void {
    const wasPending = reception.state === 'pending'
    const { history, owner } = reception
    reception.state = 'forgotten'
    reception.owner = undefined
    history.remove(reception)
    this.#account(reception, 0)
    if (!wasPending) return
    owner?.abandon()
    reception.remote.release()
  }
}
