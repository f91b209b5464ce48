import { CodedError } from '../lib/errors.ts'
import type { EnablerVersion } from '../lwm2m/fact.ts'
import { defaultVersion } from '../lwm2m/model/enabler.ts'
import type { ObjectFacts, ObjectModel, ResourceFacts } from '../lwm2m/model/model.ts'
import { formatPath, type Path, parsePath } from '../lwm2m/path.ts'
import type { Sample, Value } from '../lwm2m/value.ts'
import { Refusal } from './message.ts'
import type { Cell, Content, SimulatedObject } from './object.ts'

export type Instance = Map<number, Cell | Map<number, Cell>>

export interface StoredObject {
  readonly facts: ObjectFacts
  readonly version: string
  readonly instances: Map<number, Instance>
}

/** A device's objects, instances and resources, and what they hold. */
export class Store {
  readonly objects = new Map<number, StoredObject>()

  /** @throws CodedError `simulator_object` for an object without facts */
  constructor(objects: readonly SimulatedObject[], model: ObjectModel, enabler: EnablerVersion) {
    for (const object of [...objects].sort((a, b) => a.id - b.id)) this.#add(object, model, enabler)
  }

  #add(object: SimulatedObject, model: ObjectModel, enabler: EnablerVersion): void {
    const version = object.version ?? defaultVersion(object.id, enabler)
    const facts = object.facts ?? model.object(object.id, version)
    if (facts === undefined) {
      throw new CodedError('simulator_object', `the model knows no object ${object.id} of version ${version}`)
    }
    const instances = new Map<number, Instance>()
    for (const [id, resources] of Object.entries(object.instances)) instances.set(Number(id), fill(resources))
    this.objects.set(object.id, { facts, version, instances })
  }

  /** @throws Refusal 4.04 */
  object(path: Path): StoredObject {
    const object = this.objects.get(path.object)
    if (object === undefined) throw new Refusal('4.04', `no object ${path.object}`)
    return object
  }

  /** @throws Refusal 4.04 */
  instance(path: Path): Instance {
    const instance = this.object(path).instances.get(path.instance ?? -1)
    if (instance === undefined) throw new Refusal('4.04', `no object instance ${formatPath(path)}`)
    return instance
  }

  /** Facts of a resource that the object can have. @throws Refusal 4.04 */
  facts(path: Path): ResourceFacts {
    const facts = this.object(path).facts.resources.get(path.resource ?? -1)
    if (facts === undefined) throw new Refusal('4.04', `no resource ${formatPath(path)}`)
    return facts
  }

  /** The value at a resource or resource instance; undefined where there is none, or many. */
  get(text: string): Value | undefined {
    const path = parsePath(text)
    const content = this.objects
      .get(path.object)
      ?.instances.get(path.instance ?? -1)
      ?.get(path.resource ?? -1)
    if (!(content instanceof Map)) return path.resourceInstance === undefined ? valueIn(content) : undefined
    return valueIn(content.get(path.resourceInstance ?? -1))
  }

  /**
   * Sets a resource, or one instance of a multiple resource, which is made where it is absent.
   * @throws CodedError `simulator_object` where the device has no such object instance or resource
   */
  set(text: string, content: Content): void {
    const path = parsePath(text)
    const object = this.objects.get(path.object)
    const instance = object?.instances.get(path.instance ?? -1)
    if (instance === undefined || object?.facts.resources.get(path.resource ?? -1) === undefined) {
      throw new CodedError('simulator_object', `the device has no ${text}`, { place: text })
    }
    place(instance, path, content)
  }

  /** Removes an object instance; false where there was none. */
  remove(path: Path): boolean {
    return this.objects.get(path.object)?.instances.delete(path.instance ?? -1) ?? false
  }

  /** Everything readable of an instance, by ascending ids. */
  samplesOf(object: StoredObject, objectId: number, instanceId: number, instance: Instance): Sample[] {
    const samples: Sample[] = []
    for (const id of [...instance.keys()].sort((a, b) => a - b)) {
      const facts = object.facts.resources.get(id)
      if (facts?.readable === true) {
        samples.push(...samplesOfResource(`/${objectId}/${instanceId}/${id}`, facts, instance.get(id)))
      }
    }
    return samples
  }
}

/** The samples of one resource: one, or one for each of its instances. */
export function samplesOfResource(
  path: string,
  facts: ResourceFacts,
  content: Cell | Map<number, Cell> | undefined,
): Sample[] {
  const { type } = facts
  if (content === undefined) return []
  if (!(content instanceof Map)) return [{ path, type, value: read(content) }]
  const ascending = [...content].sort(([a], [b]) => a - b)
  return ascending.map(([id, cell]) => ({ path: `${path}/${id}`, type, value: read(cell) }))
}

/** Puts content at a resource or resource instance of an object instance. */
export function place(instance: Instance, path: Path, content: Content): void {
  const id = path.resource ?? -1
  if (path.resourceInstance === undefined) {
    instance.set(id, thaw(content))
    return
  }
  const held = instance.get(id)
  const map = held instanceof Map ? held : new Map<number, Cell>()
  if (!(content instanceof Map)) map.set(path.resourceInstance, content as Cell)
  instance.set(id, map)
}

function fill(resources: Readonly<Record<number, Content>>): Instance {
  const entries = Object.entries(resources)
  return new Map(entries.map(([id, content]) => [Number(id), thaw(content)]))
}

/** The store's own copy of a map, so that devices share no state. */
function thaw(content: Content): Cell | Map<number, Cell> {
  return content instanceof Map ? new Map(content) : (content as Cell)
}

function read(cell: Cell): Value {
  return typeof cell === 'function' ? cell() : cell
}

function valueIn(cell: Cell | undefined): Value | undefined {
  return cell === undefined ? undefined : read(cell)
}
