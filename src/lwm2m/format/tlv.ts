import { type Path, parsePath } from '../path.ts'
import type { Sample } from '../value.ts'
import type { Codec } from './codec.ts'
import { unsupported } from './failures.ts'
import { pathWithin } from './single.ts'
import { decodeTlv } from './tlv-decode.ts'
import {
  joinBytes,
  MULTIPLE_RESOURCE,
  OBJECT_INSTANCE,
  RESOURCE,
  RESOURCE_INSTANCE,
  tlvEntry,
} from './tlv-entry.ts'
import { writeTlvValue } from './tlv-value.ts'

interface Entry {
  readonly path: Path
  readonly sample: Sample
}

/** Groups by an id of the path, in the order of the first of each. */
function groupBy(entries: readonly Entry[], id: (path: Path) => number | undefined): Map<number, Entry[]> {
  const groups = new Map<number, Entry[]>()
  for (const entry of entries) {
    const key = id(entry.path) ?? 0
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [entry])
    else group.push(entry)
  }
  return groups
}

function resourceInstances(entries: readonly Entry[]): Uint8Array {
  const seen = new Set<number>()
  const parts = entries.map(({ path, sample }) => {
    const id = path.resourceInstance
    if (id === undefined || seen.has(id)) throw unsupported('TLV holds one value for each path', sample.path)
    seen.add(id)
    return tlvEntry(RESOURCE_INSTANCE, id, writeTlvValue(sample))
  })
  return joinBytes(parts)
}

function resource(id: number, entries: readonly Entry[]): Uint8Array {
  const [first] = entries
  if (first === undefined || first.path.resourceInstance !== undefined) {
    return tlvEntry(MULTIPLE_RESOURCE, id, resourceInstances(entries))
  }
  if (entries.length > 1) throw unsupported('TLV holds one value for each path', first.sample.path)
  return tlvEntry(RESOURCE, id, writeTlvValue(first.sample))
}

function resources(entries: readonly Entry[]): Uint8Array {
  const groups = groupBy(entries, (path) => path.resource)
  return joinBytes(Array.from(groups, ([id, group]) => resource(id, group)))
}

function instances(entries: readonly Entry[]): Uint8Array {
  const groups = groupBy(entries, (path) => path.instance)
  return joinBytes(Array.from(groups, ([id, group]) => tlvEntry(OBJECT_INSTANCE, id, resources(group))))
}

/** An object instance with the values that lie within it, of which there may be none. */
export interface InstanceContent {
  readonly path: string
  readonly samples: readonly Sample[]
}

/** Object instances as a Create names them (LwM2M Core, 7.4.3), also those without any value. */
export function encodeInstances(instances: readonly InstanceContent[]): Uint8Array {
  const parts = instances.map(({ path, samples }) =>
    tlvEntry(OBJECT_INSTANCE, parsePath(path).instance ?? 0, tlvCodec.encode(samples, path)),
  )
  return joinBytes(parts)
}

/**
 * application/vnd.oma.lwm2m+tlv (LwM2M Core, 7.4.3). Written from the level below the base: instances of an object,
 * resources of an instance, the resource itself, the bare resource instance. No samples for a resource is a multiple
 * resource without instances.
 */
export const tlvCodec: Codec = {
  contentFormat: 11542,
  name: 'application/vnd.oma.lwm2m+tlv',

  decode: decodeTlv,

  encode(samples: readonly Sample[], base: string): Uint8Array {
    if (base === '/') throw unsupported('TLV cannot hold several objects', base)
    const at = parsePath(base)
    const entries = samples.map((sample) => ({ path: pathWithin(sample, base), sample }))
    if (at.instance === undefined) return instances(entries)
    if (at.resource === undefined) return resources(entries)
    return at.resourceInstance === undefined ? resource(at.resource, entries) : resourceInstances(entries)
  },
}
