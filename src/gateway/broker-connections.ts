import type { Configuration } from '../config/configuration.ts'
import type { Logger } from '../lib/logger.ts'
import type { Message, Publication } from '../mapping/publication.ts'
import type { Settle } from '../mqtt/settle.ts'
import type { OpenStream } from '../mqtt/stream.ts'
import type { Asking } from './announcements.ts'
import { BrokerConnection, type ConnectionEnvironment } from './broker-connection.ts'
import type { Mapper, Renewal } from './mapper.ts'
import type { Neighbours } from './neighbours.ts'
import { connectionParameters, mainParameters } from './session-parameters.ts'
import type { Publisher } from './uplink.ts'

export interface BrokerConnectionsOptions extends Omit<ConnectionEnvironment, 'publish'> {
  readonly configuration: Configuration
  /** Of the main broker. */
  readonly url: string
  readonly neighbours: Neighbours
  /** Replaces the streams that the configuration describes. */
  readonly openStream?: (connection: string | undefined) => OpenStream
}

/** Where the gateway publishes. */
export interface BrokerAddress {
  /** Undefined for the main connection. */
  readonly connection: string | undefined
  readonly url: string
}

/**
 * All connections to brokers: the main one, and those of `mqtt.connections`. Each connects, backs off, queues and
 * announces for itself; what is published goes over the one that it names.
 */
export class BrokerConnections implements Publisher {
  readonly #main: BrokerConnection
  readonly #others: ReadonlyMap<string, BrokerConnection>
  readonly #mapper: Mapper
  readonly #logger: Logger
  #unused: ReadonlySet<string> = new Set()

  /** @throws CodedError `mqtt_url` or `config_invalid` for a URL, certificates or keys that cannot be used */
  constructor(options: BrokerConnectionsOptions) {
    const { configuration, url, neighbours, openStream, ...others } = options
    const publish: Publisher['publish'] = (...publication) => this.publish(...publication)
    const environment = { ...others, publish }
    const streams = (name?: string) => openStream && { openStream: openStream(name) }
    this.#mapper = environment.mapper
    this.#logger = environment.logger
    const main = { ...mainParameters(configuration), url, ...streams() }
    this.#main = new BrokerConnection({ name: undefined, session: main, neighbours }, environment)
    this.#others = new Map(
      Object.entries(configuration.mqtt.connections).map(([name, connection]) => {
        const session = { ...connectionParameters(name, connection, configuration), ...streams(name) }
        return [name, new BrokerConnection({ name, session }, environment)]
      }),
    )
  }

  get addresses(): readonly BrokerAddress[] {
    return [...this.#all()].map(({ name, url }) => ({ connection: name, url }))
  }

  /** Begins to connect; the brokers need not be there yet. */
  start(): void {
    for (const connection of this.#all()) connection.start()
    this.#complainOfUnused()
  }

  publish(publication: Publication, settle: Settle, isOwed?: boolean): boolean {
    return this.#over(publication)?.publish(publication, settle, isOwed) ?? false
  }

  /** Publishes what a message has set off: over the connection that it came on. */
  tell(message: Message, ask: Asking): void {
    this.#over(message)?.tell(message.topic, ask)
  }

  /** Other mapping files are in force. */
  follow(renewal: Renewal): void {
    for (const connection of this.#all()) {
      connection.follow(renewal(connection.name))
    }
    this.#complainOfUnused()
  }

  /** Says on all of them that the gateway is gone, empties their queues and disconnects; at the same time. */
  async stop(within: number): Promise<void> {
    await Promise.all([...this.#all()].map((connection) => connection.stop(within)))
  }

  #over({ connection }: Pick<Publication, 'connection'>): BrokerConnection | undefined {
    return connection === undefined ? this.#main : this.#others.get(connection)
  }

  *#all(): Generator<BrokerConnection> {
    yield this.#main
    yield* this.#others.values()
  }

  /** Once a change. */
  #complainOfUnused(): void {
    const used = new Set(this.#mapper.connections)
    const unused = [...this.#others.keys()].filter((name) => !used.has(name))
    for (const connection of unused.filter((name) => !this.#unused.has(name))) {
      const fields = { code: 'mqtt_connection_unused', connection }
      this.#logger.warn(fields, `no mapping file speaks over the connection '${connection}'`)
    }
    this.#unused = new Set(unused)
  }
}
