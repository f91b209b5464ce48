import type { Clock } from '../lib/clock.ts'
import { CodedError } from '../lib/errors.ts'
import type { Logger } from '../lib/logger.ts'
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
import { connectionOf } from '../mapping/mapping-id.ts'
import type { OrderResult } from '../mapping/order-command.ts'
import type { Message, Publication } from '../mapping/publication.ts'
import { keyOf } from '../mapping/retained-key.ts'
import { withoutLast } from '../mapping/rule/last-published.ts'
import { withFarewells } from '../mapping/rule/parts.ts'
import type { MappingTimer } from '../mapping/run.ts'
import type { Telling } from './announcement.ts'
import { FailureReports } from './failure-reports.ts'
import { HeldBack } from './held-back.ts'
import { Renewals } from './renewals.ts'
import type { RetainedLedger } from './retained-ledger.ts'
import { States } from './states.ts'

export interface MapperOptions {
  readonly mapping: Mapping
  readonly snapshot: (endpoint: string) => DeviceSnapshot
  /** What brokers keep, as far as their queues have taken it. */
  readonly ledger: RetainedLedger
  /**
   * Takes what is published of the mapping's own accord.
   * @param lost called when the broker does not get it
   */
  readonly publish: (publication: Publication, lost: () => void) => void
  readonly clock: Clock
  readonly logger: Logger
}

/** What is published over one connection (undefined: the main one) for a mapping to take over. */
export type Renewal = (connection?: string) => Iterable<Telling>

const NO_PUBLICATIONS: readonly Publication[] = []

/** The mapping at work: gives it the device, the time and its state, and keeps what it gives back. */
export class Mapper {
  readonly #options: MapperOptions
  readonly #states = new States()
  readonly #heldBack: HeldBack
  readonly #ledger: RetainedLedger
  readonly #renewals: Renewals
  readonly #failures: FailureReports
  #mapping: Mapping

  constructor(options: MapperOptions) {
    this.#options = options
    this.#mapping = options.mapping
    const { clock, logger, ledger, snapshot } = options
    this.#ledger = ledger
    this.#heldBack = new HeldBack(clock, (endpoint, timer) => this.#due(endpoint, timer))
    this.#renewals = new Renewals({
      ...{ snapshot, ledger, states: this.#states, clock },
      mapping: () => this.#mapping,
      keep: (endpoint, mapped) => this.#keep(endpoint, mapped),
    })
    this.#failures = new FailureReports(clock, logger, (report) => this.#publishReport(report))
  }

  /**
   * Another mapping takes over, at once: what comes from now on is mapped by it alone.
   * @returns what has to be published over each connection for it to hold for the devices that are there; and what takes
   *   away the retained topics that it does not have
   */
  replace(mapping: Mapping, devices: Iterable<DeviceSnapshot>): Renewal {
    this.#mapping = mapping
    const at = this.#options.clock.wall()
    const endpoints: string[] = []
    for (const device of devices) {
      endpoints.push(device.registration?.endpoint ?? '')
      for (const failure of mapping.adopt(device, at).failures) this.#failures.tell(failure)
    }
    return (connection) => this.#renewals.all(endpoints, connection)
  }

  get connections(): readonly (string | undefined)[] {
    return this.#mapping.connections
  }

  /** @param connection undefined for the main one */
  filtersOf(connection: string | undefined): readonly string[] {
    return this.#mapping.filtersOf(connection)
  }

  /** What is to be published of a fact. */
  up(fact: Fact): readonly Publication[] {
    const endpoint = fact.endpoint ?? ''
    const mapped = this.#mapping.up(fact, this.#options.snapshot(endpoint), this.#states.get(endpoint))
    const publications = this.#keep(endpoint, mapped)
    // What filters compare with is the broker's no more: rules have taken it away, or may have.
    if (fact.type === 'deregistered' || fact.type === 'expired') {
      this.#forgetLast(endpoint, () => true)
      this.#heldBack.forget(endpoint)
      this.#renewals.leave(endpoint)
      return publications
    }
    const moved = this.#mapping.isMoving(fact) ? this.#renewals.move(endpoint) : NO_PUBLICATIONS
    if (moved.length > 0) return [...publications, ...moved]
    if (!('registration' in fact)) return publications
    const vanished = this.#renewals.remove(endpoint, this.#ledger.outdated(fact.registration))
    return vanished.length > 0 ? [...publications, ...vanished] : publications
  }

  /**
   * What was published last over a connection did not arrive: filters must not take it for known there.
   * @param connection absent for the main one
   */
  distrust(endpoint: string, connection?: string): void {
    this.#forgetLast(endpoint, (id) => connectionOf(id) === connection)
  }

  #forgetLast(endpoint: string, isMeant: (mapping: string) => boolean): void {
    this.#states.set(endpoint, withoutLast(this.#states.get(endpoint), isMeant))
  }

  /** The queue to a broker has taken it: from now on that is known to keep it, or not to. */
  taken(publication: Publication): void {
    this.#ledger.note(publication)
  }

  /** It will not reach its broker: what was told of it must not be taken for known. */
  lost(publication: Publication): void {
    const { origin, connection } = publication
    if (origin === undefined) return
    const { endpoint } = origin
    this.distrust(endpoint, connection)
    this.#renewals.lost(publication, endpoint)
    if (origin.farewells !== undefined)
      this.#states.set(endpoint, withFarewells(this.#states.get(endpoint), keyOf(publication), origin))
  }

  /**
   * Forgets a device that is not registered, and takes away all that brokers keep of it.
   * @throws CodedError `device_registered`, `endpoint_unknown` where nothing is known of it
   */
  forget(endpoint: string): readonly Publication[] {
    if (this.#options.snapshot(endpoint).registration !== undefined) {
      const reason = `'${endpoint}' is registered, and would come back: it has to deregister, or to expire, first`
      throw new CodedError('device_registered', reason)
    }
    const isKnown =
      this.#ledger.topics(endpoint).size > 0 || Object.keys(this.#states.get(endpoint)).length > 0
    if (!isKnown) throw new CodedError('endpoint_unknown', `nothing is known of '${endpoint}'`)
    this.#states.set(endpoint, {})
    return this.#renewals.forget(endpoint)
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

  /**
   * What holds for devices, told over a connection when that is up.
   * @param connection undefined for the main one
   */
  *standing(devices: Iterable<DeviceSnapshot>, connection: string | undefined): Generator<Telling> {
    for (const { registration } of devices) {
      const { endpoint } = registration ?? {}
      if (endpoint !== undefined) yield () => this.#stand(endpoint, connection)
    }
  }

  #stand(endpoint: string, connection: string | undefined): readonly Publication[] {
    const device = this.#options.snapshot(endpoint)
    return this.#keep(endpoint, this.#mapping.standing(device, this.#states.get(endpoint), connection))
  }

  report(report: Report): readonly Publication[] {
    return this.#mapping.report(report)
  }

  stop(): void {
    this.#failures.stop()
    this.#heldBack.stop()
  }

  #keep(endpoint: string, { publications, state, timers, failures }: Mapped): readonly Publication[] {
    this.#states.set(endpoint, state)
    if (timers.length > 0) this.#holdBack(endpoint, timers)
    for (const failure of failures) this.#failures.tell(failure)
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
    for (const publication of this.#keep(endpoint, mapped))
      publish(publication, () => this.distrust(endpoint, publication.connection))
  }

  #publishReport(report: Report): void {
    for (const publication of this.report(report)) this.#options.publish(publication, () => {})
  }
}
