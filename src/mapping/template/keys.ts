import type { JsonObject } from '../../lib/json.ts'
import type { KeyPath, Problems } from '../problem.ts'

/** What goes with an operator; the first one that an object holds decides. */
const OPERATORS: Readonly<Record<string, readonly string[]>> = {
  $each: ['$each', '$as', '$where', '$key', '$value', '$when'],
  $merge: ['$merge', '$when'],
  $switch: ['$switch', '$cases', '$otherwise', '$when'],
  $value: ['$value', '$when'],
}

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

/** The operator of an object, undefined for a plain one. Keys that do not go with it are problems. */
export function operatorOf(document: JsonObject, path: KeyPath, problems: Problems): string | undefined {
  const keys = Object.keys(document)
  const operator = Object.keys(OPERATORS).find((name) => keys.includes(name))
  const allowed = operator === undefined ? ['$when'] : (OPERATORS[operator] ?? [])
  for (const key of keys) {
    const isPlain = !key.startsWith('$') || key.startsWith('${')
    if (allowed.includes(key) || (operator === undefined && isPlain)) continue
    const message =
      operator === undefined ? `there is no operator ${key}` : `${operator} goes with ${allowed.join(', ')}`
    problems.add('mapping_unknown_key', [...path, key], message)
  }
  return operator
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
