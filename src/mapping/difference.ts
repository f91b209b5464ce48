import { isJsonObject, type JsonObject, type JsonValue, stringifyJson } from '../lib/json.ts'
import type { KeyPath } from './problem.ts'

/** A part that is not as it was expected. */
export interface Difference {
  readonly path: KeyPath
  /** Undefined where nothing was expected. */
  readonly expected: JsonValue | undefined
  /** Undefined where nothing is there. */
  readonly found: JsonValue | undefined
}

/**
 * Where a list of publications or commands differs from what an example expects, part by part. Keys of an entry that
 * the example does not give may be anything; what it gives is meant exactly, save `includes`: a part of the payload.
 */
export function differences(expected: readonly JsonValue[], found: readonly JsonValue[]): Difference[] {
  const all = Array.from({ length: Math.max(expected.length, found.length) }, (_, index) => index)
  return all.flatMap((index) => {
    const one = expected[index]
    const other = found[index]
    if (isJsonObject(one) && isJsonObject(other)) return ofEntry([index], one, other)
    return ofValue([index], one, other)
  })
}

function ofEntry(path: KeyPath, expected: JsonObject, found: JsonObject): Difference[] {
  return Object.entries(expected).flatMap(([key, value]) =>
    key === 'includes'
      ? ofPart([...path, key], value, own(found, 'payload'))
      : ofValue([...path, key], value, own(found, key)),
  )
}

/** What is expected must be there; beside it may be anything. */
function ofPart(path: KeyPath, expected: JsonValue, found: JsonValue | undefined): Difference[] {
  if (!isJsonObject(expected) || !isJsonObject(found)) return ofValue(path, expected, found)
  return Object.entries(expected).flatMap(([key, value]) => ofPart([...path, key], value, own(found, key)))
}

function ofValue(path: KeyPath, expected: JsonValue | undefined, found: JsonValue | undefined): Difference[] {
  if (isJsonObject(expected) && isJsonObject(found)) {
    const keys = new Set([...Object.keys(expected), ...Object.keys(found)])
    return [...keys].flatMap((key) => ofValue([...path, key], own(expected, key), own(found, key)))
  }
  if (Array.isArray(expected) && Array.isArray(found)) {
    const [one, other] = [expected as readonly JsonValue[], found as readonly JsonValue[]]
    const length = Math.max(one.length, other.length)
    return Array.from({ length }, (_, index) => ofValue([...path, index], one[index], other[index])).flat()
  }
  return isSame(expected, found) ? [] : [{ path, expected, found }]
}

function isSame(one: JsonValue | undefined, other: JsonValue | undefined): boolean {
  if (one === undefined || other === undefined) return one === other
  return stringifyJson(one) === stringifyJson(other)
}

function own(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
}
