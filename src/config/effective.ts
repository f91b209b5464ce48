import { stringify } from 'yaml'
import type { SchemaNode } from '../lib/schema-node.ts'
import type { Configuration } from './configuration.ts'
import { configurationSchema } from './schema.ts'

/** Keeps what the schema knows. Contents of secret files have no key there, so that they cannot get out this way. */
function known(value: unknown, { properties }: SchemaNode): unknown {
  if (properties === undefined) return value
  const group = value as Readonly<Record<string, unknown>>
  const kept = Object.entries(properties).filter(([key]) => group[key] !== undefined)
  return Object.fromEntries(kept.map(([key, child]) => [key, known(group[key], child)]))
}

/** The configuration as the gateway uses it, as YAML and without secrets: it could be a configuration file itself. */
export function effectiveYaml(configuration: Configuration): string {
  return stringify(known(configuration, configurationSchema))
}
