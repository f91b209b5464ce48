import { readFileSync } from 'node:fs'

export type SchemaType = 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean'

/** What the gateway uses of JSON schema (draft 7). Each keyword holds for values of its own type. */
export interface SchemaNode {
  readonly description: string
  /** Several: any of them. */
  readonly type?: SchemaType | readonly SchemaType[]
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly required?: readonly string[]
  readonly items?: SchemaNode
  readonly enum?: readonly (string | number | boolean)[]
  readonly pattern?: string
  /** What the pattern asks for, in words: editors show it too. */
  readonly patternErrorMessage?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly default?: unknown
  readonly examples?: readonly unknown[]
}

/** The schema that ships: src/ and dist/ lie equally deep beside config/. */
export const schemaFile = new URL('../../config/lwm2mqtt.schema.json', import.meta.url)

/** Single source of validation, defaults, environment names, types and reference documentation. */
export const configurationSchema: SchemaNode = JSON.parse(readFileSync(schemaFile, 'utf8'))

/** A key of the configuration with its schema. */
export interface SchemaKey {
  readonly path: readonly string[]
  readonly schema: SchemaNode
}

/** The types that a value may have; none where its choices alone say it. */
export function typesOf({ type }: SchemaNode): readonly SchemaType[] {
  return type === undefined ? [] : [type].flat()
}

/** Every key that holds a value or a list, in the schema's order. */
export function schemaKeys(schema = configurationSchema, path: readonly string[] = []): SchemaKey[] {
  if (schema.properties === undefined) return [{ path, schema }]
  return Object.entries(schema.properties).flatMap(([key, child]) => schemaKeys(child, [...path, key]))
}

/** The schema of the group at `path`, undefined where there is no such group. */
export function schemaAt(path: readonly (string | number)[]): SchemaNode | undefined {
  return path.reduce<SchemaNode | undefined>((node, step) => {
    if (typeof step === 'number') return node?.items
    const { properties } = node ?? {}
    return properties !== undefined && Object.hasOwn(properties, step) ? properties[step] : undefined
  }, configurationSchema)
}

const FILE_SUFFIX = '_file'

/** `password` of `password_file`: the key that holds the file's content; undefined for other keys. */
export function contentKey(key: string): string | undefined {
  return key.endsWith(FILE_SUFFIX) ? key.slice(0, -FILE_SUFFIX.length) : undefined
}
