import { CoapEndpoint } from '../coap/endpoint.ts'
import type { Configuration } from '../config/configuration.ts'
import { parseListener } from '../config/listener.ts'
import type { Clock } from '../lib/clock.ts'
import type { CodedError } from '../lib/errors.ts'
import type { Logger } from '../lib/logger.ts'
import type { Random } from '../lib/random.ts'
import { builtinModel } from '../lwm2m/model/builtin.ts'
import { CombinedModel } from '../lwm2m/model/combined.ts'
import { ModelFolder } from '../lwm2m/model/folder.ts'
import { ModelFolderWatch } from '../lwm2m/model/folder-watch.ts'
import type { ObjectModel } from '../lwm2m/model/model.ts'
import type { ActiveObservation } from '../lwm2m/observation.ts'
import { Lwm2mServer, type ServerHandlers } from '../lwm2m/server.ts'
import type { Mapping } from '../mapping/mapping.ts'
import { PlainMapping } from '../mapping/plain.ts'
import type { Message, Publication } from '../mapping/publication.ts'
import { EmbeddedBroker } from '../mqtt/embedded.ts'
import { BrokerSession } from '../mqtt/session.ts'
import type { Subscription } from '../mqtt/session-options.ts'
import { isTopicName, matches } from '../mqtt/topic.ts'
import { UdpListener } from '../transport/udp.ts'
import { Announcement } from './announcement.ts'
import { Downlink } from './downlink.ts'
import { endpointParameters } from './endpoint-parameters.ts'
import { modelFiles } from './model-files.ts'
import { Neighbours } from './neighbours.ts'
import { Uplink } from './uplink.ts'

/** What the gateway takes from the world. */
export interface GatewayEnvironment {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** Milliseconds in which the queue to the broker is emptied at a stop; sockets close within the second that is left. */
const FLUSH_WITHIN = 4_000
/** Seconds that the broker keeps our session, with the commands that come meanwhile. */
const SESSION_EXPIRY = 86_400
const RECONNECT = { first: 500, longest: 30_000 }

/**
 * The composition root: everything is made here, wired to what it needs, started in the order in which it depends on
 * each other, and stopped in the reverse order.
 */
export class Gateway {
  readonly #configuration: Configuration
  readonly #environment: GatewayEnvironment
  readonly #broker: EmbeddedBroker | undefined
  readonly #session: BrokerSession
  readonly #mapping: Mapping
  readonly #uplink: Uplink
  readonly #downlink: Downlink
  readonly #server: Lwm2mServer
  readonly #listeners: UdpListener[] = []
  #models: ModelFolderWatch | undefined
  #endpoint: CoapEndpoint<ActiveObservation> | undefined
  readonly #neighbours: Neighbours

  /**
   * Starts the gateway; the broker need not be there yet.
   * @throws CodedError `listener_failed`, `model_folder`, `mqtt_embedded`, `mqtt_url`, `config_invalid`; nothing is
   *   left running then
   */
  static async start(configuration: Configuration, environment: GatewayEnvironment): Promise<Gateway> {
    const { mqtt } = configuration
    const { logger } = environment
    const broker =
      mqtt.url === 'embedded'
        ? await EmbeddedBroker.start({ host: '127.0.0.1', port: mqtt.embedded.port, logger })
        : undefined
    const gateway = new Gateway(configuration, environment, broker)
    try {
      await gateway.#models?.start()
      gateway.#session.start()
      await gateway.#listen()
    } catch (error) {
      await gateway.stop()
      throw error
    }
    return gateway
  }

  private constructor(
    configuration: Configuration,
    environment: GatewayEnvironment,
    broker: EmbeddedBroker | undefined,
  ) {
    this.#configuration = configuration
    this.#environment = environment
    this.#broker = broker
    this.#mapping = this.#createMapping()
    this.#neighbours = new Neighbours(configuration.mqtt.base, environment.logger)
    this.#session = this.#createSession()
    const shared = { ...environment, mapping: this.#mapping, publisher: this.#session }
    const { acknowledge } = configuration.delivery
    this.#uplink = new Uplink({
      ...shared,
      acknowledge,
      snapshot: (endpoint) => this.#server.snapshot(endpoint),
    })
    this.#server = this.#createServer()
    this.#downlink = new Downlink({ ...shared, commands: this.#server.commands })
  }

  /** Resolves with the reason when the gateway cannot go on; it is then to be stopped. */
  get failure(): Promise<CodedError> {
    return this.#neighbours.taken
  }

  /** Where the broker is: the embedded one's address, or the configured one. */
  get brokerUrl(): string {
    return this.#broker?.url ?? this.#configuration.mqtt.url
  }

  /** URIs of the listeners, with the ports that they really have. */
  get listenerUris(): readonly string[] {
    return this.#listeners.map(({ uri }) => uri)
  }

  /** Announces the end, empties the queue to the broker, and closes all sockets; within five seconds. */
  async stop(): Promise<void> {
    this.#downlink.stop()
    await this.#session.stop([this.#mapping.gateway('offline')], FLUSH_WITHIN)
    this.#endpoint?.stop()
    this.#server.stop()
    await Promise.all(this.#listeners.map((listener) => listener.close()))
    await this.#models?.close()
    await this.#broker?.stop()
  }

  #createMapping(): Mapping {
    const { mqtt, gateway } = this.#configuration
    const mapping: Mapping = new PlainMapping({
      base: mqtt.base,
      gateway: gateway.id,
      isResponseTopic: (topic) =>
        isTopicName(topic) &&
        mqtt.responseTopics.some((filter) => matches(filter, topic)) &&
        !mapping.filters.some((filter) => matches(filter, topic)),
    })
    return mapping
  }

  #createSession(): BrokerSession {
    const { mqtt, gateway } = this.#configuration
    const { ca, cert, key, insecure } = mqtt.tls
    const options = {
      ...this.#environment,
      url: this.brokerUrl,
      clientId: gateway.id,
      keepalive: mqtt.keepalive,
      protocol: mqtt.protocol,
      sessionExpiry: SESSION_EXPIRY,
      will: this.#mapping.gateway('offline'),
      queue: { limit: mqtt.queue.messages, bytes: mqtt.queue.bytes },
      inFlight: mqtt.inFlight,
      reconnect: RECONNECT,
      subscriptions: this.#subscriptions(),
      tls: {
        rejectUnauthorized: !insecure,
        ...(ca !== undefined && { ca }),
        ...(cert !== undefined && { cert }),
        ...(key !== undefined && { key }),
      },
      ...(mqtt.username !== undefined && { username: mqtt.username }),
      ...(mqtt.password !== undefined && { password: mqtt.password }),
    }
    return new BrokerSession(options, {
      onUp: () => this.#announce(),
      onDown: () => {},
      onMessage: (message, done) => this.#receive(message, done),
    })
  }

  #subscriptions(): Subscription[] {
    const { filters, neighbours } = this.#mapping
    const commands = filters.map((filter) => ({ filter, retained: false, loss: 'no commands arrive' }))
    const loss = 'another gateway under the same base topic would go unnoticed'
    return [...commands, { filter: neighbours, retained: true, loss }]
  }

  #createServer(): Lwm2mServer {
    const { strictBinding, grace, observe, observeRate } = this.#configuration.lwm2m
    return new Lwm2mServer({
      ...this.#environment,
      model: this.#createModel(),
      uplink: this.#uplink,
      connect: (handlers) => this.#createEndpoint(handlers),
      strictBinding,
      grace,
      observe,
      observeRate,
      limit: this.#configuration.limits,
    })
  }

  #createModel(): ObjectModel {
    const { models: folder } = this.#configuration.lwm2m
    if (folder === undefined) return builtinModel
    const options = { ...this.#environment, folder, files: modelFiles(folder) }
    const own = new ModelFolder(options)
    this.#models = new ModelFolderWatch(own, options)
    return new CombinedModel(own, builtinModel)
  }

  #createEndpoint(handlers: ServerHandlers): CoapEndpoint<ActiveObservation> {
    this.#endpoint = new CoapEndpoint<ActiveObservation>({
      ...this.#environment,
      ...handlers,
      parameters: endpointParameters(this.#configuration),
    })
    return this.#endpoint
  }

  async #listen(): Promise<void> {
    const endpoint = this.#endpoint
    if (endpoint === undefined) return
    for (const uri of this.#configuration.lwm2m.listeners) {
      const { host, port } = parseListener(uri)
      const listener = await UdpListener.open({ host, port, ...this.#environment }, endpoint)
      this.#listeners.push(listener)
    }
  }

  /** The broker is there (again): what holds now goes first, then what waited. */
  #announce(): void {
    this.#session.publishFirst(this.#mapping.gateway('online'), (error) => {
      if (error === undefined) this.#neighbours.announced()
    })
    new Announcement(this.#session, this.#births()).proceed()
  }

  *#births(): Generator<Publication> {
    for (const device of this.#server.devices()) yield* this.#mapping.standing(device)
  }

  #receive(message: Message, done: (accepted: boolean) => void): void {
    if (!matches(this.#mapping.neighbours, message.topic)) {
      this.#downlink.take(message, done)
      return
    }
    const neighbour = this.#mapping.neighbour(message)
    if (neighbour !== undefined) this.#neighbours.hear(neighbour)
    done(true)
  }
}
