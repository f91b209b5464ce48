import { parse } from 'yaml'
import { isJsonObject } from '../lib/json.ts'
import type { KeyPath } from '../lib/problem.ts'
import type { SchemaNode } from '../lib/schema-node.ts'
import { closest } from '../lib/suggestion.ts'
import { keysOf, type Problem } from './problem.ts'
import { namedEntry, type SchemaKey, schemaKeys } from './schema.ts'

/** Variables of a process, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>

const PREFIX = 'LWM2MQTT__'

/** `LWM2MQTT__MQTT__RESPONSE_TOPICS` for `mqtt.responseTopics`. */
export function variableName(path: readonly string[]): string {
  return `${PREFIX}${path.map(variableWord).join('__')}`
}

function variableWord(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()
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

/** A group with names of the user's own, and the keys of each of its entries by their names after `__NAME__`. */
interface NamedGroup {
  readonly path: readonly string[]
  /** What the variables of its entries begin with. */
  readonly prefix: string
  readonly keysByName: ReadonlyMap<string, SchemaKey>
}

const namedGroups: readonly NamedGroup[] = schemaKeys().flatMap(({ path, schema }) => {
  const entry = namedEntry(schema)
  if (entry === undefined) return []
  const keys = schemaKeys(entry).map(
    (key) => [canonical(key.path.map(variableWord).join('__')), key] as const,
  )
  return [{ path, prefix: `${canonical(variableName(path))}.`, keysByName: new Map(keys) }]
})

/** The key that a variable means; inside a group of own names, of the entry that has the name, or of a new one. */
function keyOf(id: string, tree: Record<string, unknown>): SchemaKey | undefined {
  const known = keysByName.get(id)
  const group = namedGroups.find(({ prefix }) => id.startsWith(prefix))
  if (known !== undefined || group === undefined) return known
  const [name = '', ...rest] = id.slice(group.prefix.length).split('.')
  const inner = group.keysByName.get(rest.join('.'))
  if (inner === undefined) return undefined
  const entries = group.path.reduce<unknown>(
    (node, key) => (isJsonObject(node) ? node[key] : undefined),
    tree,
  )
  const names = isJsonObject(entries) ? Object.keys(entries) : []
  const own = names.find((one) => one.replaceAll(/[-_]/g, '').toLowerCase() === name) ?? name
  return { path: [...group.path, own, ...inner.path], schema: inner.schema }
}

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
  /** The variable that set the value at `path`, or the list or group around it. */
  variableOf(path: KeyPath): string | undefined
}

/**
 * Lays the variables `LWM2MQTT__...` over `tree`, which it changes. A variable without text counts as not set.
 */
export function applyEnvironment(tree: Record<string, unknown>, environment: Environment): Overrides {
  const problems: Problem[] = []
  const setBy = new Map<string, string>()
  for (const [name, text] of inDepthOrder(environment)) {
    const key = keyOf(canonical(name), tree)
    const earlier = key && setBy.get(key.path.join('.'))
    if (key === undefined) problems.push(unknownVariable(name))
    else if (earlier !== undefined) problems.push(setTwice(name, earlier, key.path))
    else {
      setBy.set(key.path.join('.'), name)
      setAt(tree, key.path, valueFrom(key.schema, text))
    }
  }
  const variableOf = (path: KeyPath): string | undefined => {
    const keys = keysOf(path)
    const places = keys.map((_, index) => keys.slice(0, keys.length - index).join('.'))
    return places.map((place) => setBy.get(place)).find((name) => name !== undefined)
  }
  return { problems, variableOf }
}

/** A whole group goes before what is inside it. */
function inDepthOrder(environment: Environment): [name: string, text: string][] {
  const set = Object.entries(environment).flatMap(([name, text]): [string, string][] =>
    name.startsWith(PREFIX) && text !== undefined && text !== '' ? [[name, text]] : [],
  )
  const depth = ([name]: [string, string]): number => name.split('__').length
  return set.toSorted((one, other) => depth(one) - depth(other))
}

function setTwice(name: string, earlier: string, path: KeyPath): Problem {
  return { code: 'config_invalid', place: { source: name }, path, message: `is also set by ${earlier}` }
}
