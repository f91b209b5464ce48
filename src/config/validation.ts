import { Ajv, type ErrorObject } from 'ajv'
import { expected, found } from './expectation.ts'
import type { KeyPath, Place, Problem } from './problem.ts'
import { configurationSchema, type SchemaNode, schemaAt, schemaKeys, typesOf } from './schema.ts'
import { closest } from './suggestion.ts'

const ajv = new Ajv({ allErrors: true, verbose: true, useDefaults: true, allowUnionTypes: true })
ajv.addKeyword({ keyword: 'patternErrorMessage', schemaType: 'string' })
const validateShape = ajv.compile(configurationSchema)

/** JSON pointer to steps. No key of the schema looks like a number, so that a numeric step is an index. */
function stepsOf(pointer: string): KeyPath {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step))
}

/** A key of the same group, else the full name of a key that stands elsewhere. */
function suggestKey(group: KeyPath, key: string): string | undefined {
  const siblings = Object.keys(schemaAt(group)?.properties ?? {})
  const sibling = closest(key, siblings)
  if (sibling !== undefined) return sibling
  const elsewhere = schemaKeys().find(({ path }) => path.at(-1) === key)
  return elsewhere?.path.join('.')
}

function unknownKey(group: KeyPath, key: string): Omit<Problem, 'place'> {
  const suggestion = suggestKey(group, key)
  const where = group.length === 0 ? 'the configuration' : 'this group'
  return {
    code: 'config_unknown_key',
    path: [...group, key],
    message: `${where} has no such key`,
    ...(suggestion !== undefined && { suggestion }),
  }
}

/** The right value where it is near: text without its quotes, or a misspelt choice. */
function suggestValue(schema: SchemaNode, value: unknown): string | undefined {
  const { enum: choices, pattern = '' } = schema
  if (typeof value === 'string')
    return choices === undefined ? undefined : closest(value, choices.map(String))
  if (typeof value !== 'number' && typeof value !== 'boolean') return undefined
  if (!typesOf(schema).includes('string')) return undefined
  const text = choices === undefined ? value : choices.find((one) => Number(one) === value) // 1.0 is 1 in YAML
  return text === undefined || !new RegExp(pattern).test(`${text}`) ? undefined : `"${text}", in quotes`
}

function wrongValue(path: KeyPath, schema: SchemaNode, value: unknown): Omit<Problem, 'place'> {
  const suggestion = suggestValue(schema, value)
  return {
    code: 'config_invalid',
    path,
    message: `expected ${expected(schema)}; found ${found(value)}`,
    ...(suggestion !== undefined && { suggestion }),
  }
}

function listedTwice(path: KeyPath, error: ErrorObject): Omit<Problem, 'place'> {
  const { i, j } = error.params as { i: number; j: number }
  const [first, second] = i < j ? [i, j] : [j, i]
  return { code: 'config_invalid', path: [...path, second], message: `is the same as entry ${first + 1}` }
}

function missingKey(path: KeyPath, error: ErrorObject): Omit<Problem, 'place'> {
  const key = String(error.params.missingProperty)
  const schema = (error.parentSchema as SchemaNode).properties?.[key]
  const takes = schema === undefined ? '' : `: ${expected(schema)}`
  return { code: 'config_invalid', path, message: `needs the key ${key}${takes}` }
}

function problemOf(error: ErrorObject): Omit<Problem, 'place'> {
  const path = stepsOf(error.instancePath)
  if (error.keyword === 'additionalProperties') {
    return unknownKey(path, String(error.params.additionalProperty))
  }
  if (error.keyword === 'uniqueItems') return listedTwice(path, error)
  if (error.keyword === 'required') return missingKey(path, error)
  return wrongValue(path, error.parentSchema as SchemaNode, error.data)
}

/**
 * Holds a tree against the schema and fills in the defaults, in place.
 * @param locate where the value at a path was written
 * @returns every fault, one for each path
 */
export function validate(tree: unknown, locate: (path: KeyPath) => Place): Problem[] {
  if (validateShape(tree)) return []
  const problems = new Map<string, Problem>()
  for (const error of validateShape.errors ?? []) {
    const problem = problemOf(error)
    const id = JSON.stringify(problem.path)
    if (!problems.has(id)) problems.set(id, { ...problem, place: locate(problem.path) })
  }
  return [...problems.values()]
}
