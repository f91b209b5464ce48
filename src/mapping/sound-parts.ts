import type { JsonObject } from '../lib/json.ts'
import type { KeyPath, Problem } from '../lib/problem.ts'

/** A document while parts of it are taken out. */
type Draft = Record<string, unknown>

/** Parts without which the others compile just as well. */
const APART: ReadonlySet<unknown> = new Set(['match', 'observe', 'units', 'examples'])
/** Parts that are missed wherever others speak of them. */
const BASIC: ReadonlySet<unknown> = new Set(['tables', 'publish', 'commands'])
/** Keys that decide what the expressions of a rule know: without them, its other faults would be made up. */
const DECISIVE: ReadonlySet<unknown> = new Set(['on', 'per', 'each', 'as', 'topic', 'off'])
const STAND_IN = { off: true, topic: '-' }

/**
 * A file without its faulty parts, so that the rest can be compiled and all that is wrong is told at once. What is left
 * stands where it stood; a rule whose fault would have others in its wake is switched off.
 * @param problems of the schema
 * @returns undefined where too much is wrong for that
 */
export function soundParts(tree: JsonObject, problems: readonly Problem[]): JsonObject | undefined {
  const draft: Draft = structuredClone(tree)
  for (const { path, suggestion } of problems) {
    const [part, step] = path
    if (path.length === 1 && (BASIC.has(part) || BASIC.has(suggestion))) return undefined
    if (APART.has(part)) delete draft[String(part)]
    else if (part === 'tables') emptyTable(draft.tables, String(step))
    else if (part === 'publish' || part === 'commands') takeFromRule(draft[part], path, suggestion)
    else takeOut(draft, path)
  }
  return { name: 'nameless', ...draft } as JsonObject
}

/** Whether a fault of compiling may only be the consequence of one that the schema found inside what it is about. */
export function isConsequence({ path }: Problem, causes: readonly Problem[]): boolean {
  return causes.some(
    (cause) => cause.path.length >= path.length && path.every((step, depth) => cause.path[depth] === step),
  )
}

function takeFromRule(rules: unknown, path: KeyPath, suggestion: string | undefined): void {
  const [, index = 0, key] = path
  const isOwn = path.length === 3
  const isDecisive = DECISIVE.has(key) || (isOwn && (DECISIVE.has(suggestion) || isOperator(key)))
  if (key === undefined || isDecisive) (rules as Draft)[index] = STAND_IN
  else takeOut((rules as Draft)[index] as Draft, path.slice(2))
}

/** A misspelt operator of a command: what stands beside it goes with the one that was meant. */
function isOperator(key: string | number | undefined): boolean {
  return String(key).startsWith('$')
}

function emptyTable(tables: unknown, name: string): void {
  if (typeof tables === 'object' && tables !== null) (tables as Draft)[name] = {}
}

/** Takes out a key; for an entry of a list the key that has the list, since what follows it would move up. */
function takeOut(root: Draft, path: KeyPath): void {
  let holder: { readonly group: Draft; readonly key: string } | undefined
  let value: unknown = root
  for (const step of path) {
    if (typeof value !== 'object' || value === null) break
    if (!Array.isArray(value)) {
      holder = { group: value as Draft, key: String(step) }
    }
    value = (value as Draft)[step]
  }
  if (holder !== undefined) delete holder.group[holder.key]
}
