import type { ReceivedResponse, Request, RequestOptions } from '../coap/handler.ts'
import type { Clock } from '../lib/clock.ts'
import { CodedError, type ErrorCode } from '../lib/errors.ts'
import type { Logger } from '../lib/logger.ts'
import type { NewAttributes } from './command.ts'
import type { RegisteredDevice } from './device.ts'
import { DeviceRefusal } from './device-refusal.ts'
import type { ObservationFact, RegisteredObject, Uplink } from './fact.ts'
import type { FactStamper } from './fact-stamper.ts'
import type { ObjectModel } from './model/model.ts'
import type { ActiveObservation, ObservationTerms } from './observation.ts'
import { cancelObservation } from './observation-end.ts'
import type { Observations, ObserveOutcome } from './observations.ts'
import { ObservePacing } from './observe-pacing.ts'
import { type ObserveEntry, ObservePolicy } from './observe-policy.ts'
import { ObserveRound } from './observe-round.ts'
import { attributesRequest } from './operation/attributes.ts'
import { accepted } from './operation/task.ts'
import { parsePath } from './path.ts'

export interface AutoObserverOptions {
  readonly clock: Clock
  /** What is observed at each registration. */
  readonly observe: readonly ObserveEntry[]
  /** Most requests of the policy in a second, at all devices together; undefined is no limit. */
  readonly observeRate?: number | undefined
  readonly model: ObjectModel
  readonly observations: Observations
  readonly stamper: FactStamper
  readonly uplink: Uplink
  readonly logger: Logger
}

/** After these nothing is asked until the device shows itself again: it is not there, or has too much to do. */
const UNAVAILABLE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'coap_no_ack',
  'coap_peer_gone',
  'coap_overload',
  'coap_cancelled',
])
/** What a device may answer to a query that it does not know: Bad Request, Bad Option. */
const QUERY_REFUSED: ReadonlySet<string> = new Set(['4.00', '4.02'])
const NOT_FOUND = '4.04'

/**
 * Asks each device for what the policy wants observed: one thing at a time, so that commands need not wait for all, and
 * the whole fleet at a bounded rate, each device in its turn.
 */
export class AutoObserver {
  readonly #options: AutoObserverOptions
  readonly #policy: ObservePolicy
  readonly #pacing: ObservePacing<ObserveRound>
  readonly #request: RequestOptions
  readonly #rounds = new Map<RegisteredDevice, ObserveRound>()

  constructor(options: AutoObserverOptions) {
    this.#options = options
    this.#policy = new ObservePolicy(options.observe, options.model)
    this.#pacing = new ObservePacing(options.clock, options.observeRate, (round) => this.#turn(round))
    this.#request = { repeated: this.#pacing.spend }
  }

  /** Asks for what is to be observed and is not. */
  observe(device: RegisteredDevice): void {
    const round = this.#roundOf(device)
    this.#plan(round)
    this.#proceed(round)
  }

  /** Somebody does not want this path observed: where the policy does, it is not asked for in this registration. */
  leave(device: RegisteredDevice, path: string): void {
    if (this.#policy.wanted(device).has(path)) this.#roundOf(device).settle(path)
  }

  /** Instances that an Update no longer lists take with them what is observed there, and what is known of it. */
  forgetVanished(device: RegisteredDevice): void {
    const { observations } = this.#options
    const { objects } = device.registration
    for (const observation of [...observations.of(device).values()]) {
      if (!isListed(objects, observation.path)) observations.forget(observation)
    }
    this.#roundOf(device).reopen((path) => !isListed(objects, path))
  }

  /** The registration is over. */
  forget(device: RegisteredDevice): void {
    const round = this.#rounds.get(device)
    if (round === undefined) return
    this.#pacing.leave(round)
    this.#rounds.delete(device)
  }

  stop(): void {
    this.#pacing.stop()
  }

  #roundOf(device: RegisteredDevice): ObserveRound {
    const known = this.#rounds.get(device)
    if (known !== undefined) return known
    const round = new ObserveRound(device)
    this.#rounds.set(device, round)
    return round
  }

  #plan(round: ObserveRound): void {
    const { device } = round
    const standing = this.#options.observations.of(device)
    const wanted = this.#policy.wanted(device)
    for (const [path, attributes] of wanted) {
      if (round.isSettled(path) || isAsWanted(standing.get(path), attributes)) wanted.delete(path)
    }
    const missing = [...this.#policy.missing(device)].filter((path) => !round.isRead(path))
    if (missing.length + wanted.size > 0) round.begin(new Set(missing), wanted)
    else round.end()
  }

  #proceed(round: ObserveRound): void {
    if (!round.isOver && !round.isAsking && !round.device.ended) this.#pacing.enter(round)
  }

  /** Asks the next thing; false: there is nothing left to ask. */
  #turn(round: ObserveRound): boolean {
    const [unread] = round.unread
    if (unread !== undefined) {
      this.#read(round, unread)
      return true
    }
    const standing = this.#options.observations.of(round.device)
    for (const [path, attributes] of round.wanted ?? []) {
      // A command may have come in between.
      if (isAsWanted(standing.get(path), attributes) || round.isSettled(path)) round.wanted?.delete(path)
      else {
        this.#ask(round, path, attributes, standing.get(path))
        return true
      }
    }
    round.end()
    return false
  }

  #read(round: ObserveRound, path: string): void {
    const done = this.#begin(round, () => {
      round.read(path)
      this.#plan(round)
    })
    this.#options.observations.read(round.device, path, {}, done, { request: this.#request })
  }

  #ask(
    round: ObserveRound,
    path: string,
    attributes: NewAttributes | undefined,
    standing: ActiveObservation | undefined,
  ): void {
    const takesQuery = round.device.registration.version === '1.2' && !round.refusesQuery
    const changes = takesQuery ? attributes : changesOf(standing?.terms.attributes, attributes)
    const write = round.prepared === path ? undefined : this.#attributesRequest(round, path, changes)
    if (write !== undefined && !takesQuery) this.#write(round, path, write)
    else if (standing !== undefined) this.#cancel(round, standing)
    else this.#observe(round, path, { attributes, query: write?.query })
  }

  /** Undefined where there is nothing to change, or where these attributes cannot be. */
  #attributesRequest(
    round: ObserveRound,
    path: string,
    attributes: NewAttributes | undefined,
  ): Request | undefined {
    if (attributes === undefined) return undefined
    const { device } = round
    try {
      const place = { device, target: parsePath(path), path, lookup: device, isForced: false }
      return attributesRequest({ attributes }, place)
    } catch (error) {
      if (!(error instanceof CodedError)) throw error
      round.prepared = path
      this.#tell(device, 'attributes-refused', path, error)
      return undefined
    }
  }

  /** What the device does not take is observed all the same, without. */
  #write(round: ObserveRound, path: string, request: Request): void {
    const { device } = round
    const done = this.#begin(round, (outcome) => {
      round.prepared = path
      const answer = accepted(outcome)
      if (!(answer instanceof CodedError) || codeOf(answer) === NOT_FOUND) return
      const type = UNAVAILABLE.has(answer.code) ? 'observation-failed' : 'attributes-refused'
      this.#tell(device, type, path, answer)
    })
    device.send(request, done, this.#request)
  }

  #cancel(round: ObserveRound, standing: ActiveObservation): void {
    const done = this.#begin(round, () => {})
    const { device, path } = standing
    cancelObservation(this.#options.observations, device, path, done, { request: this.#request })
  }

  #observe(round: ObserveRound, path: string, terms: ObservationTerms): void {
    const { device } = round
    const done = this.#begin<ObserveOutcome>(round, (outcome) => {
      const code = outcome instanceof CodedError ? codeOf(outcome) : undefined
      if (terms.query !== undefined && code !== undefined && QUERY_REFUSED.has(code)) {
        round.refusesQuery = true
        return
      }
      round.wanted?.delete(path)
      if (outcome instanceof CodedError) this.#failed(round, path, outcome)
    })
    this.#options.observations.start(device, path, terms, done, { request: this.#request })
  }

  /** The device is being asked; what the answer means is told by `answered`, and then it goes on. */
  #begin<T = ReceivedResponse>(
    round: ObserveRound,
    answered: (outcome: T | CodedError) => void,
  ): (outcome: T | CodedError) => void {
    round.isAsking = true
    return (outcome) => {
      round.isAsking = false
      answered(outcome)
      if (outcome instanceof CodedError && UNAVAILABLE.has(outcome.code)) round.end()
      this.#proceed(round)
    }
  }

  /** A resource that the device does not have is no news; whatever else went wrong is. */
  #failed(round: ObserveRound, path: string, error: CodedError): void {
    const { device } = round
    if (this.#options.observations.of(device).has(path)) return // only its first value could not be read: told
    const code = codeOf(error)
    if (code !== undefined || error.code === 'observe_unsupported') round.settle(path)
    if (code !== NOT_FOUND) this.#tell(device, 'observation-failed', path, error)
  }

  #tell(device: RegisteredDevice, type: ObservationFact['type'], path: string, error: CodedError): void {
    const { logger, stamper, uplink } = this.#options
    const { endpoint } = device.registration
    logger.debug({ endpoint, path, code: error.code, reason: error.message }, type)
    if (error.code === 'coap_cancelled') return
    const fact = { ...stamper.stamp(), endpoint, type, path, reason: error.message }
    const code = codeOf(error)
    uplink.offer([code === undefined ? fact : { ...fact, code }], ignoreOutcome)
  }
}

function isAsWanted(standing: ActiveObservation | undefined, attributes: NewAttributes | undefined): boolean {
  return standing !== undefined && standing.terms.attributes === attributes
}

/** The attributes to write so that these hold and none of those before; undefined where there is nothing to write. */
function changesOf(
  before: NewAttributes | undefined,
  attributes: NewAttributes | undefined,
): NewAttributes | undefined {
  if (before === undefined) return attributes
  const gone = Object.keys(before).map((name) => [name, null])
  return { ...Object.fromEntries(gone), ...attributes }
}

/** CoAP code of the device's answer, where it gave one. */
function codeOf(error: CodedError): string | undefined {
  return error instanceof DeviceRefusal ? error.response : undefined
}

function isListed(objects: readonly RegisteredObject[], path: string): boolean {
  const { object, instance } = parsePath(path)
  const listed = objects.find(({ id }) => id === object)
  return listed !== undefined && (instance === undefined || listed.instances.includes(instance))
}

/** The path is asked for again at the next registration; nobody waits for the event. */
function ignoreOutcome(): void {}
