import { Mapper, type MapperOptions } from '../../../src/gateway/mapper.ts'
import type { DeviceSnapshot } from '../../../src/lwm2m/command.ts'
import type { Mapping } from '../../../src/mapping/mapping.ts'
import type { Publication } from '../../../src/mapping/publication.ts'
import { SimulatedClock } from '../../support/clock.ts'
import { device, mapping as plain } from '../mapping/plain-rig.ts'
import { RecordingLogger } from './fakes.ts'

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
  const mapper = new Mapper({ mapping, snapshot, publish, clock, logger, ...changes })
  return { mapper, clock, logger, asked, gone, published }
}
