import type { SchemaNode } from './schema-node.ts'

/** A schema as it is written: parts that several places share stand in `definitions`, and are referred to. */
export type SchemaDocument = SchemaNode & { readonly definitions?: Readonly<Record<string, SchemaNode>> }

const DEFINITION = '#/definitions/'

/**
 * Puts what references (`$ref`) stand for in their place. Keys beside a reference go over those of what it stands
 * for, so that two places may share all but a default.
 * @throws Error for a reference to nothing
 */
export function withoutReferences({ definitions = {}, ...schema }: SchemaDocument): SchemaNode {
  const resolved = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(resolved)
    if (typeof value !== 'object' || value === null) return value
    const { $ref, ...own } = value as Readonly<Record<string, unknown>>
    const entries = Object.fromEntries(Object.entries(own).map(([key, part]) => [key, resolved(part)]))
    return typeof $ref === 'string' ? { ...(resolved(definitionOf($ref)) as object), ...entries } : entries
  }
  const definitionOf = (reference: string): SchemaNode => {
    const definition = definitions[reference.slice(DEFINITION.length)]
    if (definition === undefined) throw new Error(`the schema has no ${reference}`)
    return definition
  }
  return resolved(schema) as SchemaNode
}
