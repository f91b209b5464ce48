import type { KeyPath, Place } from '../lib/problem.ts'
import { SchemaCheck } from '../lib/schema-check.ts'
import type { Problem } from './problem.ts'
import { configurationSchema, schemaKeys } from './schema.ts'

const check = new SchemaCheck(configurationSchema, {
  document: 'the configuration',
  fillsDefaults: true,
  elsewhere: (key) => {
    const places = schemaKeys().filter(({ path }) => path.at(-1) === key)
    return places.length === 0 ? undefined : places.map(({ path }) => path.join('.')).join(' or ')
  },
})

/**
 * Holds a tree against the schema and fills in the defaults, in place.
 * @param locate where the value at a path was written
 * @returns every fault, one for each path
 */
export function validate(tree: unknown, locate: (path: KeyPath) => Place): Problem[] {
  return check.faultsOf(tree).map(({ kind, ...fault }) => {
    const code = kind === 'unknown-key' ? 'config_unknown_key' : 'config_invalid'
    return { ...fault, code, place: locate(fault.path) }
  })
}
