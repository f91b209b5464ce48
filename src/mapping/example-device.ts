import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts'
import type { DeviceSnapshot, KnownValues } from '../lwm2m/command.ts'
import type { EnablerVersion, RegisteredObject, Registration } from '../lwm2m/fact.ts'
import type { ObjectModel } from '../lwm2m/model/model.ts'
import type { LastValue, ResourceType, Sample, Value } from '../lwm2m/value.ts'
import { idsOf } from './rule/path-filter.ts'

/** The device of an example: registered with what the example says, and with the objects that its paths name. */
export class ExampleDevice implements DeviceSnapshot {
  readonly #model: ObjectModel
  readonly #paths = new Set<string>()
  readonly #values = new Map<string, LastValue>()
  #given: JsonObject = {}
  #registration: Registration

  /**
   * @param given `device` of an example, and what its event says of the device
   * @param paths that the example names
   * @param at milliseconds since the epoch
   */
  constructor(given: JsonObject, paths: readonly string[], model: ObjectModel, at: number) {
    this.#model = model
    this.#registration = registrationOf({}, [], at)
    this.extend(given, paths, at)
  }

  get registration(): Registration {
    return this.#registration
  }

  /**
   * Adds what else is said of the device.
   * @returns whether its registration says anything else now
   */
  extend(given: JsonObject, paths: readonly string[], at: number): boolean {
    const known = isJsonObject(given.values) ? given.values : {}
    for (const path of [...paths, ...Object.keys(known)]) this.#paths.add(path)
    this.#given = { ...this.#given, ...given }
    const before = this.#registration
    const now = registrationOf(this.#given, [...this.#paths], before.registeredAt)
    const isChanged = JSON.stringify(now) !== JSON.stringify(before)
    if (isChanged) this.#registration = now
    for (const [path, value] of Object.entries(known)) this.learn(this.sample(path, value), at)
    return isChanged
  }

  object(id: number): ReturnType<DeviceSnapshot['object']> {
    const { objects, version } = this.registration
    const registered = objects.find((object) => object.id === id)?.version
    return this.#model.object(id, registered ?? (version === '1.0' ? '1.0' : '1.1'))
  }

  resource(object: number, resource: number): ReturnType<DeviceSnapshot['resource']> {
    return this.object(object)?.resources.get(resource)
  }

  get values(): KnownValues {
    const values = this.#values
    return { value: (path) => values.get(path), [Symbol.iterator]: () => values[Symbol.iterator]() }
  }

  learn({ path, value, time, unit }: Sample, at: number): void {
    this.#values.set(path, { value, time: time ?? at, unit })
  }

  /** A value as a device would give it: of the type that the model says, else of its own. */
  sample(
    path: string,
    json: JsonValue,
    more: { readonly time?: number; readonly unit?: string } = {},
  ): Sample {
    const [object = 0, , resource = 0] = idsOf(path)
    const type = this.resource(object, resource)?.type ?? typeOf(json)
    return { path, type, value: valueAs(json, type), ...more }
  }
}

function registrationOf(given: JsonObject, paths: readonly string[], at: number): Registration {
  const { endpoint = 'device-1', version = '1.1', lifetime = 300, attributes = {}, objects = {} } = given
  return {
    id: 'example',
    endpoint: String(endpoint),
    lifetime: Number(lifetime),
    version: String(version) as EnablerVersion,
    binding: 'U',
    queueMode: false,
    attributes: textsOf(attributes),
    objects: objectsOf(isJsonObject(objects) ? objects : {}, paths),
    alternatePath: '/',
    contentFormats: [],
    security: 'nosec',
    address: 'coap://192.0.2.1:5683',
    registeredAt: at,
    updatedAt: at,
  }
}

function textsOf(attributes: JsonValue): Record<string, string> {
  const entries = isJsonObject(attributes) ? Object.entries(attributes) : []
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]))
}

/** @param objects instances by object id, or by id and version, `3_1.2` */
function objectsOf(objects: JsonObject, paths: readonly string[]): RegisteredObject[] {
  const instances = new Map<number, Set<number>>()
  const versions = new Map<number, string>()
  const add = (id: number, instance: number | undefined): void => {
    const known = instances.get(id) ?? new Set<number>()
    if (instance !== undefined) known.add(instance)
    instances.set(id, known)
  }
  for (const [key, list] of Object.entries(objects)) {
    const [id = '', version] = key.split('_')
    if (version !== undefined) versions.set(Number(id), version)
    add(Number(id), undefined)
    for (const instance of Array.isArray(list) ? (list as readonly JsonValue[]) : [])
      add(Number(id), Number(instance))
  }
  for (const path of paths) {
    const [id, instance] = idsOf(path)
    if (id !== undefined) add(id, instance)
  }
  return [...instances].map(([id, known]) => ({
    id,
    version: versions.get(id) ?? '1.0',
    instances: [...known].toSorted((one, other) => one - other),
  }))
}

function typeOf(json: JsonValue): ResourceType {
  if (typeof json === 'string') return 'string'
  if (typeof json === 'boolean') return 'boolean'
  return typeof json === 'bigint' || Number.isInteger(json) ? 'integer' : 'float'
}

function valueAs(json: JsonValue, type: ResourceType): Value {
  if (type === 'opaque' && typeof json === 'string') return new Uint8Array(Buffer.from(json, 'base64'))
  if (type === 'objlnk' && typeof json === 'string') {
    const [object = 0, instance = 0] = json.split(':').map(Number)
    return { object, instance }
  }
  return typeof json === 'object' ? String(json) : json
}
