import type { Configuration } from '../config/configuration.ts'
import type { Clock } from '../lib/clock.ts'
import type { CodedError } from '../lib/errors.ts'
import type { Logger } from '../lib/logger.ts'
import type { ObserveEntry } from '../lwm2m/observe-policy.ts'
import type { Lwm2mServer } from '../lwm2m/server.ts'
import type { Report } from '../mapping/mapping.ts'
import { matches } from '../mqtt/topic.ts'
import type { BrokerConnections } from './broker-connections.ts'
import { Mapper, type MapperOptions } from './mapper.ts'
import { type LoadedMappings, loadMappings } from './mapping-files.ts'
import { mappingOptions } from './mapping-options.ts'
import { loadedReport, namesInForce, refusedReport } from './mapping-reports.ts'
import { MappingWatch } from './mapping-watch.ts'
import { RetainedLedger } from './retained-ledger.ts'

export interface MappingsOptions extends Pick<MapperOptions, 'snapshot' | 'publish'> {
  readonly configuration: Configuration
  readonly clock: Clock
  readonly logger: Logger
}

/** Those that hear of changed files. */
export interface MappingUsers {
  readonly connections: BrokerConnections
  readonly server: Lwm2mServer
}

/** The mapping files that are in force: read at the start, and again whenever one of them changes. */
export class MappingsInForce {
  readonly mapper: Mapper
  readonly #options: MappingsOptions
  /** Undefined until the first ones are read. */
  #loaded: LoadedMappings | undefined
  #watch: MappingWatch | undefined

  /** @throws CodedError `mapping_invalid` and others of mapping files */
  constructor(options: MappingsOptions) {
    this.#options = options
    const loaded = this.#load()
    this.#loaded = loaded
    const mappings = namesInForce(loaded)
    options.logger.info({ mappings }, `mappings in force: ${mappings}`)
    this.mapper = new Mapper({ ...options, mapping: loaded.layers, ledger: new RetainedLedger() })
  }

  /** What is to be observed: what the configuration wants goes before what the files want. */
  get observe(): readonly ObserveEntry[] {
    return [...this.#options.configuration.lwm2m.observe, ...(this.#loaded?.observe ?? [])]
  }

  /** From now on changed files take over. */
  watch(users: MappingUsers): void {
    if (this.#loaded === undefined) return
    const { clock, logger } = this.#options
    this.#watch = new MappingWatch(this.#loaded, {
      ...{ clock, logger },
      load: () => this.#load(),
      replace: (changed, files) => this.#replace(changed, files, users),
      refused: (error) => this.#refuse(error, users),
    })
  }

  close(): void {
    this.#watch?.close()
  }

  #load(): LoadedMappings {
    const { configuration } = this.#options
    const options = mappingOptions(configuration)
    return loadMappings(configuration.mappings, {
      ...options,
      folder: process.cwd(),
      isResponseTopic: (topic, connection) =>
        options.isResponseTopic(topic, connection) && !this.#isListenedTo(topic),
    })
  }

  /** An answer there would be the next command, over whichever connection it comes back. */
  #isListenedTo(topic: string): boolean {
    const layers = this.#loaded?.layers
    const filters = layers?.connections.flatMap((connection) => layers.filtersOf(connection)) ?? []
    return filters.some((filter) => matches(filter, topic))
  }

  #replace(changed: LoadedMappings, files: readonly string[], { connections, server }: MappingUsers): void {
    const { clock, logger } = this.#options
    this.#loaded = changed
    const renewal = this.mapper.replace(changed.layers, server.devices())
    server.observe(this.observe)
    connections.follow(renewal)
    const report = loadedReport(files, clock.wall())
    logger.info({ files }, String(report.reason))
    this.#tell(report, connections)
  }

  #refuse(error: CodedError, { connections }: MappingUsers): void {
    const { clock, logger } = this.#options
    const report = refusedReport(error, clock.wall())
    logger.error({ code: error.code, place: error.place }, String(report.reason))
    this.#tell(report, connections)
  }

  #tell(report: Report, connections: BrokerConnections): void {
    for (const publication of this.mapper.report(report)) connections.publish(publication, () => {})
  }
}
