import { createHash } from 'node:crypto'
import { CodedError } from '../../lib/errors.ts'
import { type JsonValue, parseJson, stringifyJson } from '../../lib/json.ts'
import { encodeTopicLevel } from '../topic.ts'
import { jsonOfResult, textOfResult } from './result.ts'
import { seenIn } from './seen.ts'

/** A function that expressions can call, besides those of CEL. */
export interface ExpressionFunction {
  /** In CEL's terms: `topic(string): string`. */
  readonly signature: string
  readonly description: string
  /** An expression and what it gives; a test holds them together. */
  readonly example: readonly [expression: string, gives: JsonValue]
  /** CEL has checked the arguments against the signature. */
  readonly handler: (...values: never[]) => unknown
}

/** What a text may grow to by joining and replacing. */
const MAX_TEXT = 1_000_000

function checkLength(length: number): void {
  if (length > MAX_TEXT)
    throw new CodedError('mapping_budget', `an expression made a text of more than ${MAX_TEXT} characters`)
}

/** Lower case, digits and hyphens; where that changed the name, a hash tells it from others. */
function slug(name: string): string {
  const plain = name
    .toLowerCase()
    .split(/[^a-z0-9]/)
    .filter((word) => word !== '')
    .join('-')
  if (plain === name) return name
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8)
  return plain === '' ? hash : `${plain}-${hash}`
}

/** `Battery Level` becomes `batteryLevel`. */
export function camel(name: string): string {
  const words = name.split(/[^\p{L}\p{N}]/u).filter((word) => word !== '')
  const [first = '', ...others] = words.map((word) => word.toLowerCase())
  return first + others.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
}

function under(base: string, path: string): string {
  const whole = path.startsWith('/') ? path : `${base.replace(/\/$/, '')}/${path}`
  return whole.length > 1 && whole.endsWith('/') ? whole.slice(0, -1) : whole
}

/** The elements of lists in a list; what is no list stays as it is. */
function flatten(list: readonly unknown[]): unknown[] {
  return list.flat()
}

function replace(text: string, from: string, to: string): string {
  if (from === '') return text
  const parts = text.split(from)
  checkLength(text.length + (parts.length - 1) * (to.length - from.length))
  return parts.join(to)
}

function join(list: readonly unknown[], separator: string): string {
  const parts = list.map(textOfResult)
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  checkLength(length + parts.length * separator.length)
  return parts.join(separator)
}

/** A number of what is one, or of a text that spells one. Integers are exact. */
function number(value: unknown): number | bigint {
  if (typeof value === 'number' || typeof value === 'bigint') return value
  if (typeof value === 'boolean') return value ? 1 : 0
  const text = typeof value === 'string' ? value.trim() : ''
  const parsed = /^-?(0|[1-9]\d{0,40})(\.\d{1,40})?([eE][+-]?\d{1,3})?$/.test(text)
    ? parseJson(text)
    : undefined
  if (typeof parsed === 'bigint' || (typeof parsed === 'number' && Number.isFinite(parsed))) return parsed
  throw new CodedError('mapping_failed', 'number() was given what is no number')
}

function round(value: unknown, digits: bigint): number | bigint {
  const places = Number(digits)
  if (places < 0 || places > 15) throw new CodedError('mapping_failed', 'round() takes 0 to 15 digits')
  return whole((float) => Number(float.toFixed(places)), value)
}

function fromJson(text: string): JsonValue {
  try {
    return seenIn(text, parseJson(text))
  } catch (error) {
    throw new CodedError('mapping_failed', 'fromJson() was given what is no JSON', { cause: error })
  }
}

/** Node.js leaves out what it does not understand, in silence. */
function fromBase64(text: string): Uint8Array {
  const isBase64 = /^[A-Za-z0-9+/_-]*={0,2}$/.test(text) && text.replace(/={1,2}$/, '').length % 4 !== 1
  if (!isBase64) throw new CodedError('mapping_failed', 'fromBase64() was given what is no base64')
  return new Uint8Array(Buffer.from(text, 'base64'))
}

function fromHex(text: string): Uint8Array {
  const isHex = /^[0-9a-fA-F]*$/.test(text) && text.length % 2 === 0
  if (!isHex)
    throw new CodedError('mapping_failed', 'fromHex() was given what are no pairs of hexadecimal digits')
  return new Uint8Array(Buffer.from(text, 'hex'))
}

function iso(time: unknown): string {
  const date = new Date(Number(number(time)))
  if (Number.isNaN(date.getTime())) throw new CodedError('mapping_failed', 'iso() was given what is no time')
  return date.toISOString()
}

function smallest(one: unknown, other: unknown): number | bigint {
  const [left, right] = [number(one), number(other)]
  return left < right ? left : right
}

function largest(one: unknown, other: unknown): number | bigint {
  const [left, right] = [number(one), number(other)]
  return left > right ? left : right
}

/** A number keeps its kind: an exact integer is its own floor. */
function whole(rounding: (value: number) => number, value: unknown): number | bigint {
  const exact = number(value)
  return typeof exact === 'bigint' ? exact : rounding(exact)
}

function keysOf(map: unknown): readonly unknown[] {
  return map instanceof Map ? [...map.keys()] : Object.keys(map as object)
}

function lookup(map: unknown, key: unknown, fallback: unknown): unknown {
  if (map instanceof Map) return map.has(key) ? map.get(key) : fallback
  const name = textOfResult(key)
  return Object.hasOwn(map as object, name) ? (map as Readonly<Record<string, unknown>>)[name] : fallback
}

export const functions: readonly ExpressionFunction[] = [
  {
    signature: 'topic(string): string',
    description: 'A name as one level of a topic: everything outside `[A-Za-z0-9._:-]` becomes `%XX`.',
    example: ["topic('cellar/1')", 'cellar%2F1'],
    handler: encodeTopicLevel,
  },
  {
    signature: 'slug(string): string',
    description:
      'A name in lower case, digits and hyphens, as other dialects want ids; with a hash where that changed it.',
    example: ["slug('cellar-1')", 'cellar-1'],
    handler: slug,
  },
  {
    signature: 'camel(string): string',
    description: "A name of the object model as a key: `'Battery Level'` becomes `batteryLevel`.",
    example: ["camel('Battery Level')", 'batteryLevel'],
    handler: camel,
  },
  {
    signature: 'under(string, string): string',
    description: 'A path below another one; an absolute path stays as it is. A slash at the end is left out.',
    example: ["under('/3/0/', '13')", '/3/0/13'],
    handler: under,
  },
  {
    signature: 'string.count(string): int',
    description: 'How often a text stands in another one.',
    example: ["'/3/0/9'.count('/')", 3],
    handler: (text: string, part: string) => BigInt(part === '' ? 0 : text.split(part).length - 1),
  },
  {
    signature: 'string.replace(string, string): string',
    description: 'Every occurrence of a text replaced by another one.',
    example: ["'3/0/9'.replace('/', '_')", '3_0_9'],
    handler: replace,
  },
  {
    signature: 'join(list<dyn>, string): string',
    description: 'The elements of a list as one text, with a text between them.',
    example: ["join([3, 0, 9], '/')", '3/0/9'],
    handler: join,
  },
  {
    signature: 'flatten(list<dyn>): list<dyn>',
    description: 'One list of the elements of several lists.',
    example: ['flatten([[3, 0], [9]])', [3, 0, 9]],
    handler: flatten,
  },
  {
    signature: 'text(dyn): string',
    description: 'A number, text or truth value as text.',
    example: ['text(21.5)', '21.5'],
    handler: textOfResult,
  },
  {
    signature: 'number(dyn): dyn',
    description: 'The number that a text spells; integers are exact.',
    example: ["number('21.5') + 1", 22.5],
    handler: number,
  },
  {
    signature: 'round(dyn, int): dyn',
    description: 'A number with at most so many digits behind the point.',
    example: ['round(70.70000001, 1)', 70.7],
    handler: round,
  },
  {
    signature: 'floor(dyn): dyn',
    description: 'The next lower whole number.',
    example: ['floor(21.5)', 21],
    handler: (value: unknown) => whole(Math.floor, value),
  },
  {
    signature: 'ceil(dyn): dyn',
    description: 'The next higher whole number.',
    example: ['ceil(21.5)', 22],
    handler: (value: unknown) => whole(Math.ceil, value),
  },
  {
    signature: 'min(dyn, dyn): dyn',
    description: 'The smaller one of two numbers.',
    example: ['min(2.5, 7)', 2.5],
    handler: smallest,
  },
  {
    signature: 'max(dyn, dyn): dyn',
    description: 'The larger one of two numbers.',
    example: ['max(2.5, 7)', 7],
    handler: largest,
  },
  {
    signature: 'json(dyn): string',
    description: 'A value as JSON text.',
    example: ["json({'a': 1})", '{"a":1}'],
    handler: (value: unknown) => stringifyJson(jsonOfResult(value)),
  },
  {
    signature: 'fromJson(string): dyn',
    description: 'The value of a JSON text.',
    example: [`fromJson('{"a":1}').a`, 1],
    handler: fromJson,
  },
  {
    signature: 'fromBase64(string): bytes',
    description: 'The bytes of a text in base64, as opaque values are; `.hex()` and `.base64()` lead back.',
    example: ["fromBase64('SGk=').hex()", '4869'],
    handler: fromBase64,
  },
  {
    signature: 'fromHex(string): bytes',
    description: 'The bytes of a text in hexadecimal digits.',
    example: ["fromHex('4869').base64()", 'SGk='],
    handler: fromHex,
  },
  {
    signature: 'iso(dyn): string',
    description: 'Milliseconds since the epoch as text in ISO 8601.',
    example: ['iso(1764000000000)', '2025-11-24T16:00:00.000Z'],
    handler: iso,
  },
  {
    signature: 'keys(map): list<dyn>',
    description: 'The keys of an object.',
    example: ["keys({'a': 1, 'b': 2})", ['a', 'b']],
    handler: keysOf,
  },
  {
    signature: 'lookup(map, dyn, dyn): dyn',
    description: 'What stands under a key, else the third argument.',
    example: ["lookup({'a': 1}, 'b', 0)", 0],
    handler: lookup,
  },
]
