import { EventEmitter } from 'node:events'
import { type Clock, SystemClock } from '../lib/clock.ts'
import { CodedError } from '../lib/errors.ts'
import { type Logger, silentLogger } from '../lib/logger.ts'
import { type Random, SystemRandom } from '../lib/random.ts'
import type { EnablerVersion } from '../lwm2m/fact.ts'
import { codecFor } from '../lwm2m/format/formats.ts'
import { builtinModel } from '../lwm2m/model/builtin.ts'
import { parsePath } from '../lwm2m/path.ts'
import type { Value } from '../lwm2m/value.ts'
import { Alarms } from './alarms.ts'
import { Behaviours } from './behaviours.ts'
import {
  DEFAULT_FORMATS,
  type DeviceEvents,
  type DeviceOptions,
  describeDevice,
  type Manner,
} from './device-options.ts'
import { Endpoint } from './endpoint.ts'
import type { Exchange } from './exchange.ts'
import type { Response } from './message.ts'
import type { Content, SimulatedObject } from './object.ts'
import { standardObjects } from './objects/standard.ts'
import { Observers } from './observers.ts'
import { Registrar } from './registrar.ts'
import { type Effect, Tree } from './tree.ts'

const REBOOT_MILLISECONDS = 1_000
const LARGEST_BLOCK = 1_024

/** A simulated LwM2M device on one UDP socket, made of the npm package `coap`. */
export class Device extends EventEmitter<DeviceEvents> {
  readonly #options: DeviceOptions
  readonly #clock: Clock
  readonly #version: EnablerVersion
  readonly #tree: Tree
  readonly #behaviours: Behaviours
  readonly #endpoint: Endpoint
  readonly #registrar: Registrar
  readonly #observers: Observers
  readonly #alarms: Alarms
  #lifetime: number
  #manner: Manner = 'prompt'
  #changed: string[] = []
  #onHalt: () => void = () => {}

  /** @throws CodedError `simulator_object` for an object that the model does not know */
  constructor(options: DeviceOptions) {
    super()
    this.#options = options
    const { clock = new SystemClock(), random = new SystemRandom(), logger = silentLogger } = options
    this.#clock = clock
    this.#alarms = new Alarms(clock, () => this.#flush())
    this.#version = options.version ?? '1.1'
    this.#lifetime = options.lifetime ?? 300
    const objects = options.objects ?? standardObjects(clock, this.#lifetime)
    this.#tree = this.#makeTree(objects)
    this.#behaviours = this.#makeBehaviours(objects, random)
    this.#observers = this.#makeObservers()
    this.#endpoint = this.#makeEndpoint(random, logger)
    this.#registrar = this.#makeRegistrar(random)
  }

  get endpoint(): string {
    return this.#options.endpoint
  }

  /** The local UDP port, 0 while there is none. */
  get port(): number {
    return this.#endpoint.port
  }

  /** `/rd/{id}` while registered. */
  get location(): string | undefined {
    return this.#registrar.location
  }

  /** Paths that are observed. */
  get observed(): readonly string[] {
    return this.#observers.paths
  }

  /**
   * Binds a socket and registers.
   * @returns when the server has accepted; attempts go on until it does or the device is stopped
   * @throws CodedError `simulator_stopped`; the socket's error where none can be bound
   */
  async start(): Promise<void> {
    await Promise.all([this.#accepted(), this.#begin()])
  }

  /** Deregisters and closes everything. */
  async stop(): Promise<void> {
    this.#halt()
    await this.#registrar.stop()
    this.#endpoint.close()
  }

  /** Stops dead: no Deregister, no answer, no timer. */
  crash(): void {
    this.#halt()
    this.#registrar.abandon()
    this.#endpoint.close()
  }

  /** Moves to a new UDP port, as by a NAT; nothing is said to the server. */
  rebind(): Promise<void> {
    return this.#endpoint.bind()
  }

  /** Sends an Update with what has changed; resolves when it was answered or has failed. */
  update(): Promise<void> {
    return this.#registrar.update()
  }

  /** Registers anew over the registration that is there. */
  register(): Promise<void> {
    return this.#registrar.register()
  }

  /** The value of a resource or resource instance; undefined where there is none. */
  get(path: string): Value | undefined {
    return this.#tree.store.get(path)
  }

  /**
   * Sets a resource or resource instance; observers are notified.
   * @throws CodedError `simulator_object` where the device has no such object instance or resource
   */
  set(path: string, content: Content): void {
    this.#change(path, content)
    this.#flush()
  }

  /** Removes an object instance: observers get a 4.04, the server an Update. */
  remove(instance: string): void {
    if (!this.#tree.remove(parsePath(instance))) return
    this.#changed.push(instance)
    this.#flush()
    void this.update()
  }

  /** Notifies those who observe exactly this path of the given content, whatever the tree holds. */
  notify(path: string, response: Response): void {
    this.#observers.send(path, response)
  }

  /** Whether the notifications from here on ask for an acknowledgement. */
  set confirmableNotifications(confirmable: boolean) {
    this.#observers.confirmable = confirmable
  }

  /** How requests are treated from here on. */
  set manner(manner: Manner) {
    this.#manner = manner
    this.#endpoint.silent = manner === 'silent'
  }

  #makeTree(objects: readonly SimulatedObject[]): Tree {
    return new Tree({
      objects,
      model: this.#options.model ?? builtinModel,
      version: this.#version,
      formats: this.#options.contentFormats ?? DEFAULT_FORMATS[this.#version],
      codecFor,
      wall: () => this.#clock.wall(),
      execute: (path, parameters) => this.#behaviours.execute(path, parameters),
    })
  }

  #makeBehaviours(objects: readonly SimulatedObject[], random: Random): Behaviours {
    return new Behaviours(objects, {
      clock: this.#clock,
      random,
      get: (path) => this.get(path),
      set: (path, content) => this.#change(path, content),
      after: (name, milliseconds, action) => this.#alarms.set(name, milliseconds, action),
      reboot: () => this.#alarms.set('simulator reboot', REBOOT_MILLISECONDS, () => this.#reboot()),
      update: () => void this.update(),
      changeLifetime: (seconds) => {
        this.#lifetime = seconds
        void this.update()
      },
    })
  }

  #makeObservers(): Observers {
    const { confirmableNotifications = true } = this.#options
    return new Observers((request) => this.#tree.handle(request).response, confirmableNotifications, {
      observed: (path) => this.emit('observed', path),
      notified: (path) => this.emit('notified', path),
      acknowledged: (path) => this.emit('acknowledged', path),
      ended: (path, why) => this.emit('unobserved', path, why),
    })
  }

  #makeEndpoint(random: Random, logger: Logger): Endpoint {
    const { server, address, blockSize = LARGEST_BLOCK } = this.#options
    return new Endpoint(
      { server, address, blockSize, clock: this.#clock, random, logger },
      {
        requested: (exchange) => this.#requested(exchange),
        acknowledged: (token) => this.#observers.acknowledged(token),
        rejected: (token) => this.#observers.end(token, 'reset'),
      },
    )
  }

  #makeRegistrar(random: Random): Registrar {
    const send: Endpoint['request'] = (request, timeout) => this.#endpoint.request(request, timeout)
    const describe = () => describeDevice(this.#options, this.#version, this.#lifetime, this.#tree.links())
    return new Registrar(
      { clock: this.#clock, random, send, describe },
      {
        registered: (location) => this.emit('registered', location),
        updated: () => this.emit('updated'),
        deregistered: () => this.emit('deregistered'),
        failed: (reason) => this.emit('failed', reason),
      },
    )
  }

  async #begin(): Promise<void> {
    await this.#endpoint.bind()
    const period = (this.#options.interval ?? 0) * 1000
    this.#alarms.every('simulator interval', period, () => this.#behaviours.tick())
    void this.#registrar.register()
  }

  #accepted(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.once('registered', () => resolve())
      this.#onHalt = () => reject(new CodedError('simulator_stopped', `${this.endpoint} was stopped`))
    })
  }

  #halt(): void {
    this.#onHalt()
    this.#alarms.stop()
  }

  #requested(exchange: Exchange): void {
    const manner = this.#manner
    if (manner === 'prompt') this.#answer(exchange)
    else exchange.acknowledge()
    if (typeof manner === 'object') {
      this.#alarms.set('simulator answer', manner.delay, () => this.#answer(exchange))
    }
  }

  /** The answer leaves before what it causes: notifications, an Update. */
  #answer(exchange: Exchange): void {
    const { request, observe } = exchange
    const { response, effect } = this.#tree.handle(request)
    if (observe === 1) this.#observers.end(exchange.token, 'cancelled')
    if (observe === 0 && effect?.type === 'read') this.#observers.add(exchange, response)
    else exchange.respond(response)
    if (effect === undefined) this.emit('refused', request.path, response.code)
    else this.#follow(effect)
    this.#flush()
  }

  #follow(effect: Effect): void {
    if (effect.type === 'written') this.#written(effect.resources)
    else if (effect.type === 'created' || effect.type === 'deleted') {
      this.#changed.push(effect.path)
      void this.update()
    }
    // The compiler does not see that the name and its argument go together.
    const emitter = this as EventEmitter
    emitter.emit(effect.type, effect)
  }

  #written(resources: readonly string[]): void {
    this.#changed.push(...resources)
    for (const path of resources) this.#behaviours.written(path)
  }

  #change(path: string, content: Content): void {
    this.#tree.store.set(path, content)
    this.#changed.push(path)
  }

  #flush(): void {
    const changed = this.#changed
    this.#changed = []
    if (changed.length > 0) this.#observers.changed(changed)
  }

  #reboot(): void {
    this.emit('rebooting')
    this.#observers.clear()
    void this.#registrar.register()
  }
}
