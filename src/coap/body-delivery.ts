import type { Timer } from '../lib/clock.ts'
import type { Context } from './context.ts'
import type { Settle } from './handler.ts'
import type { OpenDelivery, Remote } from './remote.ts'

/** Milliseconds from a refusal to the next offer: one offer more than these. */
const PAUSES = [2_000, 4_000, 8_000, 16_000]
/** Memory of one delivery besides its body: measured, rounded up. */
const OVERHEAD = 1_024

/** Whose body it is. */
export interface BodyOwner {
  /** Hands the body to the layer above. */
  offer(settle: Settle): void
  /** The delivery is over, whatever became of it; called once. */
  ended(): void
  /** The body was not taken, and will not be offered again; called after `ended`. */
  lost(how: 'lost' | 'overtaken'): void
}

/**
 * A complete body on its way to the layer above. Its device has been told "received" at the first block and will not
 * send it again, so that a body which is refused is kept and offered again: until it is taken, something newer has
 * come, the path to its device is closed, or the last offer has failed. While it is kept, for 30 s at most, it counts
 * among the bodies in blocks (`BlockTransfers`); what is offered is the layer above's to bound.
 */
export class BodyDelivery implements OpenDelivery {
  readonly #context: Context
  readonly #remote: Remote
  readonly #owner: BodyOwner
  readonly #bytes: number
  #offers = 0
  #isOffered = false
  #isOvertaken = false
  /** Runs while the body is kept. */
  #timer: Timer | undefined

  constructor(context: Context, remote: Remote, body: Uint8Array, owner: BodyOwner) {
    this.#context = context
    this.#remote = remote
    this.#owner = owner
    this.#bytes = OVERHEAD + body.buffer.byteLength // a view keeps the whole
  }

  /** Makes the first offer. */
  start(): void {
    this.#offer()
  }

  /** Something newer has come: it is not offered again. One that is offered at the moment may still be taken. */
  overtake(): void {
    this.#isOvertaken = true
    if (!this.#isOffered) this.#lose()
  }

  /** The path to its device is closed. */
  gone(): void {
    this.#lose()
  }

  #offer(): void {
    const offer = ++this.#offers
    this.#isOffered = true
    const end = (): void => {
      if (this.#settles(offer)) this.#owner.ended()
    }
    const ignore = (): void => {
      if (this.#settles(offer)) this.#refused()
    }
    this.#owner.offer({ accept: end, cancel: end, ignore })
  }

  /** Whether this is the first word on the offer that is open. */
  #settles(offer: number): boolean {
    const isFirst = this.#isOffered && offer === this.#offers
    if (isFirst) this.#isOffered = false
    return isFirst
  }

  #refused(): void {
    const pause = PAUSES[this.#offers - 1]
    if (pause === undefined || this.#isOvertaken || !this.#keep()) this.#lose()
    else this.#timer = this.#context.clock.schedule('coap body offer', pause, BodyDelivery.#again, this)
  }

  static #again(delivery: BodyDelivery): void {
    delivery.#release()
    delivery.#offer()
  }

  /** False where nothing can be kept: the path is closed, or there is no memory. */
  #keep(): boolean {
    const remote = this.#remote
    if (remote.closed || !this.#context.transfers.reserve(this.#bytes)) return false
    remote.deliveries ??= new Set()
    remote.deliveries.add(this)
    remote.hold()
    return true
  }

  #release(): void {
    if (this.#timer === undefined) return
    this.#timer.cancel()
    this.#timer = undefined
    this.#context.transfers.release(this.#bytes)
    const { deliveries } = this.#remote
    deliveries?.delete(this)
    if (deliveries?.size === 0) this.#remote.deliveries = undefined
    this.#remote.release()
  }

  #lose(): void {
    this.#release()
    this.#owner.ended()
    this.#owner.lost(this.#isOvertaken ? 'overtaken' : 'lost')
  }
}
