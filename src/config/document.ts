import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from 'yaml'
import { reasonOf } from '../lib/errors.ts'
import type { KeyPath, Place, Problem } from './problem.ts'

/** A configuration file, read: its values, and where each of them stands. */
export interface ConfigurationDocument {
  /** Plain values; undefined for an empty file. Keys without a value are left out. */
  readonly tree: unknown
  readonly problems: readonly Problem[]
  /** Where the key at `path` stands; where it is missing, the innermost group around it. */
  locate(path: KeyPath): Place
}

// An alias repeats what it names; a file that grows a hundredfold through them is an attack or a mistake.
const MAX_ALIASES = 100

type ParsedYaml = ReturnType<typeof parseDocument>

/** A key without a value (`mqtt:`) is a key that was not set: so a group can be emptied by commenting out its keys. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([, child]) => child !== null && child !== undefined)
  return Object.fromEntries(kept.map(([key, child]) => [key, withoutNulls(child)]))
}

/** The pair or item of `node` that a step leads to. */
function child(yaml: ParsedYaml, node: unknown, step: string | number): Pair | Node | undefined {
  const target = isAlias(node) ? node.resolve(yaml) : node
  if (isSeq(target)) return target.items[Number(step)] as Node | undefined
  if (!isMap(target)) return undefined
  return target.items.find(({ key }) => String(isScalar(key) ? key.value : key) === String(step))
}

/** Offset of the key or item at `path`, or of the innermost group that is there. */
function offsetOf(yaml: ParsedYaml, path: KeyPath): number {
  let node: unknown = yaml.contents
  let offset = yaml.contents?.range?.[0] ?? 0
  for (const step of path) {
    const next = child(yaml, node, step)
    if (next === undefined) break
    const start = 'key' in next ? (next.key as Node) : next
    offset = start.range?.[0] ?? offset
    node = 'key' in next ? next.value : next
  }
  return offset
}

function treeOf(yaml: ParsedYaml): unknown {
  const tree: unknown = yaml.toJS({ maxAliasCount: MAX_ALIASES })
  return tree === null ? undefined : withoutNulls(tree)
}

/**
 * Reads YAML 1.2.
 * @param source the file's name, for places
 */
export function readDocument(text: string, source: string): ConfigurationDocument {
  const lines = new LineCounter()
  const yaml = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true })
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { source, line, column: col }
  }
  const syntax = (offset: number, message: string): Problem => {
    return { code: 'config_syntax', place: place(offset), path: [], message }
  }
  const locate = (path: KeyPath): Place => place(offsetOf(yaml, path))
  const faults = [...yaml.errors, ...yaml.warnings]
  if (faults.length > 0) {
    return { tree: undefined, locate, problems: faults.map((fault) => syntax(fault.pos[0], fault.message)) }
  }
  try {
    return { tree: treeOf(yaml), locate, problems: [] }
  } catch (error) {
    return { tree: undefined, locate, problems: [syntax(0, reasonOf(error))] }
  }
}
