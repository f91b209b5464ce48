import { expect } from 'vitest'
import { Mapper, type MapperOptions } from '../../../src/gateway/mapper.ts'
import { RetainedLedger } from '../../../src/gateway/retained-ledger.ts'
import type { DeviceSnapshot } from '../../../src/lwm2m/command.ts'
import type { Fact } from '../../../src/lwm2m/fact.ts'
import type { MappingDocument } from '../../../src/mapping/document.ts'
import { compileLayers } from '../../../src/mapping/layering.ts'
import { Layers } from '../../../src/mapping/layers.ts'
import type { Mapping } from '../../../src/mapping/mapping.ts'
import type { Publication } from '../../../src/mapping/publication.ts'
import { SimulatedClock } from '../../support/clock.ts'
import { layersOf as chainOf } from '../mapping/layers-rig.ts'
import { device, mapping as plain, rigOptions } from '../mapping/plain-rig.ts'
import { RecordingLogger } from './fakes.ts'

/** A mapping file in force, and those that it extends. */
export function layersOf(
  document: Omit<MappingDocument, 'name'>,
  ...extended: readonly MappingDocument[]
): Mapping {
  return chainOf({ name: 'mine', ...document }, ...extended)
}

/** Mapping files in force that have nothing to do with each other. */
export function unrelated(...documents: readonly MappingDocument[]): Mapping {
  const { sheets, problems } = compileLayers(
    documents.map((document) => [{ document }]),
    rigOptions,
  )
  expect(problems).toEqual([])
  const [fallback] = sheets
  if (fallback === undefined) throw new Error('nothing was compiled')
  return new Layers({ sheets, fallback, isResponseTopic: () => true })
}

/** A mapper whose publications the queue to the broker takes, each as soon as it is told. */
export class PublishingMapper extends Mapper {
  override up(fact: Fact): readonly Publication[] {
    return [...this.#taken(super.up(fact))]
  }

  /** What is published over a connection (undefined: the main one) when another mapping takes over. */
  *replaced(
    mapping: Mapping,
    devices: Iterable<DeviceSnapshot>,
    connection?: string,
  ): Generator<Publication> {
    for (const telling of this.replace(mapping, devices)(connection)) yield* this.#taken(telling())
  }

  *#taken(publications: Iterable<Publication>): Generator<Publication> {
    for (const publication of publications) {
      this.taken(publication)
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
