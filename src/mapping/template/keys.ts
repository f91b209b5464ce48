import type { JsonObject } from '../../lib/json.ts'
import { closest } from '../../lib/suggestion.ts'
import type { KeyPath, Problems } from '../problem.ts'

/** What goes with an operator; the first one that an object holds decides. */
const OPERATORS = {
  $each: ['$each', '$as', '$where', '$key', '$value', '$when'],
  $merge: ['$merge', '$when'],
  $switch: ['$switch', '$cases', '$otherwise', '$when'],
  $value: ['$value', '$when'],
} as const satisfies Record<string, readonly string[]>

type Operator = keyof typeof OPERATORS
const operators = Object.keys(OPERATORS) as readonly Operator[]

/** Words that CEL keeps to itself. */
const RESERVED: ReadonlySet<string> = new Set(
  'as break const continue else false for function if import in let loop namespace null package prototype return true var void while'.split(
    ' ',
  ),
)

/** What scopes keep beside their variables (`scope/`): an element of that name would hide it. */
const OF_SCOPES: ReadonlySet<string> = new Set(['snapshot', 'surroundings'])

/** Whether an expression could read a variable of this name. */
export function isVariableName(name: unknown): name is string {
  const isName = typeof name === 'string' && /^[a-z][A-Za-z0-9]{0,31}$/.test(name)
  return isName && !RESERVED.has(name) && !OF_SCOPES.has(name)
}

/** The operator that a key belongs to, where it is one of a single operator. */
const BELONGS: Readonly<Record<string, string>> = {
  $as: '$each',
  $where: '$each',
  $key: '$each',
  $cases: '$switch',
  $otherwise: '$switch',
}
const KNOWN: ReadonlySet<string> = new Set(Object.values(OPERATORS).flat())

/**
 * The operator of an object, undefined for a plain one. Keys that do not go with it are problems.
 * @returns 'unknown' where an operator is misspelt: what the object was to be cannot be told
 */
export function operatorOf(
  document: JsonObject,
  path: KeyPath,
  problems: Problems,
): Operator | 'unknown' | undefined {
  const keys = Object.keys(document)
  const unknown = keys.filter((key) => key.startsWith('$') && !key.startsWith('${') && !KNOWN.has(key))
  for (const key of unknown) {
    const meant = closest(key, KNOWN)
    const others = meant === undefined ? `: there are ${Object.keys(OPERATORS).join(', ')}, $when` : ''
    problems.add('mapping_unknown_key', [...path, key], `there is no operator ${key}${others}`, meant)
  }
  if (unknown.length > 0) return 'unknown'
  const operator = operators.find((name) => keys.includes(name))
  for (const key of keys) {
    const message = objectionToCompany(key, operator)
    if (message !== undefined) problems.add('mapping_unknown_key', [...path, key], message)
  }
  return operator
}

function objectionToCompany(key: string, operator: Operator | undefined): string | undefined {
  const company: readonly string[] = operator === undefined ? ['$when'] : OPERATORS[operator]
  const isPlain = !key.startsWith('$') || key.startsWith('${')
  if (company.includes(key) || (operator === undefined && isPlain)) return undefined
  const owner = BELONGS[key]
  return owner === undefined ? `${operator} goes with ${company.join(', ')}` : `${key} goes with ${owner}`
}

/** Keys of a plain object that cannot become what they look like. */
export function checkPlainKeys(document: JsonObject, path: KeyPath, problems: Problems): void {
  for (const key of Object.keys(document)) {
    const message = objectionTo(key, document)
    if (message !== undefined) problems.add('mapping_invalid', [...path, key], message)
  }
}

function objectionTo(key: string, document: JsonObject): string | undefined {
  if (key.replace(/\?$/, '') === '__proto__') return "'__proto__' cannot be a key"
  if (key.includes('${')) return 'a key is no expression: $each with $key makes keys'
  return Object.hasOwn(document, `${key}?`) ? `the key '${key}' stands twice, also as '${key}?'` : undefined
}
