import { Code, codeClass, codeText } from '../coap/code.ts'
import type {
  Match,
  Notification,
  Observations as ObservationPort,
  ReceivedResponse,
  Request,
  RequestOptions,
  Settle,
} from '../coap/handler.ts'
import { type Peer, sameSubject } from '../coap/peer.ts'
import { bytesKey } from '../lib/bytes.ts'
import type { Clock } from '../lib/clock.ts'
import { CodedError } from '../lib/errors.ts'
import type { PendingRequest, RegisteredDevice } from './device.ts'
import { DeviceRefusal } from './device-refusal.ts'
import type { Outcome, Uplink } from './fact.ts'
import type { FactStamper } from './fact-stamper.ts'
import type { ActiveObservation, ObservationTerms } from './observation.ts'
import { ObservationFacts } from './observation-facts.ts'
import { uriPath } from './path.ts'
import type { Registry } from './registry.ts'
import type { Sample } from './value.ts'

const REGISTER = 0

export interface ObservationOptions {
  readonly clock: Clock
  readonly registry: Registry
  readonly stamper: FactStamper
  readonly uplink: Uplink
}

/** How something is asked. */
export interface AskOptions {
  readonly request?: RequestOptions | undefined
  /** Called when the request is handed to CoAP. */
  readonly sent?: (() => void) | undefined
}

/** How an Observe request ended. */
export type ObserveOutcome = { readonly code: string; readonly samples: readonly Sample[] } | CodedError

/**
 * The information reporting interface (LwM2M Core, 6.4): observations that stand, and the notifications that they
 * bring. They belong to registration and subject, so that an Update from a new address keeps them.
 */
export class Observations implements ObservationPort<ActiveObservation> {
  readonly #byToken = new Map<string, ActiveObservation>()
  readonly #byDevice = new Map<RegisteredDevice, Map<string, ActiveObservation>>()
  readonly #options: ObservationOptions
  readonly #facts: ObservationFacts

  constructor(options: ObservationOptions) {
    this.#options = options
    this.#facts = new ObservationFacts(options.clock, options.stamper)
  }

  match(peer: Peer, token: Uint8Array): Match<ActiveObservation> {
    const observation = this.#byToken.get(bytesKey(token))
    if (observation === undefined) return this.#options.registry.serves(peer) ? 'unknown' : 'foreign'
    const { device } = observation
    const isSame =
      device.subject.kind === 'none'
        ? device.peer.key === peer.key
        : sameSubject(device.subject, peer.subject)
    return isSame ? observation : 'foreign'
  }

  /** CoAP could not take a notification, and has ended the observation by that: news, as it would seem to stand. */
  rejected(observation: ActiveObservation, option: number): void {
    this.forget(observation)
    const reason = `a notification held option ${option}, which is not understood here: it was rejected`
    this.#options.uplink.offer([this.#facts.endedBy(observation, reason)], ignoreOutcome)
  }

  /** Asks for what is observed, without Observe. */
  request({ device, path, terms }: ActiveObservation): Request {
    return requestOf(device, path, terms)
  }

  /** What stands at a device, by path. */
  of(device: RegisteredDevice): ReadonlyMap<string, ActiveObservation> {
    return this.#byDevice.get(device) ?? NONE
  }

  /**
   * Observes a path; one that is observed already is asked again with its token (RFC 7641, 3.3.1) and attributes.
   * @param done called exactly once; when the observation stands, its first values are already on their way up
   */
  start(
    device: RegisteredDevice,
    path: string,
    terms: ObservationTerms,
    done: (outcome: ObserveOutcome) => void,
    options: AskOptions = {},
  ): PendingRequest {
    const known = this.of(device).get(path)
    const { accept } = terms
    const agreed = known === undefined ? terms : { ...known.terms, accept }
    return device.send(
      { ...requestOf(device, path, agreed), observe: REGISTER },
      (outcome, token) => {
        const order = { sequence: undefined, at: 0 }
        const observation = { token, order, device, path, terms: agreed }
        done(outcome instanceof CodedError ? outcome : this.#started(observation, outcome))
      },
      known === undefined ? options.request : { ...options.request, token: known.token },
      options.sent,
    )
  }

  /** Ends an observation without asking: the next notification is answered with RST. */
  forget(observation: ActiveObservation): void {
    const { device, path, token } = observation
    const key = bytesKey(token)
    if (this.#byToken.get(key) === observation) this.#byToken.delete(key)
    if (this.of(device).get(path) === observation) this.#byDevice.get(device)?.delete(path)
  }

  /** Forgets all that a device is observed for. */
  forgetAll(device: RegisteredDevice): void {
    for (const observation of this.of(device).values()) this.#byToken.delete(bytesKey(observation.token))
    this.#byDevice.delete(device)
  }

  /**
   * Takes a notification: it is acknowledged when what it says is safe, and not before. A long one may come when its
   * observation has ended.
   */
  notify(notification: Notification<ActiveObservation>, settle: Settle): void {
    if (this.#byToken.get(bytesKey(notification.observation.token)) !== notification.observation) {
      settle.cancel()
      return
    }
    const facts = this.#facts.ofNotification(notification)
    if (notification.body === 'lost') this.#readAnew(notification.observation)
    if (facts.length === 0) settle.accept()
    else this.#options.uplink.offer(facts, (outcome) => this.#settle(notification, settle, outcome))
  }

  /** The last notification that was refused may come again: its token must still be known then. */
  #settle(notification: Notification<ActiveObservation>, settle: Settle, outcome: Outcome): void {
    const { observation, final, comesAgain } = notification
    if (final && !(outcome === 'refused' && comesAgain)) this.forget(observation)
    if (outcome === 'refused') settle.ignore()
    else settle.accept()
  }

  /** The first answer founds the observation, if it carries an Observe option. */
  #started(observation: ActiveObservation, response: ReceivedResponse): ObserveOutcome {
    const { device, path } = observation
    const code = codeText(response.code)
    const isSuccess = codeClass(response.code) === 2
    if (!isSuccess || response.observe === undefined) this.#lose(device, path, response.code)
    if (!isSuccess) return new DeviceRefusal(response)
    if (response.observe === undefined) {
      this.#options.uplink.offer([this.#facts.values(device, path, response, 'read', false)], ignoreOutcome)
      const reason = `the device answered ${code} to an Observe, but does not observe ${path}`
      return new CodedError('observe_unsupported', reason)
    }
    this.#stand(observation, response)
    const samples = this.#firstSamples(observation, response)
    return samples instanceof CodedError ? samples : { code, samples }
  }

  #stand(observation: ActiveObservation, response: ReceivedResponse): void {
    observation.order.sequence = response.observe
    observation.order.at = response.at
    // Asked for twice at once, it stands twice at the device: the older one's next notification is answered with RST.
    this.#forgetPath(observation.device, observation.path)
    this.#byToken.set(bytesKey(observation.token), observation)
    this.#ofDevice(observation.device).set(observation.path, observation)
  }

  #ofDevice(device: RegisteredDevice): Map<string, ActiveObservation> {
    const known = this.#byDevice.get(device)
    if (known !== undefined) return known
    const observations = new Map<string, ActiveObservation>()
    this.#byDevice.set(device, observations)
    return observations
  }

  #forgetPath(device: RegisteredDevice, path: string): void {
    const observation = this.of(device).get(path)
    if (observation !== undefined) this.forget(observation)
  }

  /** A renewal was not granted: what stood before has ended, and that is news. */
  #lose(device: RegisteredDevice, path: string, code: number): void {
    const observation = this.of(device).get(path)
    if (observation === undefined) return
    this.forget(observation)
    this.#options.uplink.offer([this.#facts.ended(observation, code)], ignoreOutcome)
  }

  #firstSamples(observation: ActiveObservation, response: ReceivedResponse): readonly Sample[] | CodedError {
    const { device, path } = observation
    const observed = this.#facts.observed(observation, response.code)
    const values = this.#facts.values(device, path, response, 'observe', false)
    this.#options.uplink.offer([observed, values], ignoreOutcome)
    return values.type === 'values' ? values.samples : new CodedError(values.code, values.reason)
  }

  /** A lost body was acknowledged at its first block, so that the device will not send it again: it is asked for. */
  #readAnew({ device, path, terms }: ActiveObservation): void {
    this.read(device, path, terms, ignoreResponse)
  }

  /** Reads a path of its own accord: what comes goes up. */
  read(
    device: RegisteredDevice,
    path: string,
    terms: ObservationTerms,
    done: (outcome: ReceivedResponse | CodedError) => void,
    options: AskOptions = {},
  ): void {
    const answered = (outcome: ReceivedResponse | CodedError): void => {
      if (!(outcome instanceof CodedError) && codeClass(outcome.code) === 2) {
        this.#options.uplink.offer([this.#facts.values(device, path, outcome, 'read', false)], ignoreOutcome)
      }
      done(outcome)
    }
    device.send(requestOf(device, path, terms), answered, options.request)
  }
}

const NONE: ReadonlyMap<string, ActiveObservation> = new Map()

function requestOf(device: RegisteredDevice, path: string, { accept, query }: ObservationTerms): Request {
  const request = { code: Code.get, path: uriPath(device.registration, path), accept }
  return query === undefined ? request : { ...request, query }
}

/** First answers are acknowledged by CoAP when they come; there is nothing to take back. */
function ignoreOutcome(): void {}

/** What a Read brings has gone up; that it fails is no news. */
function ignoreResponse(): void {}
