import { stringify } from 'yaml'
import type { SchemaNode } from '../lib/schema-node.ts'
import type { Configuration } from './configuration.ts'
import { configurationSchema, namedEntry } from './schema.ts'

/** Keeps what the schema knows. Contents of secret files have no key there, so that they cannot get out this way. */
function known(value: unknown, schema: SchemaNode): unknown {
  const { properties } = schema
  const entry = namedEntry(schema)
  const group = value as Readonly<Record<string, unknown>>
  if (entry !== undefined)
    return Object.fromEntries(Object.entries(group).map(([name, one]) => [name, known(one, entry)]))
  if (properties === undefined) return value
  const kept = Object.entries(properties).filter(([key]) => group[key] !== undefined)
  return Object.fromEntries(kept.map(([key, child]) => [key, known(group[key], child)]))
}

/** The configuration as the gateway uses it, as YAML and without secrets: it could be a configuration file itself. */
export function effectiveYaml(configuration: Configuration): string {
  return stringify(known(configuration, configurationSchema))
}
