import { readDocument, type YamlDocument } from '../lib/document.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts'
import { inOrder, type KeyPath, type Place, pathText } from '../lib/problem.ts'
import { SchemaCheck } from '../lib/schema-check.ts'
import { bareExpressions } from './bare-expression.ts'
import type { MappingProblem, PlacedProblem } from './problem.ts'
import { mappingSchema } from './schema/mapping.ts'
import { soundParts } from './sound-parts.ts'

/** A mapping file, read. */
export interface MappingText {
  /** What it says, without the parts that the schema refuses; undefined where nothing of use is left. */
  readonly tree: JsonObject | undefined
  readonly problems: readonly PlacedProblem[]
  /** Where the key at `path` stands; where it is missing, the innermost group around it. */
  locate(path: KeyPath): Place
}

/** In characters. */
const MAX_TEXT = 1_048_576

const check = new SchemaCheck(mappingSchema, { document: 'a mapping' })

/**
 * Reads a mapping file, YAML or JSON, and holds it against the schema. Integers beyond 2^53 are bigint.
 * @param source the file's name, for places
 * @returns everything that is wrong with it, in the order of the file
 */
export function readMapping(text: string, source: string): MappingText {
  if (text.length > MAX_TEXT) return tooLong(source)
  const document = readDocument(text, source, { nulls: 'kept' })
  if (document.faults.length > 0) return syntaxErrors(text, document)
  const tree = (document.tree ?? {}) as JsonValue
  const place = (problem: MappingProblem): PlacedProblem => ({
    ...problem,
    place: document.locate(problem.path),
  })
  const strange = [...strangers(tree, [])]
  const known = new Set(strange.map(({ path }) => pathText(path)))
  const others = schemaProblems(tree).filter(({ path }) => !known.has(pathText(path)))
  const problems = [...strange, ...others].map(place)
  return {
    tree: isJsonObject(tree) ? usable(tree, problems) : undefined,
    problems: problems.toSorted(inOrder),
    locate: document.locate,
  }
}

/** What is left without the faults; only where that is sound, so that nobody compiles what the schema refuses. */
function usable(tree: JsonObject, problems: readonly PlacedProblem[]): JsonObject | undefined {
  if (problems.length === 0) return tree
  const rest = soundParts(tree, problems)
  return rest === undefined || schemaProblems(rest).length > 0 ? undefined : rest
}

function tooLong(source: string): MappingText {
  const place = { source, line: 1, column: 1 }
  const message = `the file is longer than ${MAX_TEXT} characters: move parts of it to files that it extends`
  return {
    tree: undefined,
    problems: [{ code: 'mapping_invalid', path: [], message, place }],
    locate: () => place,
  }
}

function schemaProblems(tree: JsonValue): MappingProblem[] {
  return check.faultsOf(tree).map(({ kind, ...fault }) => {
    return { ...fault, code: kind === 'unknown-key' ? 'mapping_unknown_key' : 'mapping_invalid' }
  })
}

const MERGE_KEY =
  'YAML 1.2 has no merge keys: write the keys out, or use $merge where expressions are allowed'

/** What is YAML, but nothing that JSON or JavaScript could hold. */
function* strangers(value: JsonValue, path: KeyPath): Generator<MappingProblem> {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    yield { code: 'mapping_invalid', path, message: `${value} is no number that JSON knows` }
  }
  if (typeof value !== 'object' || value === null) return
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* strangers(item, [...path, index])
    return
  }
  for (const [key, child] of Object.entries(value)) {
    const at = [...path, key]
    if (key === '__proto__') yield { code: 'mapping_invalid', path: at, message: '__proto__ cannot be a key' }
    if (key === '<<') yield { code: 'mapping_syntax', path: at, message: MERGE_KEY }
    yield* strangers(child, at)
  }
}

const MAX_SYNTAX_PROBLEMS = 20

/** What may only follow from a fault is not told: an expression without quotes explains all that comes after it. */
function syntaxErrors(text: string, { faults, locate }: YamlDocument): MappingText {
  const bare = bareExpressions(text.split('\n'), faults)
  const firstBare = bare[0]?.place.line ?? Number.POSITIVE_INFINITY
  const before = faults.filter(({ kind, place }) => kind !== 'consequence' && (place.line ?? 1) < firstBare)
  const causes = before.some(({ kind }) => kind === 'grammar') ? before : [...before, ...bare]
  const byLine = new Map(causes.map((fault) => [fault.place.line, fault]))
  const problems = [...byLine.values()]
    .slice(0, MAX_SYNTAX_PROBLEMS)
    .map(({ path, message, place }): PlacedProblem => ({ code: 'mapping_syntax', path, message, place }))
  return { tree: undefined, problems: problems.toSorted(inOrder), locate }
}
