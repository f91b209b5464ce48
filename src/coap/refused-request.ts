import type { Timer } from '../lib/clock.ts'
import { CodedError } from '../lib/errors.ts'
import type { Context } from './context.ts'
import { reportFailure } from './failure.ts'
import type { Exchange, ResponseHandler } from './handler.ts'
import type { Peer } from './peer.ts'

type Outcome = Parameters<ResponseHandler>[0]

const NOTHING = new Uint8Array(0)

/**
 * A request that could not even be queued. It fails as soon as the caller has returned, so that the caller has the
 * exchange when its handler is called.
 */
export class RefusedRequest implements Exchange {
  readonly token = NOTHING
  readonly #context: Context
  readonly #peer: Peer
  readonly #outcome: Outcome
  readonly #handler: ResponseHandler
  readonly #others: Set<RefusedRequest>
  readonly #timer: Timer

  /** @param others where it stands until its handler has been called */
  constructor(
    context: Context,
    peer: Peer,
    outcome: Outcome,
    handler: ResponseHandler,
    others: Set<RefusedRequest>,
  ) {
    this.#context = context
    this.#peer = peer
    this.#outcome = outcome
    this.#handler = handler
    this.#others = others
    this.#timer = context.clock.schedule('coap refusal', 0, RefusedRequest.#fail, this)
    others.add(this)
  }

  cancel(): void {
    const { address } = this.#peer
    this.#tell(new CodedError('coap_cancelled', `${address} was not asked: cancelled`, { place: address }))
  }

  static #fail(request: RefusedRequest): void {
    request.#tell(request.#outcome)
  }

  #tell(outcome: Outcome): void {
    if (!this.#others.delete(this)) return
    this.#timer.cancel()
    try {
      this.#handler(outcome)
    } catch (thrown) {
      reportFailure(this.#context, 'response', this.#peer, thrown)
    }
  }
}
