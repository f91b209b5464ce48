import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLMap,
} from 'yaml'
import { reasonOf } from './errors.ts'
import { exactInteger } from './integer.ts'
import type { KeyPath, Place } from './problem.ts'
import { explain, plainWords } from './yaml-error.ts'

/** Text that is no YAML, or more than may be read. */
export interface SyntaxFault {
  readonly place: Place
  readonly path: KeyPath
  readonly message: string
  /** Where the text is no YAML; where it may only be none because of that; or what it says besides. */
  readonly kind: 'grammar' | 'consequence' | 'content'
}

/** A YAML file, read: its values, and where each of them stands. */
export interface YamlDocument {
  /** Plain values; undefined for an empty file, and where there are faults. Integers beyond 2^53 are bigint. */
  readonly tree: unknown
  readonly faults: readonly SyntaxFault[]
  /** Where the key at `path` stands; where it is missing, the innermost group around it. */
  locate(path: KeyPath): Place
}

export interface DocumentOptions {
  /** What becomes of a key without a value (`mqtt:`): it counts as not set, or is null. */
  readonly nulls: 'dropped' | 'kept'
}

// An alias repeats what it names; a file that grows a hundredfold through them is an attack or a mistake.
const MAX_ALIASES = 100
const MAX_DEPTH = 64
const MAX_VALUES = 200_000
const BYTE_ORDER_MARK = '\uFEFF'

const TOO_DEEP = `groups and lists nest more than ${MAX_DEPTH} deep`

/** Errors of which no others come. */
const ALONE: ReadonlySet<string> = new Set(['TAG_RESOLVE_FAILED', 'MULTIPLE_DOCS'])

type ParsedYaml = ReturnType<typeof parseDocument>

class TooMuch extends Error {
  readonly path: KeyPath

  constructor(message: string, path: KeyPath) {
    super(message)
    this.path = path
  }
}

/** Copies what the library made of a file: bounded, since aliases can repeat it, and even lead back into it. */
class Copy {
  readonly #dropsNulls: boolean
  #left = MAX_VALUES

  constructor({ nulls }: DocumentOptions) {
    this.#dropsNulls = nulls === 'dropped'
  }

  of(value: unknown, path: KeyPath): unknown {
    if (this.#left-- === 0) throw new TooMuch(`the file holds more than ${MAX_VALUES} values`, path)
    if (typeof value === 'bigint') return exactInteger(value)
    if (typeof value !== 'object' || value === null) return value
    if (path.length >= MAX_DEPTH) throw new TooMuch(TOO_DEEP, path)
    if (Array.isArray(value)) return value.map((item, index) => this.of(item, [...path, index]))
    const kept = Object.entries(value).filter(([, child]) => !this.#dropsNulls || (child ?? null) !== null)
    return Object.fromEntries(kept.map(([key, child]) => [key, this.of(child, [...path, key])]))
  }
}

const keyText = ({ key }: Pair): string => String(isScalar(key) ? key.value : key)

/** The pair or item of `node` that a step leads to. */
function child(yaml: ParsedYaml, node: unknown, step: string | number): Pair | Node | undefined {
  const target = isAlias(node) ? node.resolve(yaml) : node
  if (isSeq(target)) return target.items[Number(step)] as Node | undefined
  if (!isMap(target)) return undefined
  return target.items.find((pair) => keyText(pair) === String(step))
}

const startOf = (node: unknown): number | undefined => (node as Node | null)?.range?.[0]

/** Offset of the key or item at `path`, or of the innermost group that is there. */
function offsetOf(yaml: ParsedYaml, path: KeyPath): number {
  let node: unknown = yaml.contents
  let offset = startOf(node) ?? 0
  for (const step of path) {
    const next = child(yaml, node, step)
    if (next === undefined) break
    offset = startOf('key' in next ? next.key : next) ?? offset
    node = 'key' in next ? next.value : next
  }
  return offset
}

/** Offsets of keys that their map has already. The library's own check compares each key with each other. */
function repeatedKeys(yaml: ParsedYaml): number[] {
  const offsets: number[] = []
  const look = (_: unknown, { items }: YAMLMap): void => {
    const seen = new Set<string>()
    for (const pair of items as Pair[]) {
      if (seen.has(keyText(pair))) offsets.push(startOf(pair.key) ?? 0)
      seen.add(keyText(pair))
    }
  }
  visit(yaml, { Map: look })
  return offsets
}

/** Offsets of aliases whose anchor does not stand before them. */
function strayAliases(yaml: ParsedYaml): number[] {
  const anchors = new Set<string>()
  const offsets: number[] = []
  visit(yaml, {
    Node(_, node) {
      if (isAlias(node) && !anchors.has(node.source)) offsets.push(startOf(node) ?? 0)
      if (!isAlias(node) && node.anchor !== undefined) anchors.add(node.anchor)
    },
  })
  return offsets
}

/** @throws RangeError where the text nests too deeply for the library */
function parse(text: string, lines: LineCounter): ParsedYaml {
  return parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    uniqueKeys: false,
    intAsBigInt: true,
    resolveKnownTags: false,
  })
}

/** What is wrong with what a parser made of a text: the first error explained, what may follow from it after that. */
function faultsIn(yaml: ParsedYaml, text: string, fault: FaultAt): SyntaxFault[] {
  const errors = yaml.errors.filter(({ code }) => !ALONE.has(code))
  const [first, ...others] = errors.toSorted((one, other) => one.pos[0] - other.pos[0])
  const own = [
    ...[...yaml.errors, ...yaml.warnings]
      .filter(({ code }) => ALONE.has(code))
      .map((one) => fault(one.pos[0], plainWords(one))),
    ...repeatedKeys(yaml).map((offset) => fault(offset, 'this key stands here twice')),
    ...strayAliases(yaml).map((offset) => fault(offset, 'this alias has no anchor (&) before it')),
  ]
  if (first === undefined) return own
  if (first.message.includes('call stack')) return [fault(first.pos[0], TOO_DEEP)]
  const { offset, message } = explain(first, text, yaml)
  const cause = fault(offset, message, 'grammar')
  const before = own.filter(({ place }) => (place.line ?? 0) < (cause.place.line ?? 0))
  return [...before, cause, ...others.map((one) => fault(one.pos[0], plainWords(one), 'consequence'))]
}

type FaultAt = (offset: number, message: string, kind?: SyntaxFault['kind']) => SyntaxFault

/**
 * Reads YAML 1.2, and JSON as a part of it, at most 64 deep.
 * @param source the file's name, for places
 */
export function readDocument(text: string, source: string, options: DocumentOptions): YamlDocument {
  const lines = new LineCounter()
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { source, line, column: col }
  }
  const faulty = (faults: readonly SyntaxFault[], locate = () => place(0)): YamlDocument => {
    return { tree: undefined, faults, locate }
  }
  const fault: FaultAt = (offset, message, kind = 'content') => {
    return { place: place(offset), path: [], message, kind }
  }
  try {
    const known = text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text
    const yaml = parse(known, lines)
    const locate = (path: KeyPath): Place => place(offsetOf(yaml, path))
    const faults = faultsIn(yaml, known, fault)
    if (faults.length > 0) return faulty(faults)
    try {
      const tree: unknown = yaml.toJS({ maxAliasCount: MAX_ALIASES })
      return { tree: tree === null ? undefined : new Copy(options).of(tree, []), locate, faults: [] }
    } catch (error) {
      if (!(error instanceof TooMuch)) throw error
      return faulty([{ ...fault(0, error.message), place: locate(error.path) }])
    }
  } catch (error) {
    const message = error instanceof RangeError ? TOO_DEEP : reasonOf(error)
    return faulty([fault(0, message)])
  }
}
