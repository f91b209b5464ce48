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
import type { Message } from '../mapping/publication.ts'
import { EmbeddedBroker } from '../mqtt/embedded.ts'
import { UdpListener } from '../transport/udp.ts'
import { type BrokerAddress, BrokerConnections } from './broker-connections.ts'
import { Downlink } from './downlink.ts'
import { endpointParameters } from './endpoint-parameters.ts'
import { GatewayCommands } from './gateway-commands.ts'
import { MappingsInForce } from './mappings-in-force.ts'
import { modelFiles } from './model-files.ts'
import { Neighbours } from './neighbours.ts'
import { acknowledgeOn } from './session-parameters.ts'
import { Uplink } from './uplink.ts'

/** What the gateway takes from the world. */
export interface GatewayEnvironment {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** Milliseconds in which the queues to the brokers are emptied at a stop; sockets close within the second that is left. */
const FLUSH_WITHIN = 4_000

/**
 * The composition root: everything is made here, wired to what it needs, started in the order in which it depends on
 * each other, and stopped in the reverse order.
 */
export class Gateway {
  readonly #configuration: Configuration
  readonly #environment: GatewayEnvironment
  readonly #broker: EmbeddedBroker | undefined
  readonly #mappings: MappingsInForce
  readonly #neighbours: Neighbours
  readonly #connections: BrokerConnections
  readonly #uplink: Uplink
  readonly #downlink: Downlink
  readonly #server: Lwm2mServer
  readonly #listeners: UdpListener[] = []
  #models: ModelFolderWatch | undefined
  #endpoint: CoapEndpoint<ActiveObservation> | undefined

  /**
   * Starts the gateway; the broker need not be there yet.
   * @throws CodedError `listener_failed`, `model_folder`, `mqtt_embedded`, `mqtt_url`, `config_invalid`, and of the
   *   mappings those of MappingErrors; nothing is left running then
   */
  static async start(configuration: Configuration, environment: GatewayEnvironment): Promise<Gateway> {
    const { mqtt } = configuration
    const { logger } = environment
    const broker =
      mqtt.url === 'embedded'
        ? await EmbeddedBroker.start({ host: '127.0.0.1', port: mqtt.embedded.port, logger })
        : undefined
    let gateway: Gateway | undefined
    try {
      gateway = new Gateway(configuration, environment, broker)
      await gateway.#models?.start()
      gateway.#connections.start()
      await gateway.#listen()
    } catch (error) {
      await (gateway ?? broker)?.stop()
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
    this.#mappings = this.#createMappings()
    const { mapper } = this.#mappings
    this.#neighbours = new Neighbours(configuration.mqtt.base, configuration.gateway.id, environment.logger)
    this.#connections = new BrokerConnections({
      ...{ ...environment, configuration, mapper, url: this.brokerUrl, neighbours: this.#neighbours },
      devices: () => this.#server.devices(),
      take: (message, done) => this.#take(message, done),
    })
    const shared = { ...environment, mapper, publisher: this.#connections }
    const { acknowledge } = configuration.delivery
    this.#uplink = new Uplink({ ...shared, acknowledge, acknowledgeOn: acknowledgeOn(configuration) })
    this.#server = this.#createServer()
    this.#mappings.watch({ connections: this.#connections, server: this.#server })
    const commands = new GatewayCommands({ ...shared, commands: this.#server.commands })
    this.#downlink = new Downlink({ ...shared, commands })
  }

  /** Resolves with the reason when the gateway cannot go on; it is then to be stopped. */
  get failure(): Promise<CodedError> {
    return this.#neighbours.taken
  }

  /** Where the main broker is: the embedded one's address, or the configured one. */
  get brokerUrl(): string {
    return this.#broker?.url ?? this.#configuration.mqtt.url
  }

  /** Where the gateway publishes: the main broker first, then those of `mqtt.connections`. */
  get brokers(): readonly BrokerAddress[] {
    return this.#connections.addresses
  }

  /** URIs of the listeners, with the ports that they really have. */
  get listenerUris(): readonly string[] {
    return this.#listeners.map(({ uri }) => uri)
  }

  /** Announces the end, empties the queues to the brokers, and closes all sockets; within five seconds. */
  async stop(): Promise<void> {
    this.#mappings.close()
    this.#downlink.stop()
    await this.#connections.stop(FLUSH_WITHIN)
    this.#endpoint?.stop()
    this.#server.stop()
    this.#mappings.mapper.stop()
    await Promise.all(this.#listeners.map((listener) => listener.close()))
    await this.#models?.close()
    await this.#broker?.stop()
  }

  #createMappings(): MappingsInForce {
    return new MappingsInForce({
      ...this.#environment,
      configuration: this.#configuration,
      snapshot: (endpoint) => this.#server.snapshot(endpoint),
      publish: (publication, lost) => {
        const isQueued = this.#connections.publish(publication, (error) => error !== undefined && lost())
        if (!isQueued) lost()
      },
    })
  }

  #createServer(): Lwm2mServer {
    const { strictBinding, grace, observeRate } = this.#configuration.lwm2m
    return new Lwm2mServer({
      ...this.#environment,
      model: this.#createModel(),
      uplink: this.#uplink,
      connect: (handlers) => this.#createEndpoint(handlers),
      strictBinding,
      grace,
      observe: this.#mappings.observe,
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

  #take(message: Message, done: (accepted: boolean) => void): void {
    const serial = this.#downlink.nextSerial()
    const { mapper } = this.#mappings
    this.#connections.tell(message, () => mapper.triggered(message, serial, this.#server.devices()))
    this.#downlink.take(message, serial, done)
  }
}
