import { loadMappings } from '../../../src/gateway/mapping-files.ts'
import { DeviceMatcher } from '../../../src/lwm2m/device-match.ts'
import type { Mapping } from '../../../src/mapping/mapping.ts'
import { HandwrittenMapping } from './handwritten.ts'

const BASE = 'lwm2m'

/** Presets, as the gateway loads them. */
export function presets(names: readonly string[]): Mapping {
  return loadMappings(names, {
    base: BASE,
    gateway: { id: 'bench', topic: 'bench', version: '0', url: '' },
    folder: '.',
    filterOf: (match) => new DeviceMatcher(match),
    isResponseTopic: () => false,
  }).layers
}

/** What `plain` does, without a mapping file. */
export function handwritten(): Mapping {
  return new HandwrittenMapping(BASE)
}
