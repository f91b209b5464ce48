import type { Timer } from '../lib/clock.ts'
import type { BlockwiseServer } from './blockwise-server.ts'
import { Code } from './code.ts'
import type { Context } from './context.ts'
import { encode } from './encode.ts'
import { reportFailure } from './failure.ts'
import type { Reply, RequestHandler, Response } from './handler.ts'
import { type Message, MessageType } from './message.ts'
import type { Reception } from './reception.ts'
import type { Remote } from './remote.ts'
import type { BlockRequest } from './request.ts'
import { responseOptions } from './response.ts'
import { Transmission, type TransmissionOwner } from './transmission.ts'

const NOTHING = new Uint8Array(0)

/**
 * One request of a peer, until it has been answered: piggybacked on the ACK where the answer comes at once, else
 * with an empty ACK after the processing delay and a separate response (RFC 7252, 5.2).
 */
export class IncomingRequest implements Reply, TransmissionOwner {
  readonly #context: Context
  readonly #remote: Remote
  readonly #reception: Reception
  readonly #id: number
  readonly #token: Uint8Array
  readonly #isConfirmable: boolean
  readonly #blockwise: BlockwiseServer
  /** What is being handled. */
  #request: BlockRequest | undefined
  /** Monotonic milliseconds while the handler runs: what is answered at once needs no other look at the clock. */
  #now: number | undefined
  #isAcknowledged = false
  #timer: Timer | undefined

  constructor(
    context: Context,
    remote: Remote,
    reception: Reception,
    message: Message,
    blockwise: BlockwiseServer,
  ) {
    this.#context = context
    this.#remote = remote
    this.#reception = reception
    this.#id = message.id
    this.#token = message.token
    this.#isConfirmable = message.type === MessageType.confirmable
    this.#blockwise = blockwise
    reception.owner = this
  }

  /** Hands the request to the handler; one that throws is answered 5.00, without its reasons. */
  handle(handler: RequestHandler, request: BlockRequest): void {
    this.#request = request
    if (request.block1 === undefined && request.block2 === undefined) {
      this.#hand(handler, request)
      return
    }
    const taken = this.#blockwise.take(this.#remote, request)
    if ('handle' in taken) this.#hand(handler, taken.handle)
    else this.respond(taken.respond)
  }

  #hand(handler: RequestHandler, request: BlockRequest): void {
    this.#now = request.at
    try {
      handler(request, this.#remote.peer, this)
    } catch (thrown) {
      reportFailure(this.#context, 'request', this.#remote.peer, thrown)
      this.respond({ code: Code.internalServerError })
    }
    this.#now = undefined
    if (!this.#isConfirmable || this.#reception.state !== 'pending') return
    const { processingDelay } = this.#context.parameters
    this.#timer = this.#context.clock.schedule(
      'coap empty ack',
      processingDelay,
      IncomingRequest.#acknowledge,
      this,
    )
  }

  respond(response: Response, sent?: () => void): void {
    if (this.#reception.state !== 'pending') return
    const request = this.#request
    const fitting = request === undefined ? response : this.#blockwise.fit(this.#remote, request, response)
    const hasLeft = this.#send(fitting)
    this.#timer?.cancel()
    if (hasLeft) sent?.()
  }

  #send(response: Response): boolean {
    if (this.#isAcknowledged) return this.#sendSeparately(response)
    if (!this.#isConfirmable) return this.#sendOnce(response)
    const bytes = this.#encode(MessageType.acknowledgement, this.#id, response)
    this.#context.receptions.settle(this.#reception, bytes, this.#now)
    return this.#remote.send(bytes)
  }

  #sendOnce(response: Response): boolean {
    const bytes = this.#encode(MessageType.nonConfirmable, this.#remote.takeId(), response)
    this.#context.receptions.settle(this.#reception, undefined, this.#now)
    return this.#remote.send(bytes)
  }

  #sendSeparately(response: Response): boolean {
    const id = this.#remote.takeId()
    const bytes = this.#encode(MessageType.confirmable, id, response)
    this.#remote.hold()
    this.#context.receptions.settle(this.#reception, MessageType.acknowledgement)
    const transmission = new Transmission(this.#context, this.#remote, id, bytes, this)
    if (transmission.start()) return true
    this.#remote.release()
    return false
  }

  #encode(type: MessageType, id: number, response: Response): Uint8Array {
    return encode({
      type,
      code: response.code,
      id,
      token: this.#token,
      options: responseOptions(response),
      payload: response.payload ?? NOTHING,
    })
  }

  static #acknowledge(request: IncomingRequest): void {
    request.#isAcknowledged = true
    request.#reception.reply = MessageType.acknowledgement
    request.#remote.sendEmpty(MessageType.acknowledgement, request.#id)
  }

  /** The request is forgotten: no answer to it will leave. */
  abandon(): void {
    this.#timer?.cancel()
  }

  acknowledged(): void {
    this.#remote.release()
  }

  rejected(): void {
    this.#remote.release()
  }

  unanswered(): void {
    this.#remote.release()
  }

  gone(): void {
    this.#remote.release()
  }
}
