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
 * come, the path to its device is closed, or the last offer has failed. It is kept for 30 s at most besides the time that
 * its offers take, and counts among the bodies in blocks (`BodyPool`) until its end, offered or not.
 */
export class BodyDelivery implements OpenDelivery {
  readonly #context: Context
  readonly #remote: Remote
  readonly #owner: BodyOwner
  readonly #bytes: number
  #offers = 0
  #isOffered = false
  #isOvertaken = false
  /** Runs while the body waits to be offered again. */
  #timer: Timer | undefined
  #isCounted = false

  constructor(context: Context, remote: Remote, body: Uint8Array, owner: BodyOwner) {
    this.#context = context
    this.#remote = remote
    this.#owner = owner
    this.#bytes = OVERHEAD + body.buffer.byteLength // a view keeps the whole
  }

  /** Makes the first offer; where there is no memory for the body, it is lost at once. */
  start(): void {
    this.#isCounted = this.#context.bodies.reserveFor(this.#remote, this.#bytes)
    if (this.#isCounted) this.#offer()
    else this.#lose()
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
      if (this.#settles(offer)) this.#end()
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
    if (pause === undefined || this.#isOvertaken || !this.#wait(pause)) this.#lose()
  }

  static #again(delivery: BodyDelivery): void {
    delivery.#wake()
    delivery.#offer()
  }

  /** False where the path to the device is closed. */
  #wait(pause: number): boolean {
    const remote = this.#remote
    if (remote.closed) return false
    remote.deliveries ??= new Set()
    remote.deliveries.add(this)
    remote.hold()
    this.#timer = this.#context.clock.schedule('coap body offer', pause, BodyDelivery.#again, this)
    return true
  }

  #wake(): void {
    if (this.#timer === undefined) return
    this.#timer.cancel()
    this.#timer = undefined
    const { deliveries } = this.#remote
    deliveries?.delete(this)
    if (deliveries?.size === 0) this.#remote.deliveries = undefined
    this.#remote.release()
  }

  #end(): void {
    this.#wake()
    if (this.#isCounted) this.#context.bodies.releaseFor(this.#remote, this.#bytes)
    this.#isCounted = false
    this.#owner.ended()
  }

  #lose(): void {
    this.#end()
    this.#owner.lost(this.#isOvertaken ? 'overtaken' : 'lost')
  }
}
