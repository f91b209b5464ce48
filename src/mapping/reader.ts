import { readDocument, type SyntaxFault, type YamlDocument } from '../lib/document.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts'
import { inOrder, type KeyPath, type Place, pathText } from '../lib/problem.ts'
import { SchemaCheck } from '../lib/schema-check.ts'
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

/** One problem a line: what follows in it is the consequence. A tab, or an expression without quotes, explains all the rest. */
function syntaxErrors(text: string, { faults, locate }: YamlDocument): MappingText {
  const lines = text.split('\n')
  const byLine = new Map<number, Explained>()
  const explained = faults.map((fault) => onTab(fault, lines) ?? onExpression(fault, lines))
  for (const one of explained.toSorted((one, other) => lineOf(one.fault) - lineOf(other.fault))) {
    if (!byLine.has(lineOf(one.fault))) byLine.set(lineOf(one.fault), one)
  }
  const firsts = [...byLine.values()]
  const causes = firsts.filter(({ isCause }) => isCause)
  const told = (causes.length === 0 ? firsts : causes).slice(0, MAX_SYNTAX_PROBLEMS)
  const problems = told.map(({ fault }): PlacedProblem => ({ code: 'mapping_syntax', ...fault }))
  return { tree: undefined, problems, locate }
}

/** A fault in the words of people who write YAML seldom. */
interface Explained {
  readonly fault: SyntaxFault
  /** It is known where it comes from. */
  readonly isCause: boolean
}

/** A tab makes YAML stumble over its line, or over the one after it. */
function onTab(fault: SyntaxFault, lines: readonly string[]): Explained | undefined {
  const line = [lineOf(fault), lineOf(fault) - 1].find((at) => TAB.test(lines[at - 1] ?? ''))
  if (line === undefined) return undefined
  const column = (lines[line - 1] ?? '').indexOf('\t') + 1
  return { fault: { ...fault, place: { ...fault.place, line, column }, message: NO_TABS }, isCause: true }
}

/** Before what a line says. */
const TAB = /^ *\t\s*[^\s#]/
const NO_TABS = 'a tab stands here: YAML does not allow tabs for indentation, so write spaces'
const MAX_SYNTAX_PROBLEMS = 20

const lineOf = ({ place }: SyntaxFault): number => place.line ?? 1

function onExpression(fault: SyntaxFault, lines: readonly string[]): Explained {
  const column = bareExpression(lines[lineOf(fault) - 1] ?? '')
  if (column === undefined) return { fault, isCause: false }
  const message = `an expression wants quotes here, "\${...}": without them YAML reads its braces and colons (${fault.message})`
  return { fault: { path: fault.path, message, place: { ...fault.place, column } }, isCause: true }
}

const QUOTED = /(?<=^|[\s[{,])(?:"(?:\\.|[^"\\])*"|'[^']*')/g

/** Column, from 1, of the first text of a line that has an expression in it and no quotes around it. */
function bareExpression(line: string): number | undefined {
  const open = line.replaceAll(QUOTED, (text) => ' '.repeat(text.length))
  const end = open.indexOf('${')
  return end < 0 ? undefined : end - (/[^\s[{,]*$/.exec(open.slice(0, end))?.[0].length ?? 0) + 1
}
