import type { ASTNode, ParseResult } from '@marcbachmann/cel-js'
import { charges, childrenOf } from './charging.ts'

/** What an expression may not hold, and where. */
export interface Objection {
  readonly message: string
  /** Offset of the first character, in the expression. */
  readonly start: number
}

/** More are no expression but a program; what is paid for an element of a list counts on it. */
const MAX_NODES = 500
/** Keys that mean something else in JavaScript; CEL would leave them out of an object in silence. */
const DANGEROUS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/** Functions of CEL that are left out: of a value (with a dot), and without one. */
const REFUSED_METHODS: ReadonlyMap<string, string> = new Map([
  [
    'matches',
    'matches() is left out, since its patterns can take for ever: use startsWith, endsWith, contains',
  ],
  ['join', "join() with a dot is left out: write join(LIST, ', ')"],
  ['bind', 'cel.bind() is left out'],
  ['json', 'json() with a dot is left out: write fromJson(TEXT)'],
])
const REFUSED_FUNCTIONS: ReadonlyMap<string, string> = new Map([
  ...Object.values(charges).map((name) => [name, `${name}() is for the gateway alone`] as const),
  ['duration', 'duration() is left out, since long texts can take it for ever: times are milliseconds'],
])

function* nodesOf(node: ASTNode): Generator<ASTNode> {
  yield node
  for (const child of childrenOf(node.args)) yield* nodesOf(child)
}

/** What stands in an expression that it may not hold. */
export function objectionsTo({ ast }: ParseResult): Objection[] {
  const objections: Objection[] = []
  let count = 0
  for (const node of nodesOf(ast)) {
    if (++count > MAX_NODES)
      return [{ message: `the expression is too long: more than ${MAX_NODES} parts`, start: 0 }]
    const message = objectionTo(node)
    if (message !== undefined) objections.push({ message, start: node.start })
  }
  return objections
}

function objectionTo(node: ASTNode): string | undefined {
  switch (node.op) {
    case 'call':
      return REFUSED_FUNCTIONS.get(node.args[0])
    case 'rcall':
      return REFUSED_METHODS.get(node.args[0])
    case '.':
    case '.?':
      return objectionToKey(node.args[1])
    case '[]':
    case '[?]':
      return node.args[1].op === 'value' ? objectionToKey(node.args[1].args) : undefined
    case 'map':
      return node.args.map(([key]) => objectionToEntry(key)).find((objection) => objection !== undefined)
    default:
      return undefined
  }
}

function objectionToEntry(key: ASTNode): string | undefined {
  if (key.op === 'value') return objectionToKey(key.args)
  return 'the keys of an object must be written out; $each with $key makes others'
}

function objectionToKey(key: unknown): string | undefined {
  return DANGEROUS.has(String(key)) ? `${String(key)} is no key` : undefined
}

/** The names of a table, or of anything else, that an expression looks into: `tables.entities` gives `entities`. */
export function fieldsOf({ ast }: ParseResult, variable: string): { name: string; start: number }[] {
  const fields: { name: string; start: number }[] = []
  for (const node of nodesOf(ast)) {
    if (node.op !== '.' && node.op !== '.?') continue
    const [object, name] = node.args
    if (object.op === 'id' && object.args === variable) fields.push({ name, start: node.start })
  }
  return fields
}

/** `a.b.c` as its names; undefined for anything else. */
export function referenceOf({ ast }: ParseResult): readonly string[] | undefined {
  const names: string[] = []
  let node = ast
  while (node.op === '.') {
    names.unshift(node.args[1])
    node = node.args[0]
  }
  return node.op === 'id' ? [node.args, ...names] : undefined
}
