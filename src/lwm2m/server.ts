import { Code } from '../coap/code.ts'
import type {
  NotifyHandler,
  Observations as ObservationPort,
  ReceivedRequest,
  Reply,
  Requester,
  RequestHandler,
} from '../coap/handler.ts'
import type { Peer } from '../coap/peer.ts'
import type { Clock } from '../lib/clock.ts'
import { reasonOf } from '../lib/errors.ts'
import type { Logger } from '../lib/logger.ts'
import type { Random } from '../lib/random.ts'
import { Throttle } from '../lib/throttle.ts'
import { AutoObserver } from './auto-observer.ts'
import type { Commands, DeviceSnapshot } from './command.ts'
import type { RegisteredDevice } from './device.ts'
import type { LifecycleFact, SuppressedRefusalsFact, Uplink } from './fact.ts'
import { FactStamper } from './fact-stamper.ts'
import { LastValues } from './last-values.ts'
import { LearningUplink } from './learning-uplink.ts'
import type { ObjectModel } from './model/model.ts'
import type { ActiveObservation } from './observation.ts'
import { Observations } from './observations.ts'
import type { ObserveEntry } from './observe-policy.ts'
import { Operations } from './operations.ts'
import type { Refusal } from './refusal.ts'
import {
  RegistrationInterface,
  type RegistrationLimit,
  type RegistrationListener,
} from './registration-interface.ts'
import { Registry } from './registry.ts'

/** What CoAP calls. */
export interface ServerHandlers {
  readonly requests: RequestHandler
  readonly observations: ObservationPort<ActiveObservation>
  readonly notifications: NotifyHandler<ActiveObservation>
}

export interface ServerOptions {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly model: ObjectModel
  readonly uplink: Uplink
  /** Makes the CoAP endpoint that calls these handlers. */
  readonly connect: (handlers: ServerHandlers) => Requester
  readonly strictBinding: boolean
  /** Seconds. */
  readonly grace: number
  /** What is observed at each registration. */
  readonly observe: readonly ObserveEntry[]
  /** Most requests of that in a second, at all devices together; undefined is no limit. */
  readonly observeRate?: number
  readonly limit?: RegistrationLimit
}

const DEFAULT_LIMIT: RegistrationLimit = {
  registrations: 1_000_000,
  registrationsBytes: 1 << 30,
  registrationsPerAddress: 1_000_000,
  retryAfter: 60,
}
/** Refusals that are told one by one in a second, the burst in seconds, and when the rest is summed up. */
const REFUSALS = { perSecond: 5, burst: 20, reportAfter: 10_000 }

/**
 * The LwM2M server: devices register, are observed and managed. Facts go up through `uplink`, commands come down
 * through `commands`.
 */
export class Lwm2mServer implements RegistrationListener {
  readonly commands: Commands
  readonly #options: ServerOptions
  readonly #registry = new Registry()
  readonly #stamper: FactStamper
  readonly #observations: Observations
  readonly #autoObserver: AutoObserver
  readonly #refusals: Throttle
  /** Not registered any more; while its end is told, its last values are known. */
  #leaving: RegisteredDevice | undefined

  constructor(options: ServerOptions) {
    const { clock, random, model } = options
    this.#options = options
    this.#stamper = new FactStamper(clock, random)
    const report = (count: number): void => this.#suppressed(count)
    this.#refusals = new Throttle({ name: 'suppressed refusals', clock, ...REFUSALS, report })
    const uplink = new LearningUplink(this.#registry, options.uplink)
    const shared = { clock, uplink, registry: this.#registry, stamper: this.#stamper }
    const observations = new Observations(shared)
    this.#observations = observations
    const autoObserver = new AutoObserver({ ...options, ...shared, observations })
    this.#autoObserver = autoObserver
    this.commands = new Operations({ ...shared, observations, autoObserver })
    let registrations: RegistrationInterface | undefined
    const requester = options.connect({
      requests: (request, peer, reply) => this.#handle(registrations, request, peer, reply),
      observations,
      notifications: (notification, settle) => observations.notify(notification, settle),
    })
    const { strictBinding, grace, limit = DEFAULT_LIMIT } = options
    registrations = new RegistrationInterface({
      ...{ clock, random, requester, model, strictBinding, grace, limit },
      registry: this.#registry,
      listener: this,
    })
  }

  /** All registered devices, in the order in which they registered. */
  devices(): Iterable<DeviceSnapshot> {
    return this.#registry.devices()
  }

  snapshot(endpoint: string): DeviceSnapshot {
    return this.#registry.byEndpoint(endpoint) ?? this.#leavingSnapshot(endpoint) ?? UNREGISTERED
  }

  /** Observes these paths from now on, at devices that are there as well; what is not wanted any more is cancelled. */
  observe(entries: readonly ObserveEntry[]): void {
    this.#autoObserver.replace(entries, this.#registry.devices())
  }

  /** Lets go of all timers, once the CoAP endpoint has stopped; nothing is said of the devices, which are still there. */
  stop(): void {
    this.#refusals.stop()
    this.#autoObserver.stop()
    for (const device of this.#registry.devices()) device.end()
  }

  registered(device: RegisteredDevice, predecessor: RegisteredDevice | undefined): void {
    if (predecessor === undefined) {
      this.#tell(device, { type: 'registered' })
    } else {
      device.values = predecessor.values
      this.#forget(predecessor)
      this.#tell(device, { type: 're-registered', predecessor: predecessor.registration.id })
    }
  }

  updated(device: RegisteredDevice, relisted: boolean): void {
    if (relisted) this.#autoObserver.forgetVanished(device)
    this.#tell(device, { type: 'updated' })
  }

  reachable(device: RegisteredDevice): void {
    device.open()
    this.#autoObserver.observe(device)
  }

  ended(device: RegisteredDevice, how: 'deregistered' | 'expired'): void {
    this.#leaving = device
    try {
      this.#forget(device)
      this.#tell(device, { type: how })
    } finally {
      this.#leaving = undefined
    }
  }

  /** Anybody can have something refused as often as they like: so much a second is told, and the rest summed up. */
  refused(endpoint: string | undefined, peer: Peer, refusal: Refusal): void {
    if (!this.#refusals.admits()) return
    const { code, message: reason } = refusal
    this.#options.logger.warn({ code, endpoint, address: peer.address, reason }, 'a device was refused')
    const fact = {
      ...this.#stamper.stamp(),
      type: 'refused',
      endpoint,
      address: peer.address,
      code,
      reason,
    } as const
    this.#options.uplink.offer([fact], ignoreOutcome)
  }

  #suppressed(count: number): void {
    this.#options.logger.warn({ code: 'log_suppressed', count }, 'more devices were refused than are told')
    this.#offer({ ...this.#stamper.stamp(), type: 'refusals-suppressed', endpoint: undefined, count })
  }

  #leavingSnapshot(endpoint: string): DeviceSnapshot | undefined {
    const device = this.#leaving
    if (device?.registration.endpoint !== endpoint) return undefined
    const { values } = device
    return {
      ...UNREGISTERED,
      object: (id) => device.object(id),
      resource: (...ids) => device.resource(...ids),
      values,
    }
  }

  #forget(device: RegisteredDevice): void {
    this.#observations.forgetAll(device)
    this.#autoObserver.forget(device)
  }

  #handle(
    registrations: RegistrationInterface | undefined,
    request: ReceivedRequest,
    peer: Peer,
    reply: Reply,
  ): void {
    if (request.path[0] === 'rd' && registrations !== undefined) registrations.handle(request, peer, reply)
    else reply.respond({ code: Code.notFound })
  }

  #tell(
    device: RegisteredDevice,
    how:
      | { type: Exclude<LifecycleFact['type'], 're-registered'> }
      | { type: 're-registered'; predecessor: string },
  ): void {
    const { registration } = device
    const { endpoint, address } = registration
    this.#options.logger.info({ endpoint, address, registration: registration.id }, how.type)
    this.#offer({ ...this.#stamper.stamp(), endpoint, registration, ...how })
  }

  /** Expiry comes from a timer: whatever fails above must neither end the process nor undo what is done here. */
  #offer(fact: LifecycleFact | SuppressedRefusalsFact): void {
    try {
      this.#options.uplink.offer([fact], ignoreOutcome)
    } catch (thrown) {
      const { endpoint, type } = fact
      const fields = { code: 'coap_handler_failed', endpoint, type, reason: reasonOf(thrown), err: thrown }
      this.#options.logger.error(fields, 'a fact could not be passed on')
    }
  }
}

const UNREGISTERED: DeviceSnapshot = {
  registration: undefined,
  object: () => undefined,
  resource: () => undefined,
  values: new LastValues(),
}

/** What these facts say is published again at every connection to the broker; nobody waits for their delivery. */
function ignoreOutcome(): void {}
