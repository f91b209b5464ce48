import { isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument, type Scalar } from 'yaml'
import type { Random } from '../../../src/lib/random.ts'
import { type SchemaNode, typesOf } from '../../../src/lib/schema-node.ts'
import { mappingSchema } from '../../../src/mapping/schema/mapping.ts'

/** A file that was good before one place of it was broken. */
export interface Mutant {
  readonly what: string
  readonly text: string
  /** The line of that place. */
  readonly line: number
}

/** A key of a good file with its value, and what the schema says of them. */
interface Spot {
  readonly key: Scalar<string>
  readonly value: Node
  readonly schema: SchemaNode | undefined
  /** Whether the schema knows all keys of the group. */
  readonly isClosed: boolean
  readonly isFlow: boolean
  readonly path: readonly string[]
}

/** What stands in place of `length` characters at `start`. */
interface Edit {
  readonly start: number
  readonly length: number
  readonly text: string
  /** Of the offending place, in the text as it was. */
  readonly at: number
}

type Mutation = (spot: Spot, text: string) => Edit | undefined

const startOf = ({ range }: Node): number => range?.[0] ?? 0
const sourceOf = ({ range }: Node, text: string): string => text.slice(range?.[0], range?.[1])

function replaced(node: Node, text: string, by: string, at = startOf(node)): Edit {
  return { start: startOf(node), length: sourceOf(node, text).length, text: by, at }
}

/** Texts in which the compiler looks for expressions. Examples and tables, and the schemas of messages, are none. */
function holdsExpression({ path, value }: Spot, text: string): boolean {
  const [part, , key] = path
  const isCompiled = part === 'publish' || part === 'commands' || part === 'device' || part === 'defaults'
  const isSchema = key === 'payload' && part === 'commands'
  const isText = isScalar(value) && value.type === 'QUOTE_DOUBLE' && String(value.value).includes('${')
  const isOneLine = !sourceOf(value, text).includes('\n')
  return isCompiled && !isSchema && key !== 'on' && isText && isOneLine
}

const asText = (value: string): string => JSON.stringify(value)

/** A scalar in one line whose schema is known. */
function isPlainValue({ value, schema }: Spot, text: string): boolean {
  return schema !== undefined && isScalar(value) && !sourceOf(value, text).includes('\n')
}

const expression =
  (source: string): Mutation =>
  (spot, text) =>
    holdsExpression(spot, text) ? replaced(spot.value, text, asText(source), startOf(spot.key)) : undefined

/** Each gives a file that is wrong for certain, or nothing where it does not fit. */
const mutations: Readonly<Record<string, Mutation>> = {
  'a misspelt key': ({ key, isClosed }, text) =>
    isClosed ? replaced(key, text, `${key.value}q`) : undefined,
  'a key that was cut': ({ key, isClosed }, text) =>
    isClosed && key.value.length > 6 ? replaced(key, text, key.value.slice(0, -1)) : undefined,
  'another type': (spot, text) => {
    const types = spot.schema === undefined ? [] : typesOf(spot.schema)
    if (!isPlainValue(spot, text) || types.length === 0) return undefined
    const wrong = (
      [
        ['array', '[]'],
        ['object', '{}'],
        ['boolean', 'true'],
      ] as const
    ).find(([type]) => !types.includes(type))
    return wrong && replaced(spot.value, text, wrong[1], startOf(spot.key))
  },
  'no choice that there is': (spot, text) =>
    isPlainValue(spot, text) && spot.schema?.enum !== undefined
      ? replaced(spot.value, text, '"none of them"', startOf(spot.key))
      : undefined,
  'not of the form': (spot, text) =>
    isPlainValue(spot, text) && spot.schema?.pattern !== undefined
      ? replaced(spot.value, text, '"!"', startOf(spot.key))
      : undefined,
  'an expression that is not closed': expression('a${endpoint'),
  'an unknown variable': expression('${nobody}'),
  'an unknown function': expression('${nothing(1)}'),
  'half an expression': expression('${1 +}'),
  'an unknown table': expression('${tables.nowhere}'),
  'an expression without quotes': (spot, text) => {
    const isAlone = spot.isFlow && holdsExpression(spot, text)
    return isAlone ? replaced(spot.value, text, '${endpoint}', startOf(spot.key)) : undefined
  },
  'a quote that is not closed': (spot, text) =>
    spot.isFlow && holdsExpression(spot, text) && !text.slice(startOf(spot.value)).includes("'")
      ? { start: (spot.value.range?.[1] ?? 1) - 1, length: 1, text: '', at: startOf(spot.key) }
      : undefined,
  'a key twice': ({ key, value, isFlow }, text) => {
    const isOneLine = !text.slice(startOf(key), value.range?.[1]).includes('\n')
    const pair = text.slice(startOf(key), value.range?.[1])
    return isFlow && isOneLine && value.range !== undefined
      ? { start: startOf(key), length: 0, text: `${pair}, `, at: startOf(key) }
      : undefined
  },
  'a tab before a key': ({ key, isFlow }, text) => {
    const begin = text.lastIndexOf('\n', startOf(key)) + 1
    const indent = text.slice(begin, startOf(key))
    return !isFlow && /^ +$/.test(indent)
      ? { start: begin, length: indent.length, text: '\t', at: startOf(key) }
      : undefined
  },
  'a tag': ({ key, value }) =>
    isScalar(value) ? { start: startOf(value), length: 0, text: '!secret ', at: startOf(key) } : undefined,
  'an alias of nothing': ({ key, value }, text) =>
    isScalar(value) && !sourceOf(value, text).includes('\n')
      ? replaced(value, text, '*nobody ', startOf(key))
      : undefined,
  'a wildcard in a topic': (spot, text) =>
    isTopic(spot, 'publish') ? replaced(spot.value, text, '"a/+/b"', startOf(spot.key)) : undefined,
  'an empty level in a topic': (spot, text) =>
    isTopic(spot, 'publish') ? replaced(spot.value, text, '"a//b"', startOf(spot.key)) : undefined,
  'a filter that is none': (spot, text) =>
    isTopic(spot, 'commands') ? replaced(spot.value, text, '"a/x{device}"', startOf(spot.key)) : undefined,
  'an event that there is not': ({ key, value, path }, text) =>
    path[0] === 'publish' && path.length === 3 && path[2] === 'on' && isScalar(value)
      ? replaced(value, text, 'sometimes', startOf(key))
      : undefined,
}

function isTopic({ path, value }: Spot, part: string): boolean {
  return path[0] === part && path.length === 3 && path[2] === 'topic' && isScalar(value)
}

/** All keys of a file, wherever they stand. */
function* spotsOf(node: unknown, schema: SchemaNode | undefined, path: readonly string[]): Generator<Spot> {
  if (isSeq(node)) {
    for (const [index, item] of node.items.entries())
      yield* spotsOf(item, schema?.items, [...path, String(index)])
  }
  if (!isMap(node)) return
  for (const { key, value } of node.items as Pair<Scalar<string>, Node>[]) {
    if (value === null) continue
    const extra = schema?.additionalProperties
    const own = schema?.properties?.[key.value] ?? (extra === false ? undefined : extra)
    const at = [...path, key.value]
    yield { key, value, schema: own, isClosed: extra === false, isFlow: node.flow === true, path: at }
    yield* spotsOf(value, own, at)
  }
}

/**
 * Breaks good files, each at one place, and each kind of fault as often as any other.
 * @param files by name
 * @param count how many different ones
 */
export function* mutants(
  files: Readonly<Record<string, string>>,
  random: Random,
  count: number,
): Generator<Mutant> {
  const places = Object.entries(files).map(([name, text]) => {
    const lines = new LineCounter()
    const { contents } = parseDocument(text, { lineCounter: lines })
    return { name, text, lines, spots: [...spotsOf(contents, mappingSchema, [])] }
  })
  const kinds = Object.entries(mutations)
  const seen = new Set<string>()
  for (let turn = 0; seen.size < count; turn++) {
    const [what, mutate] = kinds[turn % kinds.length] ?? ['', () => undefined]
    const place = places[random.integer(places.length)]
    const spot = place?.spots[random.integer(place.spots.length)]
    const edit = spot && mutate(spot, place.text)
    if (place === undefined || edit === undefined) continue
    const { start, length, text, at } = edit
    const mutant = place.text.slice(0, start) + text + place.text.slice(start + length)
    if (seen.has(mutant)) continue
    seen.add(mutant)
    const { line } = place.lines.linePos(at)
    yield { what: `${place.name}:${line}: ${what}`, text: mutant, line }
  }
}
