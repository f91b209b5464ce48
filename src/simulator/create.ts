import { TLV } from '../lwm2m/format/formats.ts'
import { OBJECT_INSTANCE, TlvCursor } from '../lwm2m/format/tlv-entry.ts'
import { formatPath, type Path, parsePath } from '../lwm2m/path.ts'
import type { Sample } from '../lwm2m/value.ts'
import { Refusal, type Request } from './message.ts'
import type { Payloads } from './payload.ts'
import type { Store } from './store.ts'
import { fillInstance } from './write.ts'

const MAX_ID = 65534

/**
 * Create (LwM2M Core, 6.3.7): all of the instances that the payload names, or none; where it names none, one of which
 * the device chooses the id.
 * @returns ids of the new instances
 * @throws Refusal 4.05 for an object of a single instance, 4.00 for an id that is taken and a lack of mandatory resources
 */
export function create(store: Store, payloads: Payloads, path: Path, request: Request): number[] {
  const { facts, instances } = store.object(path)
  if (!facts.multiple) throw new Refusal('4.05', `object ${path.object} has a single instance`)
  const isNameless = namesNoInstance(request)
  const chosen = freeId(instances)
  const base = isNameless ? { object: path.object, instance: chosen } : path
  const samples = payloads.decode(request, formatPath(base))
  const ids = isNameless ? [chosen] : namedInstances(request, samples)
  if (ids.length === 0) throw new Refusal('4.00', 'the payload names no object instance')
  const filled = ids.map((id) => {
    if (instances.has(id)) throw new Refusal('4.00', `object instance ${id} exists`)
    const own = samples.filter((sample) => instanceOf(sample) === id)
    return [id, fillInstance(store, { object: path.object, instance: id }, own)] as const
  })
  for (const [id, instance] of filled) instances.set(id, instance)
  return ids
}

/** TLV may hold the resources alone; its first byte says whether an object instance is around them. */
function namesNoInstance({ payload, contentFormat }: Request): boolean {
  const [first] = payload
  return first === undefined || (contentFormat === TLV && first >> 6 !== OBJECT_INSTANCE)
}

/** In TLV also those without any value. */
function namedInstances({ contentFormat, payload }: Request, samples: readonly Sample[]): number[] {
  const ids = new Set(samples.map(instanceOf))
  if (contentFormat === TLV) {
    const entry = new TlvCursor(payload, 0, payload.length)
    while (entry.next()) ids.add(entry.id)
  }
  return [...ids]
}

function instanceOf({ path }: Sample): number {
  return parsePath(path).instance ?? 0
}

function freeId(instances: ReadonlyMap<number, unknown>): number {
  let id = 0
  while (instances.has(id) && id < MAX_ID) id++
  return id
}
