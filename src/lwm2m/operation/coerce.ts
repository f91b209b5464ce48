import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import type { ResourceLookup } from '../model/convert.ts'
import type { ResourceType } from '../value.ts'

const TRUTH: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
])

const NUMBER = /^[+-]?\d{1,40}(\.\d{0,40})?([eE][+-]?\d{1,3})?$/

/** A single value for dialects in which numbers and truth values come as text: by the type of the resource. */
function coerceValue(json: JsonValue, type: ResourceType | undefined): JsonValue {
  if (type === 'string' && (typeof json === 'number' || typeof json === 'bigint')) return String(json)
  if (type === 'boolean' && (json === 0 || json === 1)) return json === 1
  if (typeof json !== 'string') return json
  if (type === 'boolean') return TRUTH.get(json.toLowerCase()) ?? json
  return type === 'float' && NUMBER.test(json) ? Number(json) : json
}

/** The value of a resource, or of each of its instances. */
function coerceResource(json: JsonValue, type: ResourceType | undefined): JsonValue {
  if (!isJsonObject(json)) return coerceValue(json, type)
  return mapped(json, (value) => coerceValue(value, type))
}

/**
 * Reads texts in a value to write by the types of the resources; what does not look like its type stays as it is, to
 * be refused where values are checked.
 * @param json of a resource, or of an instance an object from resource ids to values
 */
export function coerce(
  json: JsonValue,
  { object, resource }: { readonly object: number; readonly resource?: number | undefined },
  lookup: ResourceLookup,
): JsonValue {
  const typeOf = (id: number): ResourceType | undefined => lookup.resource(object, id)?.type
  if (resource !== undefined) return coerceResource(json, typeOf(resource))
  return isJsonObject(json) ? mapped(json, (value, id) => coerceResource(value, typeOf(Number(id)))) : json
}

function mapped(json: JsonObject, change: (value: JsonValue, key: string) => JsonValue): JsonObject {
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, change(value, key)]))
}
