import type { Context } from './context.ts'
import type { ObservationOrder, Settle } from './handler.ts'
import { type EmptyType, MessageType } from './message.ts'
import { isNewer } from './order.ts'
import type { Reception } from './reception.ts'

/** One notification of a peer, until the layer above has said what becomes of it. */
export class IncomingNotification implements Settle {
  readonly #context: Context
  readonly #reception: Reception
  readonly #isConfirmable: boolean
  readonly #order: ObservationOrder
  #sequence: number | undefined
  #sequenceBefore: number | undefined
  #atBefore: number
  #isOpen = true

  /** @param at when it came, in monotonic milliseconds */
  constructor(
    context: Context,
    reception: Reception,
    isConfirmable: boolean,
    order: ObservationOrder,
    at: number,
  ) {
    this.#context = context
    this.#reception = reception
    this.#isConfirmable = isConfirmable
    this.#order = order
    this.#sequenceBefore = order.sequence
    this.#atBefore = order.at
    // Nobody waits for an answer to a NON: however many of them are under way, they leave room for those that do.
    if (isConfirmable) reception.owner = this
    else context.receptions.settle(reception, undefined, at)
  }

  /**
   * Puts it in its place among the others of its observation; returns whether it is the newest. One without a
   * sequence number is no notification any more, and has the last word.
   */
  rank(sequence: number | undefined, at: number): boolean {
    if (sequence === undefined) return true
    if (!isNewer(this.#order, sequence, at)) return false
    this.#sequence = sequence
    this.#order.sequence = sequence
    this.#order.at = Math.ceil(at) // a fraction would be an object of its own
    return true
  }

  accept(): void {
    if (this.#close() && this.#isConfirmable) this.#answer(MessageType.acknowledgement)
  }

  cancel(): void {
    if (this.#close()) this.#answer(MessageType.reset)
  }

  ignore(): void {
    if (!this.#close()) return
    this.#context.receptions.forget(this.#reception)
    this.abandon()
  }

  /** It is forgotten before it was safe. */
  abandon(): void {
    this.#isOpen = false
    // Its repetition must find the order that it found, or it would be taken for an old one.
    if (this.#sequence === undefined || this.#order.sequence !== this.#sequence) return
    this.#order.sequence = this.#sequenceBefore
    this.#order.at = this.#atBefore
  }

  /** Whether this is the first word on it, and it is remembered still. */
  #close(): boolean {
    const isOpen = this.#isOpen && this.#reception.state !== 'forgotten'
    this.#isOpen = false
    return isOpen
  }

  #answer(type: EmptyType): void {
    const { remote, id } = this.#reception
    if (this.#isConfirmable) this.#context.receptions.settle(this.#reception, type)
    else this.#reception.reply = type // it has been settled, in silence, since it came
    remote.sendEmpty(type, id)
  }
}
