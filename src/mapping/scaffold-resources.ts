import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts'
import type { ObjectModel, ResourceFacts } from '../lwm2m/model/model.ts'
import type { ResourceType } from '../lwm2m/value.ts'
import { idsOf } from './rule/path-filter.ts'

/** What a device has told of itself, as the preset `plain` publishes it. */
export interface ScaffoldSource {
  readonly endpoint: string
  /** Payload of `.../registration`. */
  readonly registration: JsonObject
  /** Payloads of `.../value/...`, by path. */
  readonly values: ReadonlyMap<string, JsonObject>
}

/** A resource that a scaffold has rules for. */
export interface ScaffoldResource {
  readonly object: number
  readonly resource: number
  /** Of the object. */
  readonly version: string
  /** The first that is registered. */
  readonly instance: number
  /** Of its rule; no other resource has it. */
  readonly name: string
  /** Names of the object and the resource in the model. */
  readonly title: string
  /** Its object and itself as topic levels. */
  readonly levels: readonly [object: string, resource: string]
  readonly type: ResourceType
  readonly range: string | undefined
  readonly unit: string | undefined
  readonly isReadable: boolean
  readonly isWritable: boolean
  readonly isExecutable: boolean
  readonly isMultiple: boolean
  /** What it has told, else something that it might tell. */
  readonly value: JsonValue
}

interface Registered {
  readonly id: number
  readonly version: string
  readonly instances: readonly number[]
}

/** What a device has told of a resource: of the first instance that told something. */
interface Known {
  readonly value: JsonValue
  readonly unit: string | undefined
}

/** Security, Server, Access Control and OSCORE are between the device and the gateway. */
const OWN_AFFAIRS: ReadonlySet<number> = new Set([0, 1, 2, 21])
/** Sensor Units: they come as the unit of the value beside them. */
const SENSOR_UNITS = 5701
const LONGEST_VALUE = 200
const LONGEST_NAME = 60
const LONGEST_LEVEL = 40

/** What a device has told, or must have, by ascending ids. */
export function scaffoldResources(
  { registration, values }: ScaffoldSource,
  model: ObjectModel,
): ScaffoldResource[] {
  const known = knownOf(values)
  const taken = new Set<string>()
  return registeredOf(registration)
    .filter(({ id }) => !OWN_AFFAIRS.has(id))
    .flatMap((object) => resourcesOf(object, known, model, taken))
}

function registeredOf({ objects }: JsonObject): Registered[] {
  if (!Array.isArray(objects)) return []
  return (objects as readonly JsonValue[]).filter(isJsonObject).flatMap(({ id, version, instances }) => {
    if (typeof id !== 'number') return []
    const all = Array.isArray(instances) ? (instances as readonly JsonValue[]) : []
    return [{ id, version: String(version ?? '1.0'), instances: all.map(Number) }]
  })
}

function knownOf(values: ReadonlyMap<string, JsonObject>): Map<string, Known> {
  const known = new Map<string, Known>()
  for (const [path, { value, unit }] of values) {
    const [object, , resource] = idsOf(path)
    const id = `${object}/${resource}`
    if (resource === undefined || value === undefined || known.has(id)) continue
    known.set(id, { value, unit: typeof unit === 'string' ? unit : undefined })
  }
  return known
}

function resourcesOf(
  object: Registered,
  known: ReadonlyMap<string, Known>,
  model: ObjectModel,
  taken: Set<string>,
): ScaffoldResource[] {
  const facts = model.object(object.id, object.version)
  const all = [...(facts?.resources.values() ?? [])]
  const own = [...known].flatMap(([key, { value }]) => strangerOf(key, value, object.id, all))
  const level = unique(slug(facts?.name ?? `object-${object.id}`), object.id, taken)
  const levels = new Set<string>()
  return [...all, ...own]
    .filter(({ id, mandatory }) => id !== SENSOR_UNITS && (mandatory || known.has(`${object.id}/${id}`)))
    .filter(({ readable, writable, executable }) => readable || writable || executable)
    .toSorted((one, other) => one.id - other.id)
    .map((resource) => {
      const title = `${facts?.name ?? `Object ${object.id}`}: ${resource.name}`
      const own = unique(slug(resource.name), resource.id, levels)
      return entryOf(object, resource, title, [level, own], known.get(`${object.id}/${resource.id}`))
    })
}

/** A resource that has told a value, and that the model does not know. */
function strangerOf(
  key: string,
  value: JsonValue,
  object: number,
  all: readonly ResourceFacts[],
): ResourceFacts[] {
  const [at, id = 0] = key.split('/').map(Number)
  if (at !== object || all.some((one) => one.id === id)) return []
  const type = typeOf(value)
  const flags = { readable: true, writable: false, executable: false, multiple: false, mandatory: false }
  return [{ id, name: `Resource ${id}`, type, ...flags }]
}

function entryOf(
  { id: object, version, instances }: Registered,
  { id: resource, type, range, unit, readable, writable, executable, multiple }: ResourceFacts,
  title: string,
  levels: readonly [string, string],
  known: Known | undefined,
): ScaffoldResource {
  const told = known === undefined || !fits(known.value, type) ? undefined : known.value
  return {
    ...{ object, version, resource, title, levels, type, range },
    instance: instances[0] ?? 0,
    name: nameOf(levels, object, resource),
    unit: known?.unit ?? unit,
    isReadable: readable,
    isWritable: writable && !multiple && type !== 'opaque', // no topic's business
    isExecutable: executable,
    isMultiple: multiple,
    value: told ?? plausible(type, range),
  }
}

/** Of a rule, with room for a verb before it. */
function nameOf([one, other]: readonly [string, string], object: number, resource: number): string {
  const name = `${one}-${other}`
  const isName = /^[a-z]/.test(name) && name.length <= LONGEST_NAME
  return isName ? name : `resource-${object}-${resource}`
}

/** Whether an example reads well with it, and gives it back. */
function fits(value: JsonValue, type: ResourceType): boolean {
  const own = typeof value
  if (type === 'boolean') return own === 'boolean'
  if (type === 'float') return own === 'number'
  if (type === 'integer' || type === 'unsigned' || type === 'time')
    return own === 'number' || own === 'bigint'
  return typeof value === 'string' && value.length <= LONGEST_VALUE
}

/** Something that a resource of this type might tell. */
function plausible(type: ResourceType, range: string | undefined): JsonValue {
  switch (type) {
    case 'boolean':
      return true
    case 'float':
      return boundsOf(range)?.[0] ?? 21.5
    case 'integer':
    case 'unsigned':
      return boundsOf(range)?.[0] ?? 1
    case 'time':
      return 1_764_000_000
    case 'opaque':
      return 'AQI='
    case 'objlnk':
      return '3:0'
    case 'corelnk':
      return '</3/0>'
    default:
      return 'text'
  }
}

const RANGE = /^(-?\d{1,15}(?:\.\d{1,15})?)\.\.(-?\d{1,15}(?:\.\d{1,15})?)$/

/** `0..100`, as the registry writes it; undefined for what is written otherwise. */
export function boundsOf(range: string | undefined): readonly [least: number, most: number] | undefined {
  const [, least, most] = RANGE.exec(range ?? '') ?? []
  return least === undefined || most === undefined ? undefined : [Number(least), Number(most)]
}

function typeOf(value: JsonValue): ResourceType {
  if (typeof value === 'boolean') return 'boolean'
  if (typeof value === 'bigint' || Number.isInteger(value)) return 'integer'
  return typeof value === 'number' ? 'float' : 'string'
}

/** `On/Off` becomes `on-off`: a part of a topic, and of the name of a rule. */
export function slug(name: string): string {
  const words = name.toLowerCase().match(/[a-z0-9]+/g) ?? []
  return words.join('-').slice(0, LONGEST_LEVEL).replace(/-$/, '') || 'unnamed'
}

function unique(name: string, id: number, taken: Set<string>): string {
  const given = taken.has(name) ? `${name}-${id}` : name
  taken.add(given)
  return given
}
