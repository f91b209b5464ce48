import type { ResourceFacts } from '../lwm2m/model/model.ts'
import { formatPath, type Path } from '../lwm2m/path.ts'
import type { Sample } from '../lwm2m/value.ts'
import { Refusal } from './message.ts'
import type { Cell } from './object.ts'
import { pathsOf } from './payload.ts'
import { type Instance, place, type Store } from './store.ts'

/** A write's values by resource: one value, or those of its resource instances. */
type Written = Map<number, Cell | Map<number, Cell>>

/**
 * Write (LwM2M Core, 6.3.3): all of it, or nothing.
 * @returns paths of the resources that were written
 * @throws Refusal 4.04 for an unknown resource, 4.05 for one that cannot be written, 4.00 for an incomplete replace
 */
export function write(
  store: Store,
  path: Path,
  samples: readonly Sample[],
  mode: 'replace' | 'update',
): string[] {
  const instance = store.instance(path)
  const written = gather(store, samples, (facts) => facts.writable)
  const cleared = mode === 'replace' ? clear(store, path, instance, written) : []
  for (const [id, content] of written) merge(instance, id, content)
  const { object, instance: instanceId = 0 } = path
  return [...new Set([...cleared, ...written.keys()])].map((id) => `/${object}/${instanceId}/${id}`)
}

/**
 * Fills a new object instance (Create, LwM2M Core, 6.3.7), also with what can only be read later, such as the object
 * that an access control is for.
 * @throws Refusal as `write`
 */
export function fillInstance(store: Store, path: Path, samples: readonly Sample[]): Instance {
  const instance: Instance = gather(store, samples, (facts) => facts.writable || facts.readable)
  for (const facts of store.object(path).facts.resources.values()) {
    if (isDemanded(facts) && !instance.has(facts.id)) throw missing(path, facts)
  }
  return instance
}

function gather(
  store: Store,
  samples: readonly Sample[],
  isTaken: (facts: ResourceFacts) => boolean,
): Written {
  const written: Written = new Map()
  for (const { path, value } of pathsOf(samples)) {
    const facts = store.facts(path)
    if (!isTaken(facts)) throw new Refusal('4.05', `${formatPath(path)} cannot be written`)
    if (facts.multiple !== (path.resourceInstance !== undefined)) {
      throw new Refusal(
        '4.00',
        `${formatPath(path)} is ${facts.multiple ? 'a multiple' : 'a single'} resource`,
      )
    }
    place(written, path, value)
  }
  return written
}

/** Makes room for a replacement; returns the resources that were emptied. */
function clear(store: Store, path: Path, instance: Instance, written: Written): number[] {
  if (path.resourceInstance !== undefined) return []
  return path.resource === undefined
    ? clearInstance(store, path, instance, written)
    : clearResource(store.facts(path), path, instance, written)
}

/** A replaced instance keeps what the server may not write; all else is as the payload says. */
function clearInstance(store: Store, path: Path, instance: Instance, written: Written): number[] {
  const writable = [...store.object(path).facts.resources.values()].filter((facts) => facts.writable)
  for (const facts of writable) {
    if (isDemanded(facts) && !written.has(facts.id)) throw missing(path, facts)
  }
  return writable.map((facts) => facts.id).filter((id) => instance.delete(id))
}

/** A multiple resource may be written with no instance at all; a single one has its one value. */
function clearResource(facts: ResourceFacts, path: Path, instance: Instance, written: Written): number[] {
  if (!facts.multiple && !written.has(facts.id)) throw missing(path, facts)
  instance.set(facts.id, new Map())
  return [facts.id]
}

function merge(instance: Instance, id: number, content: Cell | Map<number, Cell>): void {
  const held = instance.get(id)
  if (content instanceof Map && held instanceof Map) {
    for (const [instanceId, cell] of content) held.set(instanceId, cell)
  } else {
    instance.set(id, content)
  }
}

function isDemanded(facts: ResourceFacts): boolean {
  return facts.mandatory && facts.writable
}

function missing(path: Path, facts: ResourceFacts): Refusal {
  return new Refusal('4.00', `${formatPath(path)} lacks the mandatory resource ${facts.id}`)
}
