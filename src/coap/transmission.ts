import type { Timer } from '../lib/clock.ts'
import type { Context } from './context.ts'
import type { Remote, Unacknowledged } from './remote.ts'

/** Whose message it is, and who wants to know what becomes of it. Each calls at most one of these, once. */
export interface TransmissionOwner {
  acknowledged(): void
  /** The peer answered RST. */
  rejected(): void
  /** Milliseconds that the next transmission has to wait; none where this is missing. */
  pause?(): number
  /** No answer to any transmission. */
  unanswered(): void
  /** The path to the peer went away between two transmissions. */
  gone(): void
}

/**
 * One confirmable message on its way: sent, and sent again at doubling intervals until it is acknowledged
 * (RFC 7252, 4.2). With the default parameters a silent peer is given up after 62 to 93 s, and the pauses that its
 * owner has made.
 */
export class Transmission implements Unacknowledged {
  readonly id: number
  readonly #context: Context
  readonly #remote: Remote
  readonly #bytes: Uint8Array
  readonly #owner: TransmissionOwner
  #timeout: number
  #left: number
  #timer: Timer | undefined

  /** @param bytes the encoded message, with `id` in it */
  constructor(context: Context, remote: Remote, id: number, bytes: Uint8Array, owner: TransmissionOwner) {
    const { ackTimeout, ackRandomFactor, maxRetransmit } = context.parameters
    this.id = id
    this.#context = context
    this.#remote = remote
    this.#bytes = bytes
    this.#owner = owner
    this.#timeout = ackTimeout + context.random.integer(Math.floor(ackTimeout * (ackRandomFactor - 1)) + 1)
    this.#left = maxRetransmit
  }

  /** Sends for the first time, now or after a pause; false: the path is gone, and nothing is under way. */
  start(): boolean {
    const pause = this.#owner.pause?.() ?? 0
    if (pause > 0) this.#timer = this.#context.clock.schedule('coap pause', pause, Transmission.#late, this)
    return pause > 0 || this.#begin()
  }

  #begin(): boolean {
    if (!this.#remote.send(this.#bytes)) return false
    this.#remote.unacknowledged.push(this)
    this.#await()
    return true
  }

  static #late(transmission: Transmission): void {
    if (!transmission.#begin()) transmission.#owner.gone()
  }

  acknowledged(): void {
    this.abandon()
    this.#owner.acknowledged()
  }

  rejected(): void {
    this.abandon()
    this.#owner.rejected()
  }

  /** Ends it without a word to its owner. */
  abandon(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    const { unacknowledged } = this.#remote
    const index = unacknowledged.indexOf(this)
    if (index >= 0) unacknowledged.splice(index, 1)
  }

  #await(): void {
    this.#timer = this.#context.clock.schedule(
      'coap retransmission',
      this.#timeout,
      Transmission.#overdue,
      this,
    )
  }

  static #overdue(transmission: Transmission): void {
    transmission.#retransmit()
  }

  #retransmit(): void {
    if (this.#left === 0) {
      this.abandon()
      this.#owner.unanswered()
      return
    }
    this.#left--
    this.#timeout *= 2
    const pause = this.#owner.pause?.() ?? 0
    if (pause > 0) this.#timer = this.#context.clock.schedule('coap pause', pause, Transmission.#again, this)
    else this.#repeat()
  }

  static #again(transmission: Transmission): void {
    transmission.#repeat()
  }

  #repeat(): void {
    this.#context.counters.retransmissions++
    if (this.#remote.send(this.#bytes)) {
      this.#await()
      return
    }
    this.abandon()
    this.#owner.gone()
  }
}
