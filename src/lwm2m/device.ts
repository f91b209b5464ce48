import { Code } from '../coap/code.ts'
import type { Exchange, ReceivedResponse, Request, Requester, RequestOptions } from '../coap/handler.ts'
import type { Peer, Subject } from '../coap/peer.ts'
import { findAscending } from '../lib/ascending.ts'
import { noBytes } from '../lib/bytes.ts'
import type { Timer } from '../lib/clock.ts'
import { CodedError } from '../lib/errors.ts'
import type { RegisteredObject, Registration } from './fact.ts'
import type { DecodeContext } from './format/codec.ts'
import { LastValues } from './last-values.ts'
import type { ResourceLookup } from './model/convert.ts'
import { defaultVersion } from './model/enabler.ts'
import type { ObjectFacts, ObjectModel, ResourceFacts } from './model/model.ts'
import { parsePath } from './path.ts'

/** What became of a request: exactly one call. `token` is the request's; empty where none was sent. */
export type DeviceResponseHandler = (outcome: ReceivedResponse | CodedError, token: Uint8Array) => void

/** What a device is asked. */
export interface Question {
  readonly request: Request
  readonly options?: RequestOptions | undefined
}

/** Decides what is asked when its turn comes; an error where there is nothing to ask any more. */
export type Decision = () => Question | CodedError

/** A request that waits for its turn, or for its answer. */
class DeviceRequest {
  readonly ask: Question | Decision
  readonly handler: DeviceResponseHandler
  /** Called when the request is handed to CoAP. */
  readonly sent: (() => void) | undefined
  /** Where it is under way; undefined while it waits. */
  attempt: Attempt | undefined

  constructor(ask: Question | Decision, handler: DeviceResponseHandler, sent?: () => void) {
    this.ask = ask
    this.handler = handler
    this.sent = sent
  }
}

/** One sending of a request: there is a second one where the device has moved. */
interface Attempt {
  readonly question: Question
  readonly peer: Peer
  exchange: Exchange | undefined
}

/** Handle on a request to a device. */
export interface PendingRequest {
  /** Gives it up: its handler hears `coap_cancelled`, unless it has already been called. */
  cancel(): void
}

/** How many requests may wait for one device. */
const MAX_WAITING = 64

/**
 * A device that is registered, from its Register to its end: where it is, who it is, and what it is asked. Requests
 * go out one at a time, and none before the answer to the Register has left.
 */
export class RegisteredDevice {
  registration: Registration
  readonly subject: Subject
  /** Where it was last heard with Register or Update. */
  peer: Peer
  expiry: Timer | undefined
  /** A new registration of the same endpoint goes on with them. */
  values = new LastValues()
  readonly #model: ObjectModel
  readonly #requester: Requester
  readonly #waiting: DeviceRequest[] = []
  #current: DeviceRequest | undefined
  #state: 'answering' | 'open' | 'ended' = 'answering'
  /** Where it was asked so far. */
  #peerBefore: Peer

  constructor(registration: Registration, peer: Peer, model: ObjectModel, requester: Requester) {
    this.registration = registration
    this.subject = peer.subject
    this.peer = peer
    this.#peerBefore = peer
    this.#model = model
    this.#requester = requester
  }

  get ended(): boolean {
    return this.#state === 'ended'
  }

  /** The answer to a Register or Update has left: the device may be asked, where it was heard with that. */
  open(): void {
    if (this.#state === 'ended') return
    this.#state = 'open'
    const before = this.#peerBefore
    this.#peerBefore = this.peer
    this.#follow()
    if (before.key !== this.peer.key) this.#requester.left(before)
    this.#next()
  }

  /**
   * Sends a request after those that wait. The handler is called exactly once, with the response or an error.
   * @param sent called when it is this request's turn
   */
  send(
    request: Request,
    handler: DeviceResponseHandler,
    options?: RequestOptions,
    sent?: () => void,
  ): PendingRequest {
    return this.sendInTurn({ request, options }, handler, sent)
  }

  /** As `send`, of what may depend on the requests before it. */
  sendInTurn(ask: Question | Decision, handler: DeviceResponseHandler, sent?: () => void): PendingRequest {
    const pending = new DeviceRequest(ask, handler, sent)
    if (this.#state === 'ended') {
      handler(
        new CodedError('coap_cancelled', `the registration of ${this.registration.endpoint} has ended`),
        noBytes,
      )
    } else if (this.#waiting.length >= MAX_WAITING) {
      handler(
        new CodedError('coap_overload', `${MAX_WAITING} requests wait for ${this.registration.endpoint}`),
        noBytes,
      )
    } else {
      this.#waiting.push(pending)
      this.#next()
    }
    return { cancel: () => this.#cancel(pending) }
  }

  /** The registration is over: whatever was asked fails with `coap_cancelled`. */
  end(): void {
    if (this.#state === 'ended') return
    this.#state = 'ended'
    this.expiry?.cancel()
    for (const pending of this.#waiting.splice(0)) this.#fail(pending)
    this.#current?.attempt?.exchange?.cancel()
  }

  /** The version of an object that this device registered; undefined where it did not list the object. */
  version(object: number): string | undefined {
    return this.#object(object)?.version
  }

  /** What the model says of a resource, in the version that this device registered unless another one is given. */
  resource(object: number, resource: number, version = this.version(object)): ResourceFacts | undefined {
    return this.object(object, version)?.resources.get(resource)
  }

  /** What the model says of an object, in the version that this device registered unless another one is given. */
  object(id: number, version = this.version(id)): ObjectFacts | undefined {
    return this.#model.object(id, version ?? defaultVersion(id, this.registration.version))
  }

  /** Instances of an object that the device has listed. */
  instances(object: number): readonly number[] {
    return this.#object(object)?.instances ?? []
  }

  /** Whether the device has listed the object of a path, and its instance. */
  lists(path: string): boolean {
    const { object, instance } = parsePath(path)
    const listed = this.#object(object)
    if (listed === undefined || instance === undefined) return listed !== undefined
    return findAscending(listed.instances, instance, Number) === instance
  }

  /** Asked for each value of each message. */
  #object(id: number): RegisteredObject | undefined {
    return findAscending(this.registration.objects, id, idOf)
  }

  /** @param lookup gives the types, where they are not those of the registered versions */
  decodeContext(base: string, now: number, lookup: ResourceLookup = this): DecodeContext {
    return new DeviceDecodeContext(this, base, now, lookup)
  }

  #fail(pending: DeviceRequest): void {
    pending.handler(
      new CodedError('coap_cancelled', 'the request was given up before it was answered'),
      noBytes,
    )
  }

  #cancel(pending: DeviceRequest): void {
    if (pending === this.#current) {
      pending.attempt?.exchange?.cancel()
      return
    }
    const index = this.#waiting.indexOf(pending)
    if (index < 0) return
    this.#waiting.splice(index, 1)
    this.#fail(pending)
  }

  #next(): void {
    if (this.#state !== 'open' || this.#current !== undefined) return
    const pending = this.#waiting.shift()
    if (pending === undefined) return
    this.#current = pending
    const question = typeof pending.ask === 'function' ? pending.ask() : pending.ask
    if (question instanceof CodedError) {
      this.#settle(pending, question)
      return
    }
    this.#ask(pending, question)
    pending.sent?.() // after that, so that it may cancel
  }

  #ask(pending: DeviceRequest, question: Question): void {
    const attempt: Attempt = { question, peer: this.peer, exchange: undefined }
    pending.attempt = attempt
    const settle = (outcome: ReceivedResponse | CodedError): void => {
      if (pending.attempt === attempt) this.#settle(pending, outcome)
    }
    attempt.exchange = this.#requester.request(this.peer, question.request, settle, question.options)
  }

  /**
   * Whoever was asked at an address that the device has left will not answer: what may be carried out twice is asked
   * anew where the device is now, all else fails. The old exchange is over in both cases.
   */
  #follow(): void {
    const pending = this.#current
    const attempt = pending?.attempt
    if (pending === undefined || attempt === undefined || attempt.peer.key === this.peer.key) return
    const { question, exchange } = attempt
    if (isRepeatable(question.request)) {
      this.#ask(pending, question)
    } else {
      pending.attempt = undefined
      const place = this.peer.address
      const reason = `the device went from ${attempt.peer.address} to ${place} before it answered`
      this.#settle(pending, new CodedError('device_moved', reason, { place }))
    }
    exchange?.cancel()
  }

  #settle(pending: DeviceRequest, outcome: ReceivedResponse | CodedError): void {
    this.#current = undefined
    try {
      pending.handler(outcome, pending.attempt?.exchange?.token ?? noBytes)
    } finally {
      this.#next()
    }
  }
}

function idOf({ id }: RegisteredObject): number {
  return id
}

/**
 * Whether it does no harm to be carried out twice: safe methods (RFC 7252, 5.1), and Write-Attributes, a PUT without a
 * payload. Not so a Write, which may start something, or a Delete, which fails the second time.
 */
function isRepeatable({ code, payload }: Request): boolean {
  return code === Code.get || code === Code.fetch || (code === Code.put && payload === undefined)
}

class DeviceDecodeContext implements DecodeContext {
  readonly base: string
  readonly now: number
  readonly #device: RegisteredDevice
  readonly #lookup: ResourceLookup

  constructor(device: RegisteredDevice, base: string, now: number, lookup: ResourceLookup) {
    this.#device = device
    this.#lookup = lookup
    this.base = base
    this.now = now
  }

  get alternatePath(): string {
    return this.#device.registration.alternatePath
  }

  resource(object: number, resource: number): ResourceFacts | undefined {
    return this.#lookup.resource(object, resource)
  }

  instances(object: number): readonly number[] {
    return this.#device.instances(object)
  }
}
