import { CodedError } from '../../lib/errors.ts'
import { isJsonObject, type JsonValue } from '../../lib/json.ts'
import { formatPath, type Path, parsePath } from '../path.ts'
import type { ResourceTypes, Sample } from '../value.ts'
import { toForcedValue, toTypedValue, toValue } from './json-value.ts'
import type { ResourceFacts } from './model.ts'

export { type TypedValue, toValue } from './json-value.ts'

/** Something that knows the facts of resources, such as the model in the versions of one device. */
export interface ResourceLookup {
  /** Undefined: not known, pass through. */
  resource(object: number, resource: number): ResourceFacts | undefined
}

function wrongShape(json: JsonValue, place: string, expected: string): CodedError {
  const found = Array.isArray(json) ? 'an array' : typeof json === 'object' ? 'an object' : 'a bare value'
  const what = json === null ? 'null' : found
  return new CodedError('value_type', `the value of ${place} is ${what}: send ${expected}`, { place })
}

function isPath(text: string): boolean {
  try {
    parsePath(text)
    return true
  } catch {
    return false
  }
}

/** The path one level down; the key is an id. */
function below(place: string, key: string): string {
  const path = `${place}/${key}`
  if (!key.includes('/') && isPath(path)) return path
  throw new CodedError('value_type', `'${key.slice(0, 40)}' below ${place} is no id from 0 to 65534`, {
    place,
  })
}

class SampleCollector {
  readonly samples: Sample[] = []
  readonly #lookup: ResourceLookup
  readonly #isForced: boolean
  readonly #types: ResourceTypes

  constructor(lookup: ResourceLookup, isForced: boolean, types: ResourceTypes) {
    this.#lookup = lookup
    this.#isForced = isForced
    this.#types = types
  }

  instance(place: string, json: JsonValue): void {
    if (!isJsonObject(json)) throw wrongShape(json, place, 'an object from resource ids to values')
    for (const [key, value] of Object.entries(json)) {
      const resource = below(place, key)
      const before = this.samples.length
      this.resource(resource, value)
      if (this.samples.length === before) throw wrongShape(value, resource, 'at least one resource instance')
    }
  }

  resource(place: string, json: JsonValue): void {
    const facts = this.#facts(place)
    const isCollection = typeof json === 'object' && json !== null
    const isMultiple = this.#isForced ? isCollection : (facts?.multiple ?? isCollection)
    if (isMultiple) this.#multiple(place, json, facts)
    else this.value(place, json, facts)
  }

  #multiple(place: string, json: JsonValue, facts: ResourceFacts | undefined): void {
    if (typeof json !== 'object' || json === null) {
      throw wrongShape(json, place, 'an object from resource instance ids to values, or an array of values')
    }
    for (const [key, value] of Object.entries(json)) this.value(below(place, key), value, facts)
  }

  value(place: string, json: JsonValue, facts = this.#facts(place)): void {
    const type = facts === undefined ? this.#types[parsePath(place).resource ?? ''] : undefined
    const read = this.#isForced ? toForcedValue : toValue
    const typed = type === undefined ? read(json, facts, place) : toTypedValue(json, type, place)
    this.samples.push({ path: place, ...typed })
  }

  #facts(place: string): ResourceFacts | undefined {
    const { object, resource } = parsePath(place)
    return resource === undefined ? undefined : this.#lookup.resource(object, resource)
  }
}

/**
 * The samples of a write. `json` is, by the depth of `path`: of an instance an object from resource ids to values, of
 * a single resource or a resource instance the bare value, of a multiple resource an object from resource instance
 * ids to values, or an array, whose places are the ids from 0. An empty object or array empties a multiple resource
 * that is written by itself.
 * @param isForced what contradicts the facts of a resource is taken all the same, as if nothing were known of it
 * @param types of resources of which nothing is known
 * @throws CodedError `value_type`, `value_range` with the path of what is wrong as place; `path_invalid` for an object
 */
export function writeSamples(
  path: Path,
  json: JsonValue,
  lookup: ResourceLookup,
  isForced = false,
  types: ResourceTypes = {},
): Sample[] {
  const place = formatPath(path)
  const collector = new SampleCollector(lookup, isForced, types)
  if (path.instance === undefined) {
    throw new CodedError(
      'path_invalid',
      `a write needs an object instance or what lies below it, not ${place}`,
      { place },
    )
  }
  if (path.resource === undefined) collector.instance(place, json)
  else if (path.resourceInstance === undefined) collector.resource(place, json)
  else collector.value(place, json)
  return collector.samples
}
