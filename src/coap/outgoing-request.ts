import type { Timer } from '../lib/clock.ts'
import { CodedError, type ErrorCode } from '../lib/errors.ts'
import { BlockwiseRequest, needsMore } from './blockwise-request.ts'
import { Code } from './code.ts'
import type { Context } from './context.ts'
import { encode, setMessageId } from './encode.ts'
import { reportFailure } from './failure.ts'
import type { Exchange, ReceivedResponse, Request, RequestOptions, ResponseHandler } from './handler.ts'
import { type Message, MessageType, sameBytes } from './message.ts'
import type { OpenRequest, Remote } from './remote.ts'
import { requestOptions } from './request.ts'
import type { RequestQueue } from './request-queue.ts'
import { type BlockResponse, hasObserve } from './response.ts'
import { Transmission, type TransmissionOwner } from './transmission.ts'

const TOKEN_BYTES = 8
const REGISTER = 0
const DEREGISTER = 1
const NOTHING = new Uint8Array(0)
/** The shortest of all requests: whatever is answered, its token comes back. */
const PROBE: Request = { code: Code.get, path: [] }

/** One request of ours, from the queue to its one outcome: in one exchange, or a series of them for its blocks. */
export class OutgoingRequest implements Exchange, OpenRequest, TransmissionOwner {
  readonly token: Uint8Array
  readonly #context: Context
  readonly #queue: RequestQueue
  readonly #remote: Remote
  readonly #handler: ResponseHandler
  /** Whether an observation has the same token, so that its notifications must be told from the response. */
  readonly #isShared: boolean
  readonly #observe: number | undefined
  readonly #request: Request
  readonly #pause: (() => number) | undefined
  /** Undefined while it is a matter of one message and its answer. */
  #blocks: BlockwiseRequest | undefined
  /** Of the message under way: the first one's is `token`. */
  #token: Uint8Array
  #bytes: Uint8Array
  /** The message that waits until the peer has answered a probe. */
  #held: { readonly token: Uint8Array; readonly bytes: Uint8Array } | undefined
  #state: 'waiting' | 'sent' | 'acknowledged' | 'done' = 'waiting'
  #transmission: Transmission | undefined
  #timer: Timer | undefined

  /**
   * @param blocks what comes after `request`, where it is the first of several messages
   * @throws CodedError coap_format for a token or an option that is too long
   */
  constructor(
    context: Context,
    queue: RequestQueue,
    remote: Remote,
    request: Request,
    handler: ResponseHandler,
    options: RequestOptions,
    blocks: BlockwiseRequest | undefined,
  ) {
    this.#context = context
    this.#queue = queue
    this.#remote = remote
    this.#handler = handler
    this.#isShared = options.token !== undefined
    this.#observe = request.observe
    this.token = options.token ?? context.random.bytes(TOKEN_BYTES)
    this.#request = request
    this.#pause = options.pause
    this.#blocks = blocks
    this.#token = this.token
    this.#bytes = this.#encode(request)
  }

  #encode(request: Request): Uint8Array {
    return encode({
      type: MessageType.confirmable,
      code: request.code,
      id: 0,
      token: this.#token,
      options: requestOptions(request),
      payload: request.payload ?? NOTHING,
    })
  }

  /** Its turn has come: sends it; or first a probe, where it is more than an unverified address may be sent. */
  begin(): void {
    this.#state = 'sent'
    if (!this.#remote.allowance.covers(this.#bytes.length)) this.#probe()
    const id = this.#remote.takeId()
    setMessageId(this.#bytes, id)
    this.#transmission = new Transmission(this.#context, this.#remote, id, this.#bytes, this)
    if (this.#transmission.start()) return
    // Not before the caller has returned: it must have the exchange when its handler is called.
    this.#timer = this.#context.clock.schedule('coap refusal', 0, OutgoingRequest.#lost, this)
  }

  #probe(): void {
    this.#held = { token: this.#token, bytes: this.#bytes }
    this.#token = this.#context.random.bytes(TOKEN_BYTES)
    this.#bytes = this.#encode(PROBE)
  }

  static #lost(request: OutgoingRequest): void {
    request.gone()
  }

  /**
   * Whether a message is the response. With the token of an observation, a message with an Observe option may as
   * well be a notification that was on its way before the device saw the request.
   */
  awaits(message: Message): boolean {
    if (!sameBytes(this.#token, message.token)) return false
    if (message.type === MessageType.acknowledgement) return message.id === this.#transmission?.id
    if (this.#state === 'waiting') return false
    if (!this.#isShared || this.#token !== this.token || !hasObserve(message)) return true
    return this.#state === 'acknowledged' && this.#observe !== DEREGISTER
  }

  founds(token: Uint8Array): boolean {
    if (this.#isShared || this.#token === this.token) return false // what is renewed stands already
    return this.#observe === REGISTER && sameBytes(this.token, token)
  }

  acknowledged(): void {
    this.#state = 'acknowledged'
    const { responseTimeout } = this.#context.parameters
    this.#timer = this.#context.clock.schedule(
      'coap response',
      responseTimeout,
      OutgoingRequest.#unresponded,
      this,
    )
    this.#queue.free(this.#remote)
  }

  static #unresponded(request: OutgoingRequest): void {
    request.#silent(request.#error('coap_no_response', 'acknowledged the request, and never responded'))
  }

  pause(): number {
    return this.#pause?.() ?? 0
  }

  rejected(): void {
    this.#finish(this.#error('coap_reset', 'answered the request with RST'))
  }

  unanswered(): void {
    this.#silent(this.#error('coap_no_ack', 'acknowledged no transmission of the request'))
  }

  gone(): void {
    this.#finish(this.#error('coap_peer_gone', 'cannot be reached any more: its path is closed'))
  }

  answer(response: BlockResponse): void {
    this.#prove()
    if (this.#held !== undefined) this.#release(this.#held)
    else this.#take(response)
  }

  #take(response: BlockResponse): void {
    if (this.#blocks === undefined && !needsMore(response)) {
      this.#finish(response)
      return
    }
    this.#blocks ??= new BlockwiseRequest(this.#request, this.#remote, this.#context)
    const step = this.#blocks.next(response)
    if ('ask' in step) this.#again(step.ask)
    else this.#finish(step.outcome)
  }

  /** Who knows a token that was made for this message has received it. That of an observation others may know. */
  #prove(): void {
    if (!this.#isShared || this.#token !== this.token) this.#remote.allowance.isVerified = true
  }

  #release({ token, bytes }: { readonly token: Uint8Array; readonly bytes: Uint8Array }): void {
    this.#proceed(token, bytes)
  }

  /** The peer says nothing any more: where that may be the link's fault, it is asked again. */
  #silent(error: CodedError): void {
    const request = this.#blocks?.retry()
    if (request === undefined) this.#finish(error)
    else this.#again(request)
  }

  /**
   * Sends the next message, with the turn that it has or before the others that wait. Its token is a new one, so that
   * no late answer to another block is taken for its own; that of an observation belongs to the observation.
   */
  #again(request: Request): void {
    this.#token = request.observe === undefined ? this.#context.random.bytes(TOKEN_BYTES) : this.token
    this.#proceed(this.#token, this.#encode(request))
  }

  #proceed(token: Uint8Array, bytes: Uint8Array): void {
    const hasTurn = this.#state === 'sent'
    this.#rest()
    this.#held = undefined
    this.#token = token
    this.#bytes = bytes
    this.#state = 'waiting'
    if (hasTurn) this.begin()
    else this.#queue.resume(this.#remote, this)
  }

  refuse(option: number): void {
    this.#prove()
    if (this.#held !== undefined) {
      this.#release(this.#held)
      return
    }
    const reason = `responded with option ${option}, which is not understood here`
    this.#finish(this.#error('coap_bad_response', reason))
  }

  fail(error: CodedError): void {
    this.#finish(error)
  }

  cancel(): void {
    if (this.#state === 'done') return
    const hadTurn = this.#end()
    if (hadTurn) this.#queue.freeLater(this.#remote)
    this.#tell(this.#error('coap_cancelled', 'was not waited for: the request was cancelled'))
  }

  #finish(outcome: ReceivedResponse | CodedError): void {
    if (this.#state === 'done') return
    const hadTurn = this.#end()
    if (hadTurn) this.#queue.free(this.#remote)
    this.#tell(outcome)
  }

  /** Ends it; returns whether it had the turn, which is now another's. */
  #end(): boolean {
    const hadTurn = this.#state === 'sent'
    this.#state = 'done'
    this.#rest()
    this.#blocks?.end()
    this.#queue.leave(this.#remote, this)
    return hadTurn
  }

  #rest(): void {
    this.#timer?.cancel()
    this.#transmission?.abandon()
  }

  #tell(outcome: ReceivedResponse | CodedError): void {
    try {
      this.#handler(outcome)
    } catch (thrown) {
      reportFailure(this.#context, 'response', this.#remote.peer, thrown)
    }
  }

  #error(code: ErrorCode, reason: string): CodedError {
    const { address } = this.#remote.peer
    return new CodedError(code, `${address} ${reason}`, { place: address })
  }
}
