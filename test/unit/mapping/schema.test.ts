import { describe, expect, test } from 'vitest'
import type { JsonValue } from '../../../src/lib/json.ts'
import { SchemaCheck } from '../../../src/lib/schema-check.ts'
import { type SchemaNode, typesOf } from '../../../src/lib/schema-node.ts'
import { mappingSchema } from '../../../src/mapping/schema/mapping.ts'

interface Named {
  readonly path: string
  readonly node: SchemaNode
}

function nodes(node: SchemaNode, path: string): Named[] {
  const { properties = {}, items, additionalProperties } = node
  return [
    { path, node },
    ...Object.entries(properties).flatMap(([key, child]) => nodes(child, `${path}.${key}`)),
    ...(items === undefined ? [] : nodes(items, `${path}[]`)),
    ...(typeof additionalProperties === 'object' ? nodes(additionalProperties, `${path}.*`) : []),
  ]
}

const all = nodes(mappingSchema, 'mapping')

describe('the schema of mapping files', () => {
  test.each(all)('$path has a description', ({ node }) => {
    expect(node.description).toMatch(/^.{5,}[.`]$/s)
  })

  test.each(all.filter(({ node }) => node.examples !== undefined))(
    'the examples of $path are valid',
    ({ node }) => {
      const check = new SchemaCheck(node, { document: 'an example' })
      for (const example of node.examples ?? []) expect(check.faultsOf(example as JsonValue)).toEqual([])
    },
  )

  test.each(all.filter(({ node }) => node.pattern !== undefined && node.patternErrorMessage === undefined))(
    '$path says in words what its pattern asks for, or stands in a list that does',
    ({ path }) => expect(path).toMatch(/\[\]$/),
  )

  test.each(all.filter(({ node }) => node.properties !== undefined))(
    '$path takes no other keys',
    ({ node }) => {
      expect(typesOf(node)).toContain('object')
      expect(node.additionalProperties).toBe(false)
    },
  )
})
