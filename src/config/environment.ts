import { parse } from 'yaml'
import { isJsonObject } from '../lib/json.ts'
import type { KeyPath } from '../lib/problem.ts'
import type { SchemaNode } from '../lib/schema-node.ts'
import { closest } from '../lib/suggestion.ts'
import { keysOf, type Problem } from './problem.ts'
import { type SchemaKey, schemaKeys } from './schema.ts'

/** Variables of a process, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>

const PREFIX = 'LWM2MQTT__'

/** `LWM2MQTT__MQTT__RESPONSE_TOPICS` for `mqtt.responseTopics`. */
export function variableName(path: readonly string[]): string {
  const words = path.map((key) => key.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase())
  return `${PREFIX}${words.join('__')}`
}

/** Case does not count, nor does how a name of several words is written: RESPONSE_TOPICS or RESPONSETOPICS. */
function canonical(name: string): string {
  return name
    .split('__')
    .map((part) => part.replaceAll('_', '').toLowerCase())
    .join('.')
}

const keysByName: ReadonlyMap<string, SchemaKey> = new Map(
  schemaKeys().map((key) => [canonical(variableName(key.path)), key]),
)

/** Text stays text, digits and all; anything else is YAML, which JSON is a part of. */
function valueFrom(schema: SchemaNode, text: string): unknown {
  if (schema.type === 'string') return text
  try {
    return parse(text, { stringKeys: true })
  } catch {
    return text // validation then says what was expected
  }
}

/** Sets a value inside the tree; a value that stands where a group belongs is left for validation to name. */
function setAt(tree: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [key, ...rest] = path
  if (key === undefined) return
  if (rest.length === 0) {
    tree[key] = value
    return
  }
  tree[key] ??= {}
  const group = tree[key]
  if (isJsonObject(group)) setAt(group as Record<string, unknown>, rest, value)
}

function unknownVariable(name: string): Problem {
  const candidates = [...keysByName.values()].map(({ path }) => variableName(path))
  const suggestion = closest(name, candidates)
  return {
    code: 'config_unknown_key',
    place: { source: name },
    path: [],
    message: 'no key of the configuration has this name',
    ...(suggestion !== undefined && { suggestion }),
  }
}

/** What the environment said. */
export interface Overrides {
  readonly problems: readonly Problem[]
  /** The variable that set the value at `path`, or the list around it. */
  variableOf(path: KeyPath): string | undefined
}

/**
 * Lays the variables `LWM2MQTT__...` over `tree`, which it changes. A variable without text counts as not set.
 */
export function applyEnvironment(tree: Record<string, unknown>, environment: Environment): Overrides {
  const problems: Problem[] = []
  const setBy = new Map<string, string>()
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith(PREFIX) || text === undefined || text === '') continue
    const id = canonical(name)
    const key = keysByName.get(id)
    const earlier = key && setBy.get(key.path.join('.'))
    if (key === undefined) problems.push(unknownVariable(name))
    else if (earlier !== undefined) problems.push(setTwice(name, earlier, key.path))
    else {
      setBy.set(key.path.join('.'), name)
      setAt(tree, key.path, valueFrom(key.schema, text))
    }
  }
  const variableOf = (path: KeyPath): string | undefined => setBy.get(keysOf(path).join('.'))
  return { problems, variableOf }
}

function setTwice(name: string, earlier: string, path: KeyPath): Problem {
  return { code: 'config_invalid', place: { source: name }, path, message: `is also set by ${earlier}` }
}
