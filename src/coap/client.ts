import { CodedError } from '../lib/errors.ts'
import type { Arrival } from './arrival.ts'
import { blockBytes } from './block-option.ts'
import { BlockwiseRequest } from './blockwise-request.ts'
import type { Context } from './context.ts'
import type { Exchange, Request, RequestOptions, ResponseHandler } from './handler.ts'
import { type Message, MessageType } from './message.ts'
import { OutgoingRequest } from './outgoing-request.ts'
import type { Peer } from './peer.ts'
import { RefusedRequest } from './refused-request.ts'
import type { OpenRequest, Remote } from './remote.ts'
import { RequestQueue } from './request-queue.ts'
import { type BlockResponse, readResponse } from './response.ts'

/** The side of an endpoint that asks: requests of ours, and the responses to them. */
export class Client {
  readonly #context: Context
  readonly #queue: RequestQueue
  readonly #refused = new Set<RefusedRequest>()
  #stopped = false

  constructor(context: Context) {
    this.#context = context
    this.#queue = new RequestQueue(context)
  }

  /** Requests that have no outcome yet. */
  get open(): number {
    return this.#queue.open
  }

  request(peer: Peer, request: Request, handler: ResponseHandler, options: RequestOptions = {}): Exchange {
    const remote = this.#admit(peer)
    if (remote instanceof CodedError) return this.#refuse(peer, remote, handler)
    if (!this.#isForBlocks(remote, request)) return this.#enter(remote, request, handler, options, undefined)
    const blocks = new BlockwiseRequest(request, remote, this.#context)
    const first = blocks.first()
    if (first instanceof CodedError) return this.#refuse(peer, first, handler)
    return this.#enter(remote, first, handler, options, blocks)
  }

  /**
   * Fetches what is missing of a response that was too long for one message, such as a notification.
   * @param request what it would be asked for with
   * @param part its first block
   */
  fetchRest(peer: Peer, request: Request, part: BlockResponse, handler: ResponseHandler): Exchange {
    const remote = this.#admit(peer)
    if (remote instanceof CodedError) return this.#refuse(peer, remote, handler)
    const blocks = new BlockwiseRequest(request, remote, this.#context)
    const step = blocks.next(part)
    if ('ask' in step) return this.#enter(remote, step.ask, handler, {}, blocks)
    blocks.end()
    return this.#refuse(peer, step.outcome, handler)
  }

  #admit(peer: Peer): Remote | CodedError {
    const { address } = peer
    if (this.#stopped) {
      return new CodedError('coap_cancelled', `${address} was not asked: the endpoint has stopped`, {
        place: address,
      })
    }
    const remote = this.#context.remotes.obtain(peer)
    if (remote !== undefined && this.#queue.hasRoom(remote)) return remote
    if (remote !== undefined) this.#context.counters.overload++ // else it has been counted
    return new CodedError('coap_overload', `${address} was not asked: too many requests are waiting`, {
      place: address,
    })
  }

  /** Whether a request may not be a single message; rather, that is seen from the response. */
  #isForBlocks(remote: Remote, { payload }: Request): boolean {
    const { blockSize } = this.#context.parameters
    if (blockSize < 1_024) return true
    return (
      payload !== undefined &&
      payload.length > (remote.szx === undefined ? blockSize : blockBytes(remote.szx))
    )
  }

  #enter(
    remote: Remote,
    request: Request,
    handler: ResponseHandler,
    options: RequestOptions,
    blocks: BlockwiseRequest | undefined,
  ): Exchange {
    const outgoing = new OutgoingRequest(
      this.#context,
      this.#queue,
      remote,
      request,
      handler,
      options,
      blocks,
    )
    this.#queue.enter(remote, outgoing)
    return outgoing
  }

  #refuse(peer: Peer, outcome: Parameters<ResponseHandler>[0], handler: ResponseHandler): Exchange {
    return new RefusedRequest(this.#context, peer, outcome, handler, this.#refused)
  }

  /** Takes an ACK with a response, if that belongs to a request of ours to this very peer. */
  piggybacked(remote: Remote, arrival: Arrival): boolean {
    const request = this.#awaiting(remote, arrival.message)
    if (request === undefined) return false
    this.#deliver(request, readResponse(arrival.message, arrival.at, arrival.seen))
    return true
  }

  /** Takes a separate response, if it belongs to a request of ours to this very peer, and acknowledges it. */
  separate(remote: Remote, arrival: Arrival): boolean {
    const { message, bytes, at } = arrival
    const request = this.#awaiting(remote, message)
    if (request === undefined) return this.#isFounding(remote, message)
    const reception = this.#context.receptions.admit(remote, message.id, bytes, at)
    if (reception === undefined) return true // no room: its repetition may find some
    const response = readResponse(message, at, arrival.seen)
    const isConfirmable = message.type === MessageType.confirmable
    const answer = typeof response === 'number' ? MessageType.reset : MessageType.acknowledgement
    this.#context.receptions.settle(reception, isConfirmable ? answer : undefined, at)
    if (isConfirmable) remote.sendEmpty(answer, message.id)
    this.#deliver(request, response)
    return true
  }

  /** Fails all requests to one peer that will not be reached again. */
  fail(remote: Remote, code: 'coap_peer_gone' | 'coap_cancelled', why: string): void {
    remote.turn?.cancel()
    const { address } = remote.peer
    for (const request of [...remote.requests]) {
      request.fail(new CodedError(code, `${address} cannot be asked any more: ${why}`, { place: address }))
    }
  }

  stop(): void {
    this.#stopped = true
    for (const request of [...this.#refused]) request.cancel()
  }

  /**
   * Whether a message is a notification of an observation whose first answer is still being fetched: nobody knows it
   * yet, and a RST would end it. It is met with silence, and comes again if it is confirmable.
   */
  #isFounding(remote: Remote, message: Message): boolean {
    for (const request of remote.requests) if (request.founds(message.token)) return true
    return false
  }

  #awaiting(remote: Remote, message: Message): OpenRequest | undefined {
    for (const request of remote.requests) if (request.awaits(message)) return request
    return undefined
  }

  #deliver(request: OpenRequest, response: BlockResponse | number): void {
    if (typeof response !== 'number') {
      request.answer(response)
      return
    }
    this.#context.counters.badOptions++
    request.refuse(response)
  }
}
