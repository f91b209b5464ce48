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

/** `for in` makes no list of the values, as all else would. */
function holdsBigint(value: JsonValue): boolean {
  if (typeof value !== 'object' || value === null) return typeof value === 'bigint'
  for (const key in value) if (holdsBigint((value as JsonObject)[key] as JsonValue)) return true
  return false
}

/** Text of a JSON value; a bigint becomes its digits. Without one no replacer is needed, which costs more than the rest. */
export function stringifyJson(value: JsonValue): string {
  return holdsBigint(value) ? JSON.stringify(value, digits) : JSON.stringify(value)
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
