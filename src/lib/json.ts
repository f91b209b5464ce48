/**
 * JSON with exact integers: digits beyond 2^53 are read as bigint and written as digits. JSON.parse alone would
 * round them in silence.
 */

export type JsonValue = string | number | bigint | boolean | null | readonly JsonValue[] | JsonObject
export interface JsonObject {
  readonly [key: string]: JsonValue
}

// Longer ones overflow a double anyway, and reading them costs more than their length.
const PLAIN_INTEGER = /^-?\d{1,400}$/

function exact(_key: string, value: unknown, context: { source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value
  const { source } = context
  return source !== undefined && PLAIN_INTEGER.test(source) ? BigInt(source) : value
}

// Up to fifteen digits in a row are safe integers, so that most texts need no reviver, which costs ten times the parse.
const LONG_NUMBER = /\d{16}/

/**
 * @throws SyntaxError for text that is not JSON
 */
export function parseJson(text: string): JsonValue {
  return JSON.parse(text, LONG_NUMBER.test(text) ? (exact as never) : undefined) as JsonValue
}

interface RawJson {
  rawJSON(text: string): unknown
}

function digits(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? (JSON as unknown as RawJson).rawJSON(value.toString()) : value
}

/**
 * Text of a JSON value; a bigint becomes its digits. A replacer costs more than the rest, and to look for bigints takes
 * as long as to write: so it is tried without.
 */
export function stringifyJson(value: JsonValue): string {
  try {
    return JSON.stringify(value)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return JSON.stringify(value, digits) // it holds a bigint
  }
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
