import { CodedError } from '../lib/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../lib/json.ts'
import type { Command, NewAttributes, NewInstances, Operation, WriteValue } from '../lwm2m/command.ts'

/** What a message on a command topic asks for, before it is addressed to a device. */
export interface PlainRequest {
  /** As the asker gave it. */
  readonly id: string | undefined
  /** Milliseconds since the epoch. */
  readonly deadline: number | undefined
  readonly command: CommandBody
}

/** A command without id and endpoint. */
export type CommandBody = Command extends infer C
  ? C extends Command
    ? Omit<C, 'id' | 'endpoint'>
    : never
  : never

/** The keys of each operation, besides those of all. */
const KEYS: Readonly<Record<Operation, readonly string[]>> = {
  read: ['format'],
  write: ['value', 'mode', 'format'],
  execute: ['arguments'],
  observe: ['format'],
  cancel: ['passive'],
  create: ['value', 'instances', 'format'],
  delete: [],
  discover: [],
  'write-attributes': ['attributes'],
}
const OPERATIONS = Object.keys(KEYS) as Operation[]

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

function invalid(place: string, message: string): CodedError {
  return new CodedError('request_invalid', message, { place })
}

function operationOf(value: JsonValue | undefined, place: string): Operation {
  const operation = OPERATIONS.find((known) => known === value)
  if (operation !== undefined) return operation
  const shown = typeof value === 'string' ? `'${value.slice(0, 40)}'` : 'what is no text'
  const given = value === undefined ? 'there is none' : `${shown} is none`
  throw new CodedError('operation_unknown', `operation must be one of ${OPERATIONS.join(', ')}; ${given}`, {
    place,
  })
}

/**
 * Reads the payload of `do/request`.
 * @throws CodedError `request_not_json`, `operation_unknown`, `request_invalid`
 */
export function readRequest(text: string): PlainRequest {
  const request = readObject(text)
  const operation = operationOf(request.operation, 'operation')
  const stranger = Object.keys(request).find(
    (key) => !COMMON_KEYS.includes(key) && !KEYS[operation].includes(key),
  )
  if (stranger !== undefined) {
    const allowed = [...COMMON_KEYS, ...KEYS[operation]].join(', ')
    throw invalid(stranger, `'${stranger.slice(0, 40)}' is no key of a ${operation} request: ${allowed}`)
  }
  return { id: idOf(request), deadline: deadlineOf(request.deadline), command: bodyOf(operation, request) }
}

/** The id alone, for the answer to a request that is otherwise wrong. */
export function idInRequest(text: string): string | undefined {
  try {
    return idOf(readObject(text))
  } catch {
    return undefined
  }
}

function readObject(text: string): JsonObject {
  let request: JsonValue
  try {
    request = parseJson(text)
  } catch (error) {
    throw new CodedError('request_not_json', `the payload is no JSON: ${(error as Error).message}`, {
      cause: error,
    })
  }
  if (isJsonObject(request)) return request
  throw new CodedError(
    'request_not_json',
    'the payload must be a JSON object such as {"operation":"read","path":"/3/0"}',
  )
}

function idOf({ id }: JsonObject): string | undefined {
  if (id === undefined) return undefined
  const text = typeof id === 'number' || typeof id === 'bigint' ? String(id) : id
  if (typeof text === 'string' && text.length > 0 && text.length <= MAX_ID_LENGTH) return text
  throw invalid('id', `id must be a string of 1 to ${MAX_ID_LENGTH} characters, or a number`)
}

function deadlineOf(deadline: JsonValue | undefined): number | undefined {
  if (deadline === undefined || (typeof deadline === 'number' && deadline >= 0)) return deadline
  throw invalid('deadline', 'deadline must be milliseconds since the epoch')
}

function bodyOf(operation: Operation, request: JsonObject): CommandBody {
  return { ...ownBodyOf(operation, pathOf(request.path), request), ...forceOf(request.force) }
}

function ownBodyOf(operation: Operation, path: string, request: JsonObject): CommandBody {
  switch (operation) {
    case 'read':
    case 'observe':
      return { operation, path, ...formatOf(request.format) }
    case 'write':
      return {
        operation,
        path,
        ...formatOf(request.format),
        ...modeOf(request.mode),
        value: writeValueOf(request.value),
      }
    case 'execute':
      return { operation, path, ...argumentsOf(request.arguments) }
    case 'cancel':
      return { operation, path, passive: passiveOf(request.passive) }
    case 'create':
      return { operation, path, ...formatOf(request.format), ...newInstancesOf(request) }
    case 'delete':
    case 'discover':
      return { operation, path }
    case 'write-attributes':
      return { operation, path, attributes: attributesOf(request.attributes) }
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

function writeValueOf(value: JsonValue | undefined): WriteValue {
  if (value === undefined || value === null) throw invalid('value', 'a write needs a value')
  return { json: value }
}

function newInstancesOf({ value = null, instances }: JsonObject): NewInstances {
  if (instances === undefined) return { value: { json: value ?? {} } }
  if (value === null) return { instances }
  throw invalid('instances', 'a create has either the value of one instance or several instances')
}

function attributesOf(attributes: JsonValue | undefined): NewAttributes {
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

/**
 * Reads a short form: the operation and the path are in the topic, the payload is the bare value.
 * @param action what stands behind `do/`: `write/3303/0/5700`
 * @throws CodedError `operation_unknown`
 */
export function readShortForm(action: string, text: string): PlainRequest {
  const slash = action.indexOf('/')
  const operation = operationOf(slash < 0 ? action : action.slice(0, slash), action)
  const path = slash < 0 ? '/' : action.slice(slash)
  return { id: undefined, deadline: undefined, command: shortBody(operation, path, text) }
}

function shortBody(operation: Operation, path: string, text: string): CommandBody {
  switch (operation) {
    case 'read':
    case 'observe':
    case 'delete':
    case 'discover':
      return { operation, path }
    case 'write':
      return { operation, path, value: { text } }
    case 'execute':
      return { operation, path, arguments: text }
    case 'cancel':
      return { operation, path, passive: false }
    case 'create':
      return { operation, path, value: text === '' ? { json: {} } : { text } }
    case 'write-attributes':
      return { operation, path, attributes: attributesIn(text) }
  }
}

const NUMBER = /^-?\d{1,30}(\.\d{1,30})?$/

/** Attributes as in the query of the request, `pmin=10&gt=` (the second one is taken away), or as JSON. */
function attributesIn(text: string): NewAttributes {
  if (text.startsWith('{')) return attributesOf(readObject(text))
  const parameters = text.split('&').filter((parameter) => parameter !== '')
  return Object.fromEntries(parameters.map(attributeIn))
}

function attributeIn(parameter: string): [string, number | null] {
  const [name = '', value = ''] = parameter.split('=', 2)
  if (value === '') return [name, null]
  if (NUMBER.test(value)) return [name, Number(value)]
  throw invalid('attributes', `'${parameter.slice(0, 40)}' is no attribute such as pmin=10`)
}
