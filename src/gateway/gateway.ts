import { CoapEndpoint } from '../coap/endpoint.ts'
import type { Configuration } from '../config/configuration.ts'
import { parseListener } from '../config/listener.ts'
import type { Clock } from '../lib/clock.ts'
import { type CodedError, reasonOf } from '../lib/errors.ts'
import type { Logger } from '../lib/logger.ts'
import type { Random } from '../lib/random.ts'
import { DeviceMatcher } from '../lwm2m/device-match.ts'
import { builtinModel } from '../lwm2m/model/builtin.ts'
import { CombinedModel } from '../lwm2m/model/combined.ts'
import { ModelFolder } from '../lwm2m/model/folder.ts'
import { ModelFolderWatch } from '../lwm2m/model/folder-watch.ts'
import type { ObjectModel } from '../lwm2m/model/model.ts'
import type { ActiveObservation } from '../lwm2m/observation.ts'
import type { ObserveEntry } from '../lwm2m/observe-policy.ts'
import { Lwm2mServer, type ServerHandlers } from '../lwm2m/server.ts'
import type { Message, Publication } from '../mapping/publication.ts'
import { encodeTopicLevel } from '../mapping/topic.ts'
import { EmbeddedBroker } from '../mqtt/embedded.ts'
import { BrokerSession } from '../mqtt/session.ts'
import type { Subscription } from '../mqtt/session-options.ts'
import { isTopicName, matches } from '../mqtt/topic.ts'
import { UdpListener } from '../transport/udp.ts'
import type { BirthSession } from './announcement.ts'
import { Announcements } from './announcements.ts'
import { Downlink } from './downlink.ts'
import { endpointParameters } from './endpoint-parameters.ts'
import { GatewayCommands } from './gateway-commands.ts'
import { Mapper } from './mapper.ts'
import { type LoadedMappings, loadMappings } from './mapping-files.ts'
import { MappingWatch } from './mapping-watch.ts'
import { modelFiles } from './model-files.ts'
import { Neighbours } from './neighbours.ts'
import { Outgoing } from './outgoing.ts'
import { RetainedLedger } from './retained-ledger.ts'
import { sessionParameters } from './session-parameters.ts'
import { Uplink } from './uplink.ts'
import { packageVersion } from './version.ts'

/** What the gateway takes from the world. */
export interface GatewayEnvironment {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** Milliseconds in which the queue to the broker is emptied at a stop; sockets close within the second that is left. */
const FLUSH_WITHIN = 4_000

/**
 * The composition root: everything is made here, wired to what it needs, started in the order in which it depends on
 * each other, and stopped in the reverse order.
 */
export class Gateway {
  readonly #configuration: Configuration
  readonly #environment: GatewayEnvironment
  readonly #broker: EmbeddedBroker | undefined
  readonly #session: BrokerSession
  readonly #ledger = new RetainedLedger()
  readonly #mapper: Mapper
  readonly #outgoing: Outgoing
  readonly #mappings: MappingWatch
  readonly #uplink: Uplink
  readonly #downlink: Downlink
  readonly #server: Lwm2mServer
  readonly #listeners: UdpListener[] = []
  #models: ModelFolderWatch | undefined
  #endpoint: CoapEndpoint<ActiveObservation> | undefined
  readonly #neighbours: Neighbours
  readonly #announcements: Announcements

  /**
   * Starts the gateway; the broker need not be there yet.
   * @throws CodedError `listener_failed`, `model_folder`, `mqtt_embedded`, `mqtt_url`, `config_invalid`, and of the
   *   mappings `mapping_invalid`; nothing is left running then
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
      gateway.#session.start()
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
    this.#announcements = new Announcements(environment.clock)
    const loaded = this.#loadMappings()
    this.#mapper = this.#createMapper(loaded)
    this.#neighbours = new Neighbours(configuration.mqtt.base, configuration.gateway.id, environment.logger)
    this.#session = this.#createSession()
    const ways = { session: this.#session, ledger: this.#ledger, mapper: this.#mapper }
    this.#outgoing = new Outgoing(ways)
    const shared = { ...environment, mapper: this.#mapper, publisher: this.#outgoing }
    const { acknowledge } = configuration.delivery
    this.#uplink = new Uplink({ ...shared, acknowledge })
    this.#server = this.#createServer(loaded.observe)
    this.#mappings = this.#watchMappings(loaded)
    const commands = new GatewayCommands({ ...shared, commands: this.#server.commands })
    this.#downlink = new Downlink({ ...shared, commands })
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
    this.#mappings.close()
    this.#downlink.stop()
    this.#announcements.stop()
    await this.#session.stop(this.#mapper.gateway('offline'), FLUSH_WITHIN)
    this.#endpoint?.stop()
    this.#server.stop()
    this.#mapper.stop()
    await Promise.all(this.#listeners.map((listener) => listener.close()))
    await this.#models?.close()
    await this.#broker?.stop()
  }

  #loadMappings(): LoadedMappings {
    const { mqtt, gateway, mappings } = this.#configuration
    const { responseTopics } = mqtt
    return loadMappings(mappings, {
      base: mqtt.base,
      folder: process.cwd(),
      gateway: { id: gateway.id, topic: encodeTopicLevel(gateway.id), version: packageVersion(), url: '' },
      filterOf: (match) => new DeviceMatcher(match),
      isResponseTopic: (topic) =>
        isTopicName(topic) &&
        responseTopics.some((filter) => matches(filter, topic)) &&
        !this.#mapper.filters.some((filter) => matches(filter, topic)),
    })
  }

  #createMapper({ layers }: LoadedMappings): Mapper {
    return new Mapper({
      ...this.#environment,
      mapping: layers,
      ledger: this.#ledger,
      snapshot: (endpoint) => this.#server.snapshot(endpoint),
      publish: (publication, lost) => {
        const isQueued = this.#outgoing.publish(publication, (error) => error !== undefined && lost())
        if (!isQueued) lost()
      },
    })
  }

  #watchMappings(loaded: LoadedMappings): MappingWatch {
    return new MappingWatch(loaded, {
      ...this.#environment,
      load: () => this.#loadMappings(),
      replace: (changed) => this.#replaceMappings(changed),
      refused: (error) => this.#reportMappings('mapping-refused', error),
    })
  }

  #replaceMappings({ layers, observe }: LoadedMappings): void {
    const renewed = this.#mapper.replace(layers, this.#server.devices())
    this.#session.listen(this.#subscriptions())
    this.#server.observe(this.#observeEntries(observe))
    this.#announcements.reload(this.#inTurn, renewed)
    this.#environment.logger.info({}, 'changed mapping files took over')
    this.#reportMappings('mapping-loaded')
  }

  #reportMappings(event: 'mapping-loaded' | 'mapping-refused', error?: CodedError): void {
    const { clock, logger } = this.#environment
    const at = clock.wall()
    if (error !== undefined) logger.error({ code: error.code, place: error.place }, error.message)
    const coded = error === undefined ? undefined : { code: error.code }
    const reason = error?.message ?? 'changed mapping files took over'
    for (const publication of this.#mapper.report({ event, id: `${event}/${at}`, at, reason, ...coded })) {
      this.#outgoing.publish(publication, () => {})
    }
  }

  /** What the configuration wants observed goes before what the mapping files want. */
  #observeEntries(ofMappings: readonly ObserveEntry[]): readonly ObserveEntry[] {
    return [...this.#configuration.lwm2m.observe, ...ofMappings]
  }

  #createSession(): BrokerSession {
    const options = {
      ...this.#environment,
      ...sessionParameters(this.#configuration),
      ...this.#will(),
      url: this.brokerUrl,
      subscriptions: this.#subscriptions(),
    }
    return new BrokerSession(options, {
      onUp: () => this.#announce(),
      onDown: () => this.#announcements.disconnected(),
      onMessage: (message, done) => this.#receive(message, done),
    })
  }

  /** MQTT has one Will for a connection: what neighbours look for goes before what else files say. */
  #will(): { readonly will?: Publication } {
    const farewells = this.#mapper.gateway('offline')
    const will = farewells.find(({ topic }) => matches(this.#neighbours.filter, topic)) ?? farewells[0]
    return will === undefined ? {} : { will }
  }

  #subscriptions(): Subscription[] {
    const { filters } = this.#mapper
    const commands = filters.map((filter) => ({ filter, retained: false, loss: 'no commands arrive' }))
    const loss = 'another gateway under the same base topic would go unnoticed'
    return [...commands, { filter: this.#neighbours.filter, retained: true, loss }]
  }

  #createServer(ofMappings: readonly ObserveEntry[]): Lwm2mServer {
    const { strictBinding, grace, observeRate } = this.#configuration.lwm2m
    return new Lwm2mServer({
      ...this.#environment,
      model: this.#createModel(),
      uplink: this.#uplink,
      connect: (handlers) => this.#createEndpoint(handlers),
      strictBinding,
      grace,
      observe: this.#observeEntries(ofMappings),
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
    for (const birth of this.#mapper.gateway('online')) {
      this.#outgoing.publishFirst(birth, (error) => {
        if (error === undefined) this.#neighbours.announced()
      })
    }
    this.#announcements.births(this.#asBirths, this.#mapper.standing(this.#server.devices()))
  }

  #receive(message: Message, done: (accepted: boolean) => void): void {
    if (matches(this.#neighbours.filter, message.topic)) {
      this.#neighbours.hear(message)
      done(true)
      return
    }
    try {
      this.#take(message, done)
    } catch (error) {
      // Delivered again, it would end the next life of the process as well.
      const fields = { code: 'mapping_failed', topic: message.topic, reason: reasonOf(error) }
      this.#environment.logger.error(fields, 'a message could not be read: it is dropped')
      done(true)
    }
  }

  #take(message: Message, done: (accepted: boolean) => void): void {
    const serial = this.#downlink.nextSerial()
    const told = this.#mapper.triggered(message, serial, this.#server.devices())
    if (told !== undefined && !this.#announcements.asked(this.#inTurn, told)) {
      const fields = { code: 'mqtt_queue_full', topic: message.topic }
      this.#environment.logger.warn(
        fields,
        'too much is being told already: what a message asks for is left out',
      )
    }
    this.#downlink.take(message, serial, done)
  }

  /** Publications of the gateway's own accord, in a number that the queue has room for. */
  readonly #inTurn: BirthSession = {
    publishFirst: (publication, done) => this.#outgoing.publish(publication, () => done()),
    open: () => {},
  }

  readonly #asBirths: BirthSession = {
    publishFirst: (publication, done) => this.#outgoing.publishFirst(publication, () => done()),
    open: () => this.#session.open(),
  }
}
