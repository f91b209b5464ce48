import { isJsonObject, type JsonValue } from '../lib/json.ts'
import { closest } from '../lib/suggestion.ts'
import type { ExampleDocument, MappingDocument } from './document.ts'
import { typeFault } from './example-fact.ts'
import { type KeyPath, type MappingProblem, Problems } from './problem.ts'

/** What an event of an example may say, whatever its type. */
const OF_AN_EVENT: readonly string[] = [
  ...['type', 'id', 'at', 'endpoint', 'attributes', 'path', 'value', 'values', 'time', 'unit', 'sequence'],
  ...['asked', 'reason', 'code', 'predecessor', 'contentFormat', 'payload', 'state', 'operation', 'address'],
  ...['count', 'details', 'error', 'location', 'links'],
]
const OF_A_MESSAGE: readonly string[] = ['topic', 'payload', 'properties', 'responseTopic', 'retain']
const OF_A_RESULT: readonly string[] = ['code', 'values', 'error', 'location', 'links']
const OF_A_PUBLICATION: readonly string[] = [
  ...[
    'topic',
    'payload',
    'includes',
    'encode',
    'qos',
    'retain',
    'contentType',
    'expiry',
    'properties',
    'connection',
  ],
]
const OF_A_COMMAND: readonly string[] = [
  ...['operation', 'path', 'id', 'endpoint', 'value', 'format', 'mode', 'types', 'coerce', 'arguments'],
  ...['passive', 'instances', 'attributes', 'force', 'deadline'],
]

/** What is wrong with examples before they are run: an event that there is not, keys that mean nothing. */
export function exampleFaults({ examples = [] }: MappingDocument): readonly MappingProblem[] {
  const problems = new Problems()
  for (const [index, example] of examples.entries()) checkExample(example, ['examples', index], problems)
  return problems.list
}

function checkExample(example: ExampleDocument, path: KeyPath, problems: Problems): void {
  const { event, message, result, gives, answers } = example
  const at = (key: keyof ExampleDocument): KeyPath => [...path, key]
  if (event !== undefined) checkEvent(event, at('event'), problems)
  checkKeys(message, OF_A_MESSAGE, at('message'), problems)
  checkKeys(result, OF_A_RESULT, at('result'), problems)
  checkList(gives, [...OF_A_PUBLICATION, ...OF_A_COMMAND], at('gives'), problems)
  checkList(answers, OF_A_PUBLICATION, at('answers'), problems)
}

/** An event, as examples and `map try` write it. */
export function checkEvent(event: JsonValue, path: KeyPath, problems: Problems): void {
  if (!isJsonObject(event)) {
    problems.add('mapping_invalid', path, 'expected an object with a `type`')
    return
  }
  const fault = typeFault(event.type)
  const isMisspelt = Object.keys(event).some((key) => closest(key, OF_AN_EVENT) === 'type')
  if (fault !== undefined && (event.type !== undefined || !isMisspelt))
    problems.add('mapping_invalid', event.type === undefined ? path : [...path, 'type'], ...fault)
  checkKeys(event, OF_AN_EVENT, path, problems)
}

/** A message, as examples and `map try` write it. */
export function checkMessage(message: JsonValue, path: KeyPath, problems: Problems): void {
  checkKeys(message, OF_A_MESSAGE, path, problems)
}

function checkList(
  list: JsonValue | undefined,
  known: readonly string[],
  path: KeyPath,
  problems: Problems,
): void {
  if (list === undefined) return
  if (!Array.isArray(list)) {
    problems.add('mapping_invalid', path, 'expected a list: each entry begins with a dash')
    return
  }
  for (const [index, entry] of list.entries()) checkKeys(entry, known, [...path, index], problems)
}

function checkKeys(
  group: JsonValue | undefined,
  known: readonly string[],
  path: KeyPath,
  problems: Problems,
): void {
  if (!isJsonObject(group)) return
  for (const key of Object.keys(group)) {
    if (known.includes(key)) continue
    const suggestion = closest(key, known)
    const message =
      suggestion === undefined ? `means nothing here: ${known.join(', ')}` : 'means nothing here'
    problems.add('mapping_unknown_key', [...path, key], message, suggestion)
  }
}
