import { Mapper, type MapperOptions } from '../../../src/gateway/mapper.ts'
import { RetainedLedger } from '../../../src/gateway/retained-ledger.ts'
import type { DeviceSnapshot } from '../../../src/lwm2m/command.ts'
import type { Fact } from '../../../src/lwm2m/fact.ts'
import type { MappingDocument } from '../../../src/mapping/document.ts'
import type { Mapping } from '../../../src/mapping/mapping.ts'
import type { Publication } from '../../../src/mapping/publication.ts'
import { SimulatedClock } from '../../support/clock.ts'
import { layersOf as chainOf } from '../mapping/layers-rig.ts'
import { device, mapping as plain } from '../mapping/plain-rig.ts'
import { RecordingLogger } from './fakes.ts'

/** A mapping file in force, and those that it extends. */
export function layersOf(
  document: Omit<MappingDocument, 'name'>,
  ...extended: readonly MappingDocument[]
): Mapping {
  return chainOf({ name: 'mine', ...document }, ...extended)
}

/** A mapper whose publications the queue to the broker takes, each as soon as it is told. */
export class PublishingMapper extends Mapper {
  readonly #ledger: RetainedLedger

  constructor(options: MapperOptions) {
    super(options)
    this.#ledger = options.ledger
  }

  override up(fact: Fact): readonly Publication[] {
    return [...this.#taken(super.up(fact))]
  }

  /** What is published when another mapping takes over. */
  *replaced(mapping: Mapping, devices: Iterable<DeviceSnapshot>): Generator<Publication> {
    for (const telling of this.replace(mapping, devices)) yield* this.#taken(telling())
  }

  *#taken(publications: Iterable<Publication>): Generator<Publication> {
    for (const publication of publications) {
      this.#ledger.note(publication)
      yield publication
    }
  }
}

/** A mapper whose devices are all the same one, on a clock that the test moves. */
export function mapperRig(mapping: Mapping = plain, changes: Partial<MapperOptions> = {}) {
  const clock = new SimulatedClock()
  const logger = new RecordingLogger()
  /** Endpoints of the devices that the mapping was given. */
  const asked: string[] = []
  /** Endpoints that are not registered. */
  const gone = new Set<string>()
  /** What the mapping published of its own accord. */
  const published: Publication[] = []
  const snapshot = (endpoint: string): DeviceSnapshot => {
    asked.push(endpoint)
    return gone.has(endpoint) ? { ...device, registration: undefined } : device
  }
  const publish = (publication: Publication) => void published.push(publication)
  const ledger = new RetainedLedger()
  const mapper = new PublishingMapper({ mapping, snapshot, ledger, publish, clock, logger, ...changes })
  return { mapper, ledger, clock, logger, asked, gone, published }
}
