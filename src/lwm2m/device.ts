import type { Exchange, ReceivedResponse, Request, Requester, RequestOptions } from '../coap/handler.ts'
import type { Peer, Subject } from '../coap/peer.ts'
import { noBytes } from '../lib/bytes.ts'
import type { Timer } from '../lib/clock.ts'
import { CodedError } from '../lib/errors.ts'
import type { RegisteredObject, Registration } from './fact.ts'
import type { DecodeContext } from './format/codec.ts'
import { LastValues } from './last-values.ts'
import type { ResourceLookup } from './model/convert.ts'
import { defaultVersion } from './model/enabler.ts'
import type { ObjectModel, ResourceFacts } from './model/model.ts'

/** What became of a request: exactly one call. `token` is the request's; empty where none was sent. */
export type DeviceResponseHandler = (outcome: ReceivedResponse | CodedError, token: Uint8Array) => void

/** A request that waits for its turn, or for its answer. */
class DeviceRequest {
  readonly request: Request
  readonly handler: DeviceResponseHandler
  readonly options: RequestOptions | undefined
  exchange: Exchange | undefined
  /** Called when the request is handed to CoAP. */
  readonly sent: (() => void) | undefined

  constructor(request: Request, handler: DeviceResponseHandler, options?: RequestOptions, sent?: () => void) {
    this.request = request
    this.handler = handler
    this.options = options
    this.sent = sent
  }
}

/** Handle on a request to a device. */
export interface PendingRequest {
  /** Gives it up: its handler hears `coap_cancelled`, unless it has already been called. */
  cancel(): void
}

/** How many requests may wait for one device. */
const MAX_WAITING = 64

const NONE: readonly RegisteredObject[] = []

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
  /** The object list that `#objects` was made of. */
  #listed: readonly RegisteredObject[] = NONE
  #objects: ReadonlyMap<number, RegisteredObject> = new Map()
  #state: 'answering' | 'open' | 'ended' = 'answering'

  constructor(registration: Registration, peer: Peer, model: ObjectModel, requester: Requester) {
    this.registration = registration
    this.subject = peer.subject
    this.peer = peer
    this.#model = model
    this.#requester = requester
  }

  get ended(): boolean {
    return this.#state === 'ended'
  }

  /** The Register's answer has left: the device may be asked. */
  open(): void {
    if (this.#state !== 'answering') return
    this.#state = 'open'
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
    const pending = new DeviceRequest(request, handler, options, sent)
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
    this.#current?.exchange?.cancel()
  }

  /** The version of an object that this device registered; undefined where it did not list the object. */
  version(object: number): string | undefined {
    return this.#object(object)?.version
  }

  /** What the model says of a resource, in the version that this device registered unless another one is given. */
  resource(object: number, resource: number, version = this.version(object)): ResourceFacts | undefined {
    const known = version ?? defaultVersion(object, this.registration.version)
    return this.#model.object(object, known)?.resources.get(resource)
  }

  /** Instances of an object that the device has listed. */
  instances(object: number): readonly number[] {
    return this.#object(object)?.instances ?? []
  }

  /** Asked for each value of each message: the length of the list must not count. */
  #object(id: number): RegisteredObject | undefined {
    const { objects } = this.registration
    if (this.#listed !== objects) {
      this.#listed = objects
      this.#objects = new Map(objects.map((object) => [object.id, object]))
    }
    return this.#objects.get(id)
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
      pending.exchange?.cancel()
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
    const { request, options } = pending
    const settle = (outcome: ReceivedResponse | CodedError): void => this.#settle(pending, outcome)
    pending.exchange = this.#requester.request(this.peer, request, settle, options)
    pending.sent?.() // after that, so that it may cancel
  }

  #settle(pending: DeviceRequest, outcome: ReceivedResponse | CodedError): void {
    this.#current = undefined
    try {
      pending.handler(outcome, pending.exchange?.token ?? noBytes)
    } finally {
      this.#next()
    }
  }
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
