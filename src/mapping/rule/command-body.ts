import { CodedError } from '../../lib/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../../lib/json.ts'
import type { NewAttributes, NewInstances, WriteValue } from '../../lwm2m/command.ts'
import type { ResourceTypes } from '../../lwm2m/value.ts'
import type { OrderCommand } from '../order-command.ts'
import { documentByIds } from './value-tree.ts'

/** What a rule made of a message, before it is addressed to a device. */
export interface RequestedCommand {
  /** As the asker gave it. */
  readonly id: string | undefined
  /** Milliseconds since the epoch. */
  readonly deadline: number | undefined
  readonly command: CommandBody
}

/** A command without id and endpoint. */
export type CommandBody = OrderCommand extends infer C
  ? C extends OrderCommand
    ? Omit<C, 'id' | 'endpoint'>
    : never
  : never

type Operation = OrderCommand['operation']

/** The keys of each operation, besides those of all. */
const KEYS: Readonly<Record<Operation, readonly string[]>> = {
  read: ['format'],
  write: ['value', 'values', 'text', 'coerce', 'types', 'mode', 'format'],
  execute: ['arguments'],
  observe: ['format'],
  cancel: ['passive'],
  create: ['value', 'values', 'text', 'coerce', 'types', 'instances', 'format'],
  delete: [],
  discover: [],
  'write-attributes': ['attributes'],
  forget: [],
}
export const operations = Object.keys(KEYS) as readonly Operation[]

/** Content-Format ids by the names that people use. */
const FORMATS: Readonly<Record<string, number>> = {
  text: 0,
  opaque: 42,
  cbor: 60,
  'senml-json': 110,
  'senml-cbor': 112,
  tlv: 11542,
  json: 11543,
}

const MAX_ID_LENGTH = 128
const COMMON_KEYS = ['id', 'operation', 'path', 'deadline', 'force']

/** The keys that a command of an operation may have. */
export function keysOf(operation: Operation): readonly string[] {
  return [...COMMON_KEYS, ...KEYS[operation]]
}

/**
 * Looks at what one key of a command is given, whatever else stands beside it.
 * @throws CodedError `request_invalid`, `request_not_json`
 */
export function checkPart(key: string, value: JsonValue): void {
  if (Object.hasOwn(PARTS, key)) PARTS[key]?.(value)
}

function invalid(place: string, message: string): CodedError {
  return new CodedError('request_invalid', message, { place })
}

function operationOf(value: JsonValue | undefined): Operation {
  const operation = operations.find((known) => known === value)
  if (operation !== undefined) return operation
  const shown = typeof value === 'string' ? `'${value.slice(0, 40)}'` : 'what is no text'
  const given = value === undefined ? 'there is none' : `${shown} is none`
  throw new CodedError('operation_unknown', `operation must be one of ${operations.join(', ')}; ${given}`, {
    place: 'operation',
  })
}

/**
 * Reads the command that a rule made of a message.
 * @throws CodedError `operation_unknown`, `request_invalid`, `request_not_json`
 */
export function readCommand(body: JsonObject): RequestedCommand {
  const operation = operationOf(body.operation)
  const stranger = Object.keys(body).find(
    (key) => !COMMON_KEYS.includes(key) && !KEYS[operation].includes(key),
  )
  if (stranger !== undefined) {
    const allowed = keysOf(operation).join(', ')
    throw invalid(stranger, `'${stranger.slice(0, 40)}' is no key of a ${operation} request: ${allowed}`)
  }
  const path = operation === 'forget' ? wholeOf(body.path) : pathOf(body.path)
  const command = { ...ownBodyOf(operation, path, body), ...forceOf(body.force) }
  return { id: idOf(body), deadline: deadlineOf(body.deadline), command }
}

/** The id alone, for the answer to a request that is otherwise wrong. */
export function idIn(body: JsonValue): string | undefined {
  try {
    return isJsonObject(body) ? idOf(body) : undefined
  } catch {
    return undefined
  }
}

function idOf({ id }: JsonObject): string | undefined {
  if (id === undefined || id === null) return undefined
  const text = typeof id === 'number' || typeof id === 'bigint' ? String(id) : id
  if (typeof text === 'string' && text.length > 0 && text.length <= MAX_ID_LENGTH) return text
  throw invalid('id', `id must be a string of 1 to ${MAX_ID_LENGTH} characters, or a number`)
}

function deadlineOf(deadline: JsonValue | undefined): number | undefined {
  if (deadline === undefined || deadline === null) return undefined
  if (typeof deadline === 'number' && deadline >= 0) return deadline
  throw invalid('deadline', 'deadline must be milliseconds since the epoch')
}

function ownBodyOf(operation: Operation, path: string, body: JsonObject): CommandBody {
  switch (operation) {
    case 'read':
    case 'observe':
      return { operation, path, ...formatOf(body.format) }
    case 'write':
      return {
        operation,
        path,
        ...formatOf(body.format),
        ...modeOf(body.mode),
        ...typesOf(body.types),
        value: writeValueOf(path, body),
      }
    case 'execute':
      return { operation, path, ...argumentsOf(body.arguments) }
    case 'cancel':
      return { operation, path, passive: passiveOf(body.passive) }
    case 'create':
      return {
        operation,
        path,
        ...formatOf(body.format),
        ...typesOf(body.types),
        ...newInstancesOf(path, body),
      }
    case 'delete':
    case 'discover':
      return { operation, path }
    case 'write-attributes':
      return { operation, path, attributes: attributesOf(body.attributes) }
    case 'forget':
      return { operation, path: '/' }
  }
}

function forceOf(force: JsonValue | undefined): { readonly force?: true } {
  if (force === undefined || force === false) return {}
  if (force === true) return { force }
  throw invalid('force', 'force must be true or false')
}

function pathOf(path: JsonValue | undefined): string {
  if (typeof path === 'string') return path
  throw invalid('path', 'path must be a string such as "/3303/0/5700"')
}

/** What is of the device as a whole needs no path. */
export function wholeOf(path: JsonValue | undefined): '/' {
  if (path === undefined || path === '/') return '/'
  throw invalid('path', 'forget is about the device as a whole: it takes no path')
}

function formatOf(format: JsonValue | undefined): { readonly format?: number } {
  if (format === undefined) return {}
  const known = typeof format === 'string' && Object.hasOwn(FORMATS, format) ? FORMATS[format] : format
  if (typeof known === 'number' && Number.isInteger(known) && known >= 0 && known <= 65535)
    return { format: known }
  throw invalid(
    'format',
    `format must be one of ${Object.keys(FORMATS).join(', ')}, or the number of a Content-Format`,
  )
}

function modeOf(mode: JsonValue | undefined): { readonly mode?: 'replace' | 'update' } {
  if (mode === undefined) return {}
  if (mode === 'replace' || mode === 'update') return { mode }
  throw invalid('mode', 'mode must be "replace" or "update"')
}

const TYPES: readonly ResourceTypes[string][] = [
  'string',
  'integer',
  'unsigned',
  'float',
  'boolean',
  'opaque',
  'time',
  'objlnk',
  'corelnk',
]

function typesOf(types: JsonValue | undefined): { readonly types?: ResourceTypes } {
  if (types === undefined) return {}
  if (!isJsonObject(types)) throw invalid('types', 'types must be an object from resource ids to types')
  const known = Object.entries(types).map(([id, given]) => {
    const type = TYPES.find((one) => one === given)
    if (type === undefined)
      throw invalid('types', `types: that of ${id.slice(0, 40)} must be one of ${TYPES.join(', ')}`)
    return [id, type] as const
  })
  return known.length === 0 ? {} : { types: Object.fromEntries(known) }
}

function writeValueOf(path: string, { value = null, values, text, coerce }: JsonObject): WriteValue {
  const given = [value !== null, values !== undefined, text !== undefined].filter(Boolean).length
  if (given !== 1) throw invalid('value', 'a write needs one of value, values and text')
  if (text !== undefined) return { text: textOf(text) }
  const json = values === undefined ? value : documentByIds(path, values)
  return coerce === true ? { json, coerce } : { json }
}

function textOf(text: JsonValue): string {
  if (typeof text === 'string') return text
  throw invalid('text', 'text must be a string')
}

function newInstancesOf(path: string, body: JsonObject): NewInstances {
  const { value = null, values, text, instances, coerce } = body
  if (instances !== undefined) {
    if (value === null && values === undefined && text === undefined) {
      const byIds = isJsonObject(instances) ? documentByIds(path, instances) : instances
      return coerce === true ? { instances: byIds, coerce } : { instances: byIds }
    }
    throw invalid('instances', 'a create has either the value of one instance or several instances')
  }
  if (text !== undefined) return { value: text === '' ? { json: {} } : { text: textOf(text) } }
  if (values !== undefined) return { value: writeValueOf(path, body) }
  return { value: coerce === true ? { json: value ?? {}, coerce } : { json: value ?? {} } }
}

function attributesOf(attributes: JsonValue | undefined): NewAttributes {
  if (typeof attributes === 'string') return attributesIn(attributes)
  if (!isJsonObject(attributes)) {
    throw invalid('attributes', 'attributes must be an object such as {"pmin":10,"gt":null}')
  }
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, levelOf(name, value)]))
}

function levelOf(name: string, value: JsonValue): number | null {
  if (value === null || typeof value === 'number') return value
  throw invalid('attributes', `the attribute ${name.slice(0, 40)} must be a number, or null to take it away`)
}

function argumentsOf(text: JsonValue | undefined): { readonly arguments?: string } {
  if (text === undefined) return {}
  if (typeof text === 'string') return { arguments: text }
  throw invalid('arguments', `arguments must be a string such as "0='abc',2"`)
}

function passiveOf(passive: JsonValue | undefined): boolean {
  if (passive === undefined || typeof passive === 'boolean') return passive === true
  throw invalid('passive', 'passive must be true or false')
}

const NUMBER = /^-?\d{1,30}(\.\d{1,30})?$/

/** Attributes as in the query of the request, `pmin=10&gt=` (the second one is taken away), or as JSON. */
function attributesIn(text: string): NewAttributes {
  if (text.startsWith('{')) return attributesOf(jsonIn(text))
  const parameters = text.split('&').filter((parameter) => parameter !== '')
  return Object.fromEntries(parameters.map(attributeIn))
}

function jsonIn(text: string): JsonValue {
  try {
    return parseJson(text)
  } catch (error) {
    const message = `the attributes are no JSON: ${(error as Error).message}`
    throw new CodedError('request_not_json', message, { cause: error })
  }
}

function attributeIn(parameter: string): [string, number | null] {
  const [name = '', value = ''] = parameter.split('=', 2)
  if (value === '') return [name, null]
  if (NUMBER.test(value)) return [name, Number(value)]
  throw invalid('attributes', `'${parameter.slice(0, 40)}' is no attribute such as pmin=10`)
}

const PARTS: Readonly<Record<string, (value: JsonValue) => unknown>> = {
  id: (id) => idOf({ id }),
  path: pathOf,
  deadline: deadlineOf,
  force: forceOf,
  format: formatOf,
  mode: modeOf,
  types: typesOf,
  text: textOf,
  arguments: argumentsOf,
  passive: passiveOf,
  attributes: attributesOf,
}
