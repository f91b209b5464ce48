import { readFileSync } from 'node:fs'
import { type SchemaDocument, withoutReferences } from '../lib/schema-document.ts'
import type { SchemaNode } from '../lib/schema-node.ts'

/** The schema that ships: src/ and dist/ lie equally deep beside config/. */
export const schemaFile = new URL('../../config/lwm2mqtt.schema.json', import.meta.url)

/** Single source of validation, defaults, environment names, types and reference documentation. */
export const configurationSchema: SchemaNode = withoutReferences(
  JSON.parse(readFileSync(schemaFile, 'utf8')) as SchemaDocument,
)

/** A key of the configuration with its schema. */
export interface SchemaKey {
  readonly path: readonly string[]
  readonly schema: SchemaNode
}

/** Every key that holds a value, a list, or a group with names of the user's own; in the schema's order. */
export function schemaKeys(schema = configurationSchema, path: readonly string[] = []): SchemaKey[] {
  if (schema.properties === undefined) return [{ path, schema }]
  return Object.entries(schema.properties).flatMap(([key, child]) => schemaKeys(child, [...path, key]))
}

/** What each entry of a group with names of the user's own looks like; undefined for anything else. */
export function namedEntry({ additionalProperties }: SchemaNode): SchemaNode | undefined {
  return additionalProperties === false ? undefined : additionalProperties
}

const FILE_SUFFIX = '_file'

/** `password` of `password_file`: the key that holds the file's content; undefined for other keys. */
export function contentKey(key: string): string | undefined {
  return key.endsWith(FILE_SUFFIX) ? key.slice(0, -FILE_SUFFIX.length) : undefined
}
