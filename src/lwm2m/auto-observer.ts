import type { ReceivedResponse, Request, RequestOptions } from '../coap/handler.ts'
import type { Clock } from '../lib/clock.ts'
import { CodedError, type ErrorCode } from '../lib/errors.ts'
import type { Logger } from '../lib/logger.ts'
import type { NewAttributes } from './command.ts'
import type { RegisteredDevice } from './device.ts'
import { codeOf } from './device-refusal.ts'
import type { ObservationFact, Uplink } from './fact.ts'
import type { FactStamper } from './fact-stamper.ts'
import type { ObjectModel } from './model/model.ts'
import type { ActiveObservation, ObservationTerms } from './observation.ts'
import { cancelObservation } from './observation-end.ts'
import type { Observations, ObserveOutcome } from './observations.ts'
import { changesOf, isAsWanted, requestFor } from './observe-attributes.ts'
import { ObservePacing } from './observe-pacing.ts'
import { isSameBasis, planBasis } from './observe-plan.ts'
import { type ObserveEntry, ObservePolicy } from './observe-policy.ts'
import { ObserveRound } from './observe-round.ts'
import { accepted } from './operation/task.ts'

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
/** A request was not sent when its turn at the device came: it is looked at again in the next turn of the policy. */
const NOT_NOW = new CodedError('coap_cancelled', 'it was not the time to ask')

/** How the policy asks. */
interface PolicyAsk {
  readonly request: RequestOptions
  readonly refuse: () => CodedError | undefined
}

/**
 * Asks each device for what the policy wants observed: one thing at a time, so that commands need not wait for all, and
 * the whole fleet at a bounded rate, each device in its turn.
 */
export class AutoObserver {
  readonly #options: AutoObserverOptions
  #policy: ObservePolicy
  readonly #pacing: ObservePacing<ObserveRound>
  readonly #request: RequestOptions
  readonly #rounds = new Map<RegisteredDevice, ObserveRound>()

  constructor(options: AutoObserverOptions) {
    this.#options = options
    this.#policy = new ObservePolicy(options.observe, options.model)
    this.#pacing = new ObservePacing(options.clock, options.observeRate, (round) => this.#turn(round))
    this.#request = { pause: this.#pacing.take }
  }

  /** The device has shown itself: asks for what is to be observed and is not. */
  observe(device: RegisteredDevice): void {
    const round = this.#roundOf(device)
    round.isRenewed = round.isAsking
    round.retry()
    this.#plan(round)
    this.#proceed(round)
  }

  /**
   * Another policy holds from now on, for the devices that are there as well. What it does not want, and nobody asked
   * for by a command, is forgotten: the next notification is answered with RST (RFC 7641, 3.6).
   * @throws CodedError `path_invalid`; the old policy goes on then
   */
  replace(entries: readonly ObserveEntry[], devices: Iterable<RegisteredDevice>): void {
    this.#policy = new ObservePolicy(entries, this.#options.model)
    for (const device of devices) {
      this.#forgetUnwanted(device)
      this.#roundOf(device).basis = undefined
      this.observe(device)
    }
  }

  #forgetUnwanted(device: RegisteredDevice): void {
    const { observations } = this.#options
    const { paths } = this.#policy.wanted(device)
    for (const observation of [...observations.of(device).values()]) {
      if (observation.terms.isOfPolicy === true && !paths.has(observation.path))
        observations.forget(observation)
    }
  }

  /** Somebody does not want this path observed: where the policy does, it is not asked for in this registration. */
  leave(device: RegisteredDevice, path: string): void {
    if (this.#policy.wanted(device).paths.has(path)) this.#roundOf(device).settle(path)
  }

  /** Instances that an Update no longer lists take with them what is observed there, and what is known of it. */
  forgetVanished(device: RegisteredDevice): void {
    const { observations } = this.#options
    for (const observation of [...observations.of(device).values()]) {
      if (!device.lists(observation.path)) observations.forget(observation)
    }
    this.#roundOf(device).reopen((path) => !device.lists(path))
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

  /** An Update comes often, and hardly ever changes what there is to ask. */
  #plan(round: ObserveRound): void {
    const { device, basis } = round
    const needed = this.#policy.needed(device)
    const now = planBasis(device, this.#options.observations, [...needed])
    if (basis !== undefined && isSameBasis(basis, now)) return
    round.basis = now
    const { paths, excess } = this.#policy.wanted(device)
    for (const [path, attributes] of paths) if (this.#isDone(round, path, attributes)) paths.delete(path)
    this.#tellExcess(round, excess)
    const unread = [...needed].filter((path) => !round.isRead(path))
    if (unread.length + paths.size > 0) round.begin(new Set(unread), paths)
    else round.end()
  }

  #proceed(round: ObserveRound): void {
    if (!round.isOver && !round.isAsking && !round.device.ended) this.#pacing.enter(round)
  }

  /** Whether there is no need to ask for a path; it is left alone where somebody else observes it. */
  #isDone(round: ObserveRound, path: string, attributes: NewAttributes | undefined): boolean {
    const { observations } = this.#options
    const { device } = round
    if (round.isSettled(path) || isAsWanted(observations.of(device).get(path), attributes)) return true
    if (round.isAsking || !observations.isStarting(device, path)) return false
    round.basis = undefined // who asks for it may fail
    return true
  }

  #tellExcess(round: ObserveRound, excess: ReadonlySet<string>): void {
    const isNews = round.excess !== excess.size
    round.excess = excess.size
    const [path] = excess
    if (path === undefined || !isNews) return
    const reason = `the policy means too many paths of this device: ${excess.size} are left out, from this one on`
    this.#tell(round.device, 'observation-failed', path, new CodedError('observe_excess', reason))
  }

  /** Asks the next thing, if there is any. */
  #turn(round: ObserveRound): void {
    const [unread] = round.unread
    if (unread !== undefined) {
      this.#read(round, unread)
      return
    }
    const standing = this.#options.observations.of(round.device)
    for (const [path, attributes] of round.wanted ?? []) {
      // A command may have come in between.
      if (this.#isDone(round, path, attributes)) round.wanted?.delete(path)
      else {
        this.#ask(round, path, attributes, standing.get(path))
        return
      }
    }
    round.end()
  }

  #read(round: ObserveRound, path: string): void {
    const done = this.#begin(round, (outcome) => {
      const isAnswered = !(outcome instanceof CodedError)
      if (isAnswered && accepted(outcome) !== outcome) round.device.values.forget(path)
      round.read(path, isAnswered)
      this.#plan(round)
    })
    const refuse = (): CodedError | undefined => this.#refusal(!round.unread.has(path))
    this.#options.observations.read(round.device, path, {}, done, { request: this.#request, refuse })
  }

  /** What keeps a request from being sent when the device has time for it: in between, much may have happened. */
  #refusal(isNeedless: boolean): CodedError | undefined {
    return isNeedless || !this.#pacing.isFree ? NOT_NOW : undefined
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
    const refuse = (): CodedError | undefined =>
      this.#refusal(round.wanted?.has(path) !== true || this.#isDone(round, path, attributes))
    const options = { request: this.#request, refuse }
    if (write !== undefined && !takesQuery) this.#write(round, path, write, options)
    else if (standing !== undefined) this.#cancel(round, standing, options)
    else this.#observe(round, path, { isOfPolicy: true, attributes, query: write?.query }, options)
  }

  /** Undefined where there is nothing to change, or where these attributes cannot be. */
  #attributesRequest(
    round: ObserveRound,
    path: string,
    attributes: NewAttributes | undefined,
  ): Request | undefined {
    if (attributes === undefined) return undefined
    const request = requestFor(round.device, path, attributes)
    if (!(request instanceof CodedError)) return request
    round.prepared = path
    this.#tell(round.device, 'attributes-refused', path, request)
    return undefined
  }

  /** What the device does not take is observed all the same, without. */
  #write(round: ObserveRound, path: string, write: Request, { request: options, refuse }: PolicyAsk): void {
    const { device } = round
    const done = this.#begin(round, (outcome) => {
      round.prepared = path
      const answer = accepted(outcome)
      if (!(answer instanceof CodedError) || codeOf(answer) === NOT_FOUND) return
      const type = UNAVAILABLE.has(answer.code) ? 'observation-failed' : 'attributes-refused'
      this.#tell(device, type, path, answer)
    })
    device.sendInTurn(() => refuse() ?? { request: write, options }, done)
  }

  #cancel(round: ObserveRound, { device, path }: ActiveObservation, options: PolicyAsk): void {
    const done = this.#begin(round, () => {})
    cancelObservation(this.#options.observations, device, path, done, options)
  }

  #observe(round: ObserveRound, path: string, terms: ObservationTerms, options: PolicyAsk): void {
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
    this.#options.observations.start(device, path, terms, done, options)
  }

  /** The device is being asked; what the answer means is told by `answered`, and then it goes on. */
  #begin<T = ReceivedResponse>(
    round: ObserveRound,
    answered: (outcome: T | CodedError) => void,
  ): (outcome: T | CodedError) => void {
    round.isAsking = true
    return (outcome) => {
      round.isAsking = false
      if (outcome !== NOT_NOW) {
        answered(outcome)
        if (outcome instanceof CodedError && UNAVAILABLE.has(outcome.code)) this.#giveUp(round)
      }
      round.isRenewed = false
      this.#proceed(round)
    }
  }

  /** The device is not there, unless it has shown itself since it was asked. */
  #giveUp(round: ObserveRound): void {
    round.end()
    round.basis = undefined
    if (!round.isRenewed || round.device.ended) return
    round.retry()
    this.#plan(round)
  }

  /** A resource that the device does not have is no news; whatever else went wrong is. */
  #failed(round: ObserveRound, path: string, error: CodedError): void {
    const { device } = round
    if (this.#options.observations.of(device).has(path)) return // only its first value could not be read: told
    const code = codeOf(error)
    if (code !== undefined || error.code === 'observe_unsupported') round.settle(path)
    else round.basis = undefined
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

/** The path is asked for again at the next registration; nobody waits for the event. */
function ignoreOutcome(): void {}
