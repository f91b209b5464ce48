import type { Clock } from '../lib/clock.ts'
import { CodedError } from '../lib/errors.ts'
import type { Logger } from '../lib/logger.ts'
import { Throttle } from '../lib/throttle.ts'
import type { DeviceSnapshot } from '../lwm2m/command.ts'
import type { Fact } from '../lwm2m/fact.ts'
import type {
  CommandState,
  GatewayState,
  Mapped,
  Mapping,
  Order,
  Read,
  Rejection,
  ReplyTo,
  Report,
  Triggered,
} from '../mapping/mapping.ts'
import type { OrderResult } from '../mapping/order-command.ts'
import { changedFiles } from '../mapping/placement.ts'
import type { Message, Publication } from '../mapping/publication.ts'
import { withFarewells, withoutParts } from '../mapping/rule/parts.ts'
import type { Failure, MappingTimer } from '../mapping/run.ts'
import type { Telling } from './announcement.ts'
import { HeldBack } from './held-back.ts'
import { outdated } from './outdated.ts'
import { Placements } from './placements.ts'
import { type RetainedLedger, removal, type TopicKey } from './retained-ledger.ts'
import { States } from './states.ts'

export interface MapperOptions {
  readonly mapping: Mapping
  readonly snapshot: (endpoint: string) => DeviceSnapshot
  /** What the broker keeps, as far as the queue has taken it. */
  readonly ledger: RetainedLedger
  /**
   * Takes what is published of the mapping's own accord.
   * @param lost called when the broker does not get it
   */
  readonly publish: (publication: Publication, lost: () => void) => void
  readonly clock: Clock
  readonly logger: Logger
}

const NO_PUBLICATIONS: readonly Publication[] = []
const NOWHERE = { publications: [], gone: [], before: undefined, now: undefined }
/** Keys of the state that filters use (`rule/publish-rule.ts`): what was published last. */
const LAST = 'last/'

/**
 * The mapping at work: gives it the device, the time and its state, and keeps what it gives back. What it reports of
 * itself is bounded.
 */
export class Mapper {
  readonly #options: MapperOptions
  readonly #states = new States()
  readonly #heldBack: HeldBack
  readonly #ledger: RetainedLedger
  readonly #placements = new Placements()
  readonly #throttle: Throttle
  /** Tells apart what is reported at the same time. */
  #reports = 0
  #mapping: Mapping

  constructor(options: MapperOptions) {
    this.#options = options
    this.#mapping = options.mapping
    const { clock, logger, ledger } = options
    this.#ledger = ledger
    this.#heldBack = new HeldBack(clock, (endpoint, timer) => this.#due(endpoint, timer))
    this.#throttle = new Throttle({
      ...{ name: 'failing mappings', clock, perSecond: 1, burst: 10, reportAfter: 60_000 },
      report: (suppressed) =>
        logger.warn({ code: 'mapping_failed', suppressed }, 'mappings failed more often'),
    })
  }

  /**
   * Another mapping takes over, at once: what comes from now on is mapped by it alone.
   * @returns what has to be published for it to hold for the devices that are there; and what takes away the retained
   *   topics that it does not have
   */
  replace(mapping: Mapping, devices: Iterable<DeviceSnapshot>): Iterable<Telling> {
    this.#mapping = mapping
    const at = this.#options.clock.wall()
    const endpoints: string[] = []
    for (const device of devices) {
      endpoints.push(device.registration?.endpoint ?? '')
      for (const failure of mapping.adopt(device, at).failures) this.#complain(failure)
    }
    return this.#renewAll(endpoints)
  }

  /** What holds for those that are registered, and what is outdated of whoever the broker knows. */
  *#renewAll(endpoints: readonly string[]): Generator<Telling> {
    for (const endpoint of endpoints) yield () => this.#renewNow(endpoint)
    for (const endpoint of this.#ledger.endpoints()) yield () => this.#clear(endpoint)
  }

  /** Of a device that has gone by its turn, nothing is told. */
  #renewNow(endpoint: string): readonly Publication[] {
    const device = this.#options.snapshot(endpoint)
    return device.registration === undefined ? NO_PUBLICATIONS : this.#renew(endpoint, device)
  }

  /** Takes away what rules that there are no more have told of a device that has gone. */
  #clear(endpoint: string): readonly Publication[] {
    const device = this.#options.snapshot(endpoint)
    if (device.registration !== undefined) return NO_PUBLICATIONS
    const known = this.#ledger.topics(endpoint)
    const rules = this.#mapping.rules(device)
    return this.#remove(endpoint, outdated({ ...NOWHERE, endpoint, known, rules }))
  }

  /**
   * What filters know of the old mapping, or the old name, does not hold any more.
   * @param isMoving only the files count that were not for the device before, or called it otherwise
   */
  #renew(endpoint: string, device: DeviceSnapshot, isMoving = false): readonly Publication[] {
    const before = this.#placements.placeOf(endpoint)
    const now = this.#mapping.placement(endpoint, device)
    const isMoved = this.#placements.move(endpoint, now)
    if (isMoving && !isMoved) return NO_PUBLICATIONS
    const files = isMoving ? changedFiles(before, now) : undefined
    this.distrust(endpoint, files)
    const known = this.#ledger.topics(endpoint)
    const at = this.#options.clock.wall()
    const publications = this.#keep(
      endpoint,
      this.#mapping.renew(device, at, this.#states.get(endpoint), files),
    )
    const rules = this.#mapping.rules(device)
    const gone = device.registration === undefined ? [] : this.#ledger.outdated(device.registration)
    const keys = outdated({ endpoint, known, publications, rules, gone, before, now })
    return [...publications, ...this.#remove(endpoint, keys)]
  }

  /** Where a device was is of interest as long as the broker keeps anything of it. */
  #leave(endpoint: string): void {
    if (this.#ledger.topics(endpoint).size === 0) this.#placements.forget(endpoint)
  }

  get filters(): readonly string[] {
    return this.#mapping.filters
  }

  /** What is to be published of a fact. */
  up(fact: Fact): readonly Publication[] {
    const endpoint = fact.endpoint ?? ''
    const mapped = this.#mapping.up(fact, this.#options.snapshot(endpoint), this.#states.get(endpoint))
    const publications = this.#keep(endpoint, mapped)
    // What filters compare with is the broker's no more: rules have taken it away, or may have.
    if (fact.type === 'deregistered' || fact.type === 'expired') {
      this.distrust(endpoint)
      this.#heldBack.forget(endpoint)
      this.#leave(endpoint)
      return publications
    }
    const moved = this.#mapping.isMoving(fact) ? this.#move(endpoint) : NO_PUBLICATIONS
    if (moved.length > 0) return [...publications, ...moved]
    if (!('registration' in fact)) return publications
    const vanished = this.#remove(endpoint, this.#ledger.outdated(fact.registration))
    return vanished.length > 0 ? [...publications, ...vanished] : publications
  }

  /** The files that are for a device may be others now, or call it otherwise: then it is as at a reload, for this one. */
  #move(endpoint: string): readonly Publication[] {
    const device = this.#options.snapshot(endpoint)
    return device.registration === undefined ? NO_PUBLICATIONS : this.#renew(endpoint, device, true)
  }

  /** Takes retained messages of a device away, and what is known of their parts. */
  #remove(endpoint: string, keys: readonly TopicKey[]): readonly Publication[] {
    if (keys.length === 0) return NO_PUBLICATIONS
    this.#ledger.condemn(keys)
    const removals = keys.map(removal)
    const state = this.#states.get(endpoint)
    const left = withoutParts(state, new Set(removals.map(({ topic }) => topic)))
    if (left !== state) this.#states.set(endpoint, left)
    return removals
  }

  /**
   * What was published last did not arrive: filters must not take it for known.
   * @param files only those of these; else all
   */
  distrust(endpoint: string, files?: ReadonlySet<string>): void {
    const state = this.#states.get(endpoint)
    const isMeant = (key: string): boolean => files?.has(key.split('/', 2)[1] ?? '') ?? true
    const kept = Object.entries(state).filter(([key]) => !(key.startsWith(LAST) && isMeant(key)))
    if (kept.length < Object.keys(state).length) this.#states.set(endpoint, Object.fromEntries(kept))
  }

  /** It will not reach the broker: what was told of it must not be taken for known. */
  lost({ topic, origin }: Publication): void {
    if (origin === undefined) return
    const { endpoint } = origin
    this.distrust(endpoint)
    if (origin.farewells !== undefined)
      this.#states.set(endpoint, withFarewells(this.#states.get(endpoint), topic, origin))
  }

  /**
   * Forgets a device that is not registered, and takes away all that the broker keeps of it.
   * @throws CodedError `device_registered`, `endpoint_unknown` where nothing is known of it
   */
  forget(endpoint: string): readonly Publication[] {
    if (this.#options.snapshot(endpoint).registration !== undefined) {
      const reason = `'${endpoint}' is registered, and would come back: it has to deregister, or to expire, first`
      throw new CodedError('device_registered', reason)
    }
    const keys = [...this.#ledger.topics(endpoint).keys()]
    const isKnown = keys.length > 0 || Object.keys(this.#states.get(endpoint)).length > 0
    if (!isKnown) throw new CodedError('endpoint_unknown', `nothing is known of '${endpoint}'`)
    this.#states.set(endpoint, {})
    this.#placements.forget(endpoint)
    return this.#remove(endpoint, keys)
  }

  read(message: Message, serial: string): Read {
    return this.#mapping.down(message, serial, this.#options.clock.wall(), this.#options)
  }

  /** What a message of another topic sets off, device by device; undefined for nothing. */
  triggered(
    message: Message,
    serial: string,
    devices: Iterable<DeviceSnapshot>,
  ): Iterable<Telling> | undefined {
    const triggered = this.#mapping.triggered(message, serial, this.#options.clock.wall())
    if (triggered === undefined) return undefined
    const { endpoints } = triggered
    const meant =
      endpoints === undefined ? devices : endpoints.map((endpoint) => this.#options.snapshot(endpoint))
    return this.#tellAll(triggered, meant)
  }

  *#tellAll(triggered: Triggered, devices: Iterable<DeviceSnapshot>): Generator<Telling> {
    for (const { registration } of devices) {
      const { endpoint } = registration ?? {}
      if (endpoint !== undefined) yield () => this.#tell(triggered, endpoint)
    }
  }

  #tell(triggered: Triggered, endpoint: string): readonly Publication[] {
    const device = this.#options.snapshot(endpoint)
    if (device.registration === undefined) return NO_PUBLICATIONS
    return this.#keep(endpoint, triggered.tell(device, this.#states.get(endpoint)))
  }

  answer(result: OrderResult, reply: ReplyTo): readonly Publication[] {
    const { endpoint } = result
    const { snapshot, clock } = this.#options
    return this.#keep(
      endpoint,
      this.#mapping.answer(result, reply, clock.wall(), snapshot(endpoint), this.#states.get(endpoint)),
    )
  }

  response(result: OrderResult, reply: ReplyTo): readonly Publication[] {
    const { endpoint } = result
    const { snapshot, clock } = this.#options
    return this.#keep(
      endpoint,
      this.#mapping.response(result, reply, clock.wall(), snapshot(endpoint), this.#states.get(endpoint)),
    )
  }

  reject(rejection: Rejection): readonly Publication[] {
    const { endpoint } = rejection
    const { snapshot, clock } = this.#options
    return this.#keep(
      endpoint,
      this.#mapping.reject(rejection, clock.wall(), snapshot(endpoint), this.#states.get(endpoint)),
    )
  }

  progress(order: Order, step: CommandState): readonly Publication[] {
    const { endpoint } = order.command
    const { snapshot, clock } = this.#options
    return this.#keep(
      endpoint,
      this.#mapping.progress(order, step, clock.wall(), snapshot(endpoint), this.#states.get(endpoint)),
    )
  }

  gateway(state: GatewayState): readonly Publication[] {
    return this.#mapping.gateway(state)
  }

  /** What holds for devices, told at each connection. */
  *standing(devices: Iterable<DeviceSnapshot>): Generator<Telling> {
    for (const { registration } of devices) {
      const { endpoint } = registration ?? {}
      if (endpoint !== undefined) yield () => this.#stand(endpoint)
    }
  }

  #stand(endpoint: string): readonly Publication[] {
    const device = this.#options.snapshot(endpoint)
    return this.#keep(endpoint, this.#mapping.standing(device, this.#states.get(endpoint)))
  }

  report(report: Report): readonly Publication[] {
    return this.#mapping.report(report)
  }

  stop(): void {
    this.#throttle.stop()
    this.#heldBack.stop()
  }

  #keep(endpoint: string, { publications, state, timers, failures }: Mapped): readonly Publication[] {
    this.#states.set(endpoint, state)
    if (timers.length > 0) this.#holdBack(endpoint, timers)
    for (const failure of failures) this.#complain(failure)
    return publications
  }

  /** Of a device that is not registered any more, nothing comes later. */
  #holdBack(endpoint: string, timers: readonly MappingTimer[]): void {
    if (this.#options.snapshot(endpoint).registration === undefined) return
    for (const timer of timers) this.#heldBack.add(endpoint, timer)
  }

  #due(endpoint: string, timer: MappingTimer): void {
    const { snapshot, publish } = this.#options
    const mapped = this.#mapping.due(timer, endpoint, snapshot(endpoint), this.#states.get(endpoint))
    const lost = (): void => this.distrust(endpoint)
    for (const publication of this.#keep(endpoint, mapped)) publish(publication, lost)
  }

  #complain({ mapping, rule, event, endpoint, path, code, reason }: Failure): void {
    const { clock, logger, publish } = this.#options
    logger.debug({ code, mapping, rule, event, endpoint, path, reason }, 'a rule of a mapping failed')
    if (!this.#throttle.admits()) return
    logger.warn({ code, mapping, rule, event, endpoint, path, reason }, 'a rule of a mapping failed')
    const at = clock.wall()
    const report: Report = {
      event: code === 'mapping_clash' ? 'mapping-clash' : 'mapping-failed',
      id: `${mapping}/${rule}/${at}-${this.#reports++}`,
      ...{ at, endpoint, code, reason },
      details: { mapping, rule, event, path: path ?? null },
    }
    for (const publication of this.report(report)) publish(publication, () => {})
  }
}
