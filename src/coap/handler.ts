import type { CodedError } from '../lib/errors.ts'
import type { Peer, Seen } from './peer.ts'

/**
 * What CoAP offers to the layer above, as plain data: requests and responses in both directions, without message
 * types, ids or retransmissions. Options that have no field here stand in `options`, undecoded.
 */

/** An option as on the wire: number and value (RFC 7252, 3.1). */
export interface Option {
  readonly number: number
  readonly value: Uint8Array
}

/** A request that a peer sent, or that we send to a peer. Codes are the CoAP byte: 0.01 GET is 1, 2.05 is 69. */
export interface Request {
  readonly code: number
  readonly path: readonly string[]
  readonly query?: readonly string[]
  readonly contentFormat?: number | undefined
  readonly accept?: number | undefined
  /** 0 registers, 1 deregisters (RFC 7641, 2). */
  readonly observe?: number | undefined
  readonly options?: readonly Option[]
  readonly payload?: Uint8Array
}

/** A request as it came in. Its payload and option values stay as they are for as long as anyone keeps them. */
export interface ReceivedRequest extends Request {
  readonly query: readonly string[]
  readonly options: readonly Option[]
  readonly payload: Uint8Array
  readonly confirmable: boolean
  /** Monotonic milliseconds of its arrival. */
  readonly at: number
  readonly seen?: Seen | undefined
}

export interface Response {
  readonly code: number
  readonly contentFormat?: number | undefined
  readonly locationPath?: readonly string[]
  /** Sequence number of a notification, 24 bits; absent when the response founds or continues no observation. */
  readonly observe?: number | undefined
  /** Seconds. */
  readonly maxAge?: number | undefined
  readonly options?: readonly Option[]
  readonly payload?: Uint8Array
}

/** Answers one request, at once or later; later means an empty ACK and a separate response. */
export interface Reply {
  /**
   * Responds; only the first call counts.
   * @param sent called when the response has left: it opens the way for our first request to this device
   */
  respond(response: Response, sent?: () => void): void
}

/** One for each listener (LwM2M, bootstrap, files). It runs once for each request, however often that is repeated. */
export type RequestHandler = (request: ReceivedRequest, peer: Peer, reply: Reply) => void

/**
 * The ordering state of one observation (RFC 7641, 3.4). Made by the layer above from the response that founded the
 * observation (its `observe` and `at`), kept up to date by CoAP.
 */
export interface ObservationOrder {
  /** Sequence number of the newest notification, undefined before the first. */
  sequence: number | undefined
  /** When that arrived, in monotonic milliseconds. */
  at: number
}

/** What CoAP must know of an observation; the layer above extends it. */
export interface Observation {
  readonly token: Uint8Array
  readonly order: ObservationOrder
}

/**
 * Whose token is this? `unknown`: nobody's, and the peer is one we serve, so a CON is answered with RST.
 * `foreign`: it belongs to someone else, or the peer is a stranger: silence. `loading`: too early to tell: silence.
 */
export type Match<O extends Observation> = O | 'unknown' | 'foreign' | 'loading'

export interface Observations<O extends Observation> {
  match(peer: Peer, token: Uint8Array): Match<O>
  /**
   * A confirmable notification had to be answered with RST, which has ended its observation at the device.
   * @param option number of the critical option that is not understood (RFC 7252, 5.4.1)
   */
  rejected(observation: O, option: number): void
  /** The request that founded it, without Observe: what the rest of a long notification is fetched with. */
  request(observation: O): Request
}

export interface Notification<O extends Observation> {
  readonly observation: O
  readonly response: Response & { readonly payload: Uint8Array; readonly options: readonly Option[] }
  /** Whether it comes again if it is ignored: from the device, or a body in blocks from our own memory. */
  readonly comesAgain: boolean
  /** False for one that was overtaken (RFC 7641, 3.4): its values are history, not the present. */
  readonly fresh: boolean
  /** True when it ends the observation: an error code, or no Observe option. */
  readonly final: boolean
  /**
   * `lost`: it was too long for one message, and its rest did not come or the whole was ignored too often;
   * `overtaken`: a newer one came before that one was through. The response may be a part. Both are acknowledged all
   * the same: that is done at the first block (RFC 7959, 3.4).
   */
  readonly body: 'complete' | 'lost' | 'overtaken'
  readonly at: number
  readonly seen?: Seen | undefined
}

/**
 * How a notification ends; only the first call counts. Until then a confirmable one stays unacknowledged and its
 * repetitions are silent.
 */
export interface Settle {
  /** It is safe: ACK. */
  accept(): void
  /** It could not be delivered: silence; a repetition of it is handled again. A body in blocks is offered again. */
  ignore(): void
  /** Nobody wants it: RST, which ends the observation. */
  cancel(): void
}

export type NotifyHandler<O extends Observation> = (
  notification: Notification<O>,
  settle: Settle,
  peer: Peer,
) => void

/** What became of a request of ours: exactly one call, never before `request` has returned. */
export type ResponseHandler = (outcome: ReceivedResponse | CodedError) => void

export interface ReceivedResponse extends Response {
  readonly payload: Uint8Array
  readonly options: readonly Option[]
  readonly at: number
  readonly seen?: Seen | undefined
}

/** A request of ours under way. */
export interface Exchange {
  readonly token: Uint8Array
  /** Gives it up: the handler hears `coap_cancelled`, unless it has already been called. */
  cancel(): void
}

export interface RequestOptions {
  /** The token of an observation that this request renews or cancels; else eight random bytes. */
  readonly token?: Uint8Array
  /**
   * Called before each message of this request, repetitions and further ones included: milliseconds that it has to
   * wait before it is sent.
   */
  readonly pause?: () => number
}

/** Sends requests to peers. The LwM2M layer needs no more of the endpoint than this. */
export interface Requester {
  request(peer: Peer, request: Request, handler: ResponseHandler, options?: RequestOptions): Exchange
  /**
   * Somebody who was at this peer is elsewhere now: what is being fetched there of notifications is lost, as far as
   * their observations do not match there any more.
   */
  left(peer: Peer): void
}
