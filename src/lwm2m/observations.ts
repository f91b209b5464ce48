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
import { SmallMap } from '../lib/small-map.ts'
import type { PendingRequest, Question, RegisteredDevice } from './device.ts'
import { DeviceRefusal } from './device-refusal.ts'
import type { DeviceFact, Outcome, Uplink } from './fact.ts'
import type { FactStamper } from './fact-stamper.ts'
import { ActiveObservation, type ObservationTerms } from './observation.ts'
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
  /** Called when its turn at the device has come: an error keeps it from being sent. */
  readonly refuse?: (() => CodedError | undefined) | undefined
}

/** What stands at one device, by path. */
export type ObservationsByPath = Omit<SmallMap<string, ActiveObservation>, 'set' | 'delete'>

/** What stands at one device. */
interface Standing {
  readonly byPath: SmallMap<string, ActiveObservation>
  changes: number
}

/** Whether a notification is the last of its observation. */
type Last = Pick<Notification<ActiveObservation>, 'observation' | 'final' | 'comesAgain'>

/** How an Observe request ended. */
export type ObserveOutcome = { readonly code: string; readonly samples: readonly Sample[] } | CodedError

/**
 * The information reporting interface (LwM2M Core, 6.4): observations that stand, and the notifications that they
 * bring. They belong to registration and subject, so that an Update from a new address keeps them.
 */
export class Observations implements ObservationPort<ActiveObservation> {
  readonly #byToken = new Map<string, ActiveObservation>()
  readonly #byDevice = new Map<RegisteredDevice, Standing>()
  /** Paths of which an Observe is under way, or waits. */
  readonly #starting = new Map<RegisteredDevice, string[]>()
  readonly #options: ObservationOptions
  readonly #facts: ObservationFacts

  constructor(options: ObservationOptions) {
    this.#options = options
    this.#facts = new ObservationFacts(options.stamper)
  }

  match(peer: Peer, token: Uint8Array): Match<ActiveObservation> {
    const observation = this.#byToken.get(bytesKey(token))
    if (observation === undefined) return this.#options.registry.serves(peer) ? 'unknown' : 'foreign'
    const { device } = observation
    return isAt(device, peer) ? observation : 'foreign'
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
  of(device: RegisteredDevice): ObservationsByPath {
    return this.#byDevice.get(device)?.byPath ?? NONE
  }

  /** Another number whenever something else stands at a device. */
  changes(device: RegisteredDevice): number {
    return this.#byDevice.get(device)?.changes ?? 0
  }

  /** Whether an Observe of this path is under way, or waits. */
  isStarting(device: RegisteredDevice, path: string): boolean {
    return this.#starting.get(device)?.includes(path) === true
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
    let agreed = terms
    const decide = (): Question | CodedError => {
      const refusal = options.refuse?.()
      if (refusal !== undefined) return refusal
      const known = this.of(device).get(path)
      const { accept, isOfPolicy } = terms
      if (known !== undefined) agreed = { ...known.terms, accept, isOfPolicy }
      const renewed = known === undefined ? undefined : { token: known.token }
      const request = { ...requestOf(device, path, agreed), observe: REGISTER }
      return { request, options: { ...options.request, ...renewed } }
    }
    const answered = (outcome: ReceivedResponse | CodedError, token: Uint8Array): void => {
      this.#startEnded(device, path)
      if (outcome instanceof CodedError) done(outcome)
      else done(this.#started(new ActiveObservation(device, path, token, agreed), outcome))
    }
    const starting = this.#starting.get(device) ?? []
    this.#starting.set(device, starting)
    starting.push(path)
    return device.sendInTurn(decide, answered, options.sent)
  }

  #startEnded(device: RegisteredDevice, path: string): void {
    const starting = this.#starting.get(device) ?? []
    starting.splice(starting.indexOf(path), 1)
    if (starting.length === 0) this.#starting.delete(device)
  }

  /** Ends an observation without asking: the next notification is answered with RST. */
  forget(observation: ActiveObservation): void {
    const { device, path } = observation
    this.#fall(observation)
    const standing = this.#byDevice.get(device)
    if (standing?.byPath.get(path) !== observation) return
    standing.byPath.delete(path)
    standing.changes++
  }

  /** Forgets all that a device is observed for. */
  forgetAll(device: RegisteredDevice): void {
    for (const observation of this.of(device).values()) this.#fall(observation)
    this.#byDevice.delete(device)
  }

  /** Its token is unknown from now on. */
  #fall(observation: ActiveObservation): void {
    if (!observation.isStanding) return
    observation.isStanding = false
    this.#byToken.delete(observation.key)
  }

  /**
   * Takes a notification: it is acknowledged when what it says is safe, and not before. A long one may come when its
   * observation has ended, or is renewed: it was acknowledged at its first block, so that it is told all the same.
   */
  notify(notification: Notification<ActiveObservation>, settle: Settle): void {
    const { observation } = notification
    const { isStanding } = observation
    const facts = isStanding ? this.#facts.ofNotification(notification) : this.#factsOfEnded(notification)
    if (isStanding && notification.body === 'lost') this.#readAnew(observation)
    const { final, comesAgain } = notification
    const last = { observation, final, comesAgain } // the payload is not to be kept while the offer is open
    if (facts.length === 0) settle.accept()
    else this.#options.uplink.offer(facts, (outcome) => this.#settle(last, settle, outcome))
  }

  /** What has come since may be newer, and of a device that has gone nothing is told but that. */
  #factsOfEnded(notification: Notification<ActiveObservation>): DeviceFact[] {
    const { endpoint } = notification.observation.device.registration
    const isThere = this.#options.registry.byEndpoint(endpoint) !== undefined
    if (!isThere || notification.body !== 'complete') return [this.#facts.bodyOfEnded(notification)]
    return this.#facts.ofNotification({ ...notification, fresh: false, final: false })
  }

  /** The last notification that was refused may come again: its token must still be known then. */
  #settle({ observation, final, comesAgain }: Last, settle: Settle, outcome: Outcome): void {
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
      this.#options.uplink.offer(
        [this.#facts.values({ device, path }, response, 'read', false)],
        ignoreOutcome,
      )
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
    // Asked again where a device has moved, it may stand there twice: of the other token RST is said.
    this.#forgetPath(observation.device, observation.path)
    this.#byToken.set(observation.key, observation)
    observation.isStanding = true
    const standing = this.#ofDevice(observation.device)
    standing.byPath.set(observation.path, observation)
    standing.changes++
  }

  #ofDevice(device: RegisteredDevice): Standing {
    const known = this.#byDevice.get(device)
    if (known !== undefined) return known
    const standing = { byPath: new SmallMap<string, ActiveObservation>(), changes: 0 }
    this.#byDevice.set(device, standing)
    return standing
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
    const observed = this.#facts.observed(observation, response.code)
    const values = this.#facts.values(observation, response, 'observe', false)
    this.#options.uplink.offer([observed, values], ignoreOutcome)
    return values.type === 'values' ? values.samples : new CodedError(values.code, values.reason)
  }

  /** A lost body was acknowledged at its first block, so that the device will not send it again: it is asked for. */
  #readAnew({ device, path, terms: { accept } }: ActiveObservation): void {
    this.read(device, path, { accept }, ignoreResponse)
  }

  /** Reads a path of its own accord: what comes goes up. */
  read(
    device: RegisteredDevice,
    path: string,
    terms: Pick<ObservationTerms, 'accept'>,
    done: (outcome: ReceivedResponse | CodedError) => void,
    options: AskOptions = {},
  ): void {
    const answered = (outcome: ReceivedResponse | CodedError): void => {
      if (!(outcome instanceof CodedError) && codeClass(outcome.code) === 2) {
        this.#options.uplink.offer(
          [this.#facts.values({ device, path }, outcome, 'read', false)],
          ignoreOutcome,
        )
      }
      done(outcome)
    }
    const question = { request: requestOf(device, path, terms), options: options.request }
    device.sendInTurn(() => options.refuse?.() ?? question, answered, options.sent)
  }
}

const NONE: ObservationsByPath = new SmallMap<string, ActiveObservation>()

/** Whether a peer is the device: by its credential, or by its address where it has none. Mostly it is the same object. */
function isAt(device: RegisteredDevice, peer: Peer): boolean {
  if (device.peer === peer) return true
  if (device.subject.kind !== 'none') return sameSubject(device.subject, peer.subject)
  return device.peer.key === peer.key
}

function requestOf(device: RegisteredDevice, path: string, { accept, query }: ObservationTerms): Request {
  const request = { code: Code.get, path: uriPath(device.registration, path), accept }
  return query === undefined ? request : { ...request, query }
}

/** First answers are acknowledged by CoAP when they come; there is nothing to take back. */
function ignoreOutcome(): void {}

/** What a Read brings has gone up; that it fails is no news. */
function ignoreResponse(): void {}
