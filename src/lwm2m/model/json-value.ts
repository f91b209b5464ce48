import { CodedError } from '../../lib/errors.ts'
import { exactInteger } from '../../lib/integer.ts'
import type { JsonValue } from '../../lib/json.ts'
import { fitsInteger } from '../format/checked.ts'
import { parseBase64, parseInteger, parseNonFinite, parseObjectLink } from '../format/scalar.ts'
import type { ResourceType, Value } from '../value.ts'
import type { ResourceFacts } from './model.ts'
import { parseInterval } from './range.ts'

export interface TypedValue {
  readonly type: ResourceType
  readonly value: Value
}

const INT64 = 'from -9223372036854775808 to 9223372036854775807'
const UINT64 = 'from 0 to 18446744073709551615'

/** What a write may send for each type, as the errors say it. */
const ALLOWED: Readonly<Record<Exclude<ResourceType, 'none'>, string>> = {
  string: 'a string',
  integer: 'an integer, as a number or a string of digits',
  unsigned: 'an integer from 0, as a number or a string of digits',
  float: 'a number, or "NaN", "Infinity", "-Infinity"',
  boolean: 'true or false',
  opaque: 'a string of base64',
  time: 'seconds since 1970 as an integer, or a date like "2026-01-31T12:00:00Z"',
  objlnk: 'a string like "66:0", or "65535:65535" for none',
  corelnk: 'a string of links like "</3/0>"',
}

function shown(json: JsonValue): string {
  if (typeof json === 'string') return `'${json.slice(0, 40)}'`
  if (Array.isArray(json)) return 'an array'
  return typeof json === 'object' && json !== null ? 'an object' : String(json).slice(0, 40)
}

function wrongType(type: Exclude<ResourceType, 'none'>, json: JsonValue, place?: string): CodedError {
  const isHalf = typeof json === 'string' && !json.isWellFormed()
  const allowed = isHalf ? 'text in which no half of a surrogate pair stands alone' : ALLOWED[type]
  return new CodedError('value_type', `${shown(json)} is no ${type}: send ${allowed}`, { place })
}

function outOfRange(json: JsonValue, allowed: string, place?: string): CodedError {
  return new CodedError('value_range', `${shown(json)} is out of range: allowed is ${allowed}`, { place })
}

function readInteger(json: JsonValue): number | bigint | undefined {
  if (typeof json === 'bigint') return exactInteger(json)
  if (typeof json === 'string') return parseInteger(json)
  if (typeof json !== 'number' || !Number.isInteger(json)) return undefined
  return Number.isSafeInteger(json) ? json + 0 : BigInt(json)
}

/** ISO 8601, with the zone: without it the value would depend on where the gateway stands. */
const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/

function readTime(json: JsonValue): number | bigint | undefined {
  if (typeof json !== 'string' || !DATE.test(json)) return readInteger(json)
  const seconds = Date.parse(json) / 1000
  return Number.isInteger(seconds) ? seconds : undefined
}

function readFloat(json: JsonValue): number | undefined {
  if (typeof json === 'string') return parseNonFinite(json)
  const value = typeof json === 'number' || typeof json === 'bigint' ? Number(json) : undefined
  return Number.isFinite(value) ? value : undefined // JSON.parse makes an infinity of what a double cannot hold
}

/** JSON can say what is no Unicode (RFC 8259, 8.2): in UTF-8 it would become another text. */
function readText(json: JsonValue): string | undefined {
  return typeof json === 'string' && json.isWellFormed() ? json : undefined
}

function read(type: Exclude<ResourceType, 'none'>, json: JsonValue): Value | undefined {
  switch (type) {
    case 'integer':
    case 'unsigned':
      return readInteger(json)
    case 'time':
      return readTime(json)
    case 'float':
      return readFloat(json)
    case 'boolean':
      return typeof json === 'boolean' ? json : undefined
    case 'opaque':
      return typeof json === 'string' ? parseBase64(json) : undefined
    case 'objlnk':
      return typeof json === 'string' ? parseObjectLink(json) : undefined
    default:
      return readText(json)
  }
}

function checkRange(
  type: ResourceType,
  value: Value,
  facts: ResourceFacts,
  json: JsonValue,
  place?: string,
): void {
  if (typeof value !== 'number' && typeof value !== 'bigint') return
  if (type !== 'float' && !fitsInteger(value, type === 'unsigned')) {
    throw outOfRange(json, type === 'unsigned' ? UINT64 : INT64, place)
  }
  const interval = facts.range === undefined ? undefined : parseInterval(facts.range)
  if (interval === undefined || (value >= interval.least && value <= interval.most)) return
  throw outOfRange(json, `from ${interval.least} to ${interval.most}`, place)
}

/** A value of a resource that the model does not know: JSON's own type decides. */
function guess(json: JsonValue, place?: string): TypedValue {
  if (typeof json === 'string') {
    if (readText(json) === undefined) throw wrongType('string', json, place)
    return { type: 'string', value: json }
  }
  if (typeof json === 'boolean') return { type: 'boolean', value: json }
  const whole = readInteger(json)
  if (whole !== undefined && fitsInteger(whole, false)) return { type: 'integer', value: whole }
  if (whole !== undefined && fitsInteger(whole, true)) return { type: 'unsigned', value: whole }
  if (typeof json === 'number') return { type: 'float', value: json }
  if (typeof json === 'bigint') throw outOfRange(json, `${INT64}, or ${UINT64}`, place)
  throw new CodedError('value_type', `${shown(json)} is no value: send a string, a number, true or false`, {
    place,
  })
}

/**
 * A resource's value from its JSON form (a mapping says what the way back looks like). Types are exact: no number is read from a string
 * but the digits of an integer, which JSON readers may have rounded.
 * @param facts undefined: the type is what the JSON value is
 * @param place path text, for the error
 * @throws CodedError `value_type`, `value_range`, each naming what is allowed
 */
export function toValue(json: JsonValue, facts: ResourceFacts | undefined, place?: string): TypedValue {
  const type = facts?.type
  if (facts === undefined || type === undefined || type === 'none') return guess(json, place)
  const value = read(type, json)
  if (value === undefined) throw wrongType(type, json, place)
  checkRange(type, value, facts, json, place)
  return { type, value }
}

/**
 * As `toValue`, of a resource that the model does not know, but the writer does.
 * @throws CodedError `value_type`, `value_range`
 */
export function toTypedValue(
  json: JsonValue,
  type: Exclude<ResourceType, 'none'>,
  place?: string,
): TypedValue {
  const value = read(type, json)
  if (value === undefined) throw wrongType(type, json, place)
  if (type !== 'float' && !fitsType(value, type))
    throw outOfRange(json, type === 'unsigned' ? UINT64 : INT64, place)
  return { type, value }
}

/** As `toValue`; what does not fit the type or the range of the resource is what the JSON value is. */
export function toForcedValue(json: JsonValue, facts: ResourceFacts | undefined, place?: string): TypedValue {
  const type = facts?.type ?? 'none'
  const value = type === 'none' ? undefined : read(type, json)
  const isHeld = value !== undefined && (type === 'float' || fitsType(value, type))
  return isHeld ? { type, value } : guess(json, place)
}

function fitsType(value: Value, type: ResourceType): boolean {
  const isNumber = typeof value === 'number' || typeof value === 'bigint'
  return !isNumber || fitsInteger(value, type === 'unsigned')
}
