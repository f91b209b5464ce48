import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import { expected, found } from './expectation.ts'
import type { KeyPath } from './problem.ts'
import { type SchemaNode, typesOf } from './schema-node.ts'
import { closest } from './suggestion.ts'

/** What is wrong with one part of a document. */
export interface SchemaFault {
  readonly kind: 'unknown-key' | 'invalid'
  readonly path: KeyPath
  /** What is wrong and what was expected. */
  readonly message: string
  /** What was probably meant. */
  readonly suggestion?: string
}

export interface SchemaCheckOptions {
  /** What the document is, with its article, for messages. */
  readonly document: string
  /** Whether keys that are missing get their defaults, in place. */
  readonly fillsDefaults?: boolean
  /** The name of a key that its group does not have, but another place. */
  readonly elsewhere?: (key: string) => string | undefined
}

/** Nobody reads more of them at once. */
const MAX_FAULTS = 200

/** Holds documents against one of the gateway's own schemas. */
export class SchemaCheck {
  readonly #validate: ValidateFunction
  readonly #options: SchemaCheckOptions

  constructor(schema: SchemaNode, options: SchemaCheckOptions) {
    const useDefaults = options.fillsDefaults === true
    const ajv = new Ajv({ strict: true, allErrors: true, verbose: true, useDefaults, allowUnionTypes: true })
    ajv.addKeyword({ keyword: 'patternErrorMessage', schemaType: 'string' })
    this.#validate = ajv.compile(schema)
    this.#options = options
  }

  /**
   * @param tree plain values; defaults are filled in, in place, if the options say so
   * @returns every fault (the first 200), one for each path
   */
  faultsOf(tree: unknown): SchemaFault[] {
    if (this.#validate(tree)) return []
    const faults = new Map<string, SchemaFault>()
    for (const error of this.#validate.errors ?? []) {
      if (faults.size === MAX_FAULTS) break
      const path = pathOf(tree, error)
      const id = JSON.stringify(path)
      if (!faults.has(id)) faults.set(id, this.#faultOf(path, error))
    }
    return [...faults.values()]
  }

  #faultOf(path: KeyPath, error: ErrorObject): SchemaFault {
    switch (error.keyword) {
      case 'additionalProperties':
        return this.#unknownKey(path, error.parentSchema as SchemaNode)
      case 'uniqueItems':
        return { kind: 'invalid', path, message: `is the same as entry ${repeatedOf(error).first + 1}` }
      case 'required':
        return missingKey(path, error)
      default:
        return wrongValue(path, error.parentSchema as SchemaNode, error.data)
    }
  }

  /** Suggests a key of the same group, else the full name of a key that stands elsewhere. */
  #unknownKey(path: KeyPath, { properties = {} }: SchemaNode): SchemaFault {
    const key = String(path.at(-1))
    const suggestion = closest(key, Object.keys(properties)) ?? this.#options.elsewhere?.(key)
    const where = path.length === 1 ? this.#options.document : 'this group'
    return {
      kind: 'unknown-key',
      path,
      message: `${where} has no such key`,
      ...(suggestion !== undefined && { suggestion }),
    }
  }
}

/** The entries of a list that are the same. */
function repeatedOf({ params }: ErrorObject): { readonly first: number; readonly second: number } {
  const { i, j } = params as { readonly i: number; readonly j: number }
  return { first: Math.min(i, j), second: Math.max(i, j) }
}

/** What an error is about: the key that is too many, the second of two equal entries, or the value itself. */
function pathOf(tree: unknown, error: ErrorObject): KeyPath {
  const path = stepsOf(tree, error.instancePath)
  if (error.keyword === 'additionalProperties') return [...path, String(error.params.additionalProperty)]
  return error.keyword === 'uniqueItems' ? [...path, repeatedOf(error).second] : path
}

/** A JSON pointer as steps. Whether a step is an index or a key that looks like one, the data tell. */
function stepsOf(tree: unknown, pointer: string): KeyPath {
  const path: (string | number)[] = []
  let value = tree
  for (const step of pointer.split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~')
    path.push(Array.isArray(value) ? Number(key) : key)
    value = (value as Readonly<Record<string, unknown>> | undefined)?.[key]
  }
  return path
}

/** The right value where it is near: text without its quotes, or a misspelt choice. */
function suggestValue(schema: SchemaNode, value: unknown): string | undefined {
  const { enum: choices, pattern = '' } = schema
  if (typeof value === 'string')
    return choices === undefined ? undefined : closest(value, choices.map(String))
  if (typeof value !== 'number' && typeof value !== 'boolean' && typeof value !== 'bigint') return undefined
  if (!typesOf(schema).includes('string')) return undefined
  const text = choices === undefined ? value : choices.find((one) => Number(one) === value) // 1.0 is 1 in YAML
  return text === undefined || !new RegExp(pattern).test(`${text}`) ? undefined : `"${text}", in quotes`
}

function wrongValue(path: KeyPath, schema: SchemaNode, value: unknown): SchemaFault {
  const suggestion = suggestValue(schema, value)
  return {
    kind: 'invalid',
    path,
    message: `expected ${expected(schema)}; found ${found(value)}`,
    ...(suggestion !== undefined && { suggestion }),
  }
}

function missingKey(path: KeyPath, error: ErrorObject): SchemaFault {
  const key = String(error.params.missingProperty)
  const takes = expected((error.parentSchema as SchemaNode).properties?.[key] ?? { description: '' })
  return { kind: 'invalid', path, message: `needs the key ${key}: ${takes}` }
}
