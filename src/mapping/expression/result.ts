import { Duration, UnsignedInt } from '@marcbachmann/cel-js/evaluator'
import { CodedError } from '../../lib/errors.ts'
import { exactInteger } from '../../lib/integer.ts'
import type { JsonValue } from '../../lib/json.ts'

/** Bytes stay bytes: an outermost `encode: binary` wants them; in JSON they are base64. */
export type Result = JsonValue | Uint8Array | undefined

/** JSON that is nested deeper is of no use to anybody, and would exhaust the stack. */
const MAX_DEPTH = 100

/**
 * What an expression gave, as JSON knows it: an integer is exact, bytes are base64, a time is text in ISO 8601, a
 * duration is seconds. A number that JSON does not know is its name as text, as in values of devices.
 * @throws CodedError `mapping_failed` for what has no form in JSON, such as a type
 */
export function jsonOfResult(result: unknown): JsonValue {
  return jsonOf(result, MAX_DEPTH)
}

function jsonOf(result: unknown, depth: number): JsonValue {
  switch (typeof result) {
    case 'string':
    case 'boolean':
      return result
    case 'number':
      return Number.isFinite(result) ? result : String(result)
    case 'bigint':
      return exactInteger(result)
    case 'object':
      return result === null ? null : jsonOfObject(result, depth)
    default:
      throw new CodedError('mapping_failed', `an expression gave a ${typeof result}`)
  }
}

function jsonOfObject(result: object, depth: number): JsonValue {
  if (depth === 0) throw new CodedError('mapping_failed', `an expression gave more than ${MAX_DEPTH} levels`)
  if (Array.isArray(result)) return result.map((element) => jsonOf(element, depth - 1))
  if (result instanceof Uint8Array) return base64(result)
  if (result instanceof Date) return result.toISOString()
  if (result instanceof Map) return jsonOfEntries([...result], depth)
  if (result instanceof UnsignedInt) return exactInteger(result.valueOf())
  if (result instanceof Duration) return Number(result.seconds) + result.nanos / 1e9
  // Not by `constructor`, which may be a key of a message.
  const kind: unknown = Object.getPrototypeOf(result)
  if (kind === Object.prototype || kind === null) return jsonOfEntries(Object.entries(result), depth)
  throw new CodedError(
    'mapping_failed',
    `an expression gave a ${result.constructor.name}, which JSON has no form for`,
  )
}

function jsonOfEntries(entries: readonly (readonly [unknown, unknown])[], depth: number): JsonValue {
  return Object.fromEntries(entries.map(([key, value]) => [textOfResult(key), jsonOf(value, depth - 1)]))
}

/**
 * What an expression gave as part of a text.
 * @throws CodedError `mapping_failed` for lists, objects and null
 */
export function textOfResult(result: unknown): string {
  if (typeof result === 'string') return result
  const json = jsonOfResult(result)
  if (typeof json === 'object') {
    const what = json === null ? 'null' : 'a list or an object'
    throw new CodedError('mapping_failed', `${what} cannot be part of a text`)
  }
  return String(json)
}

export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}
