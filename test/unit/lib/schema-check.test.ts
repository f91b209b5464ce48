import { describe, expect, test } from 'vitest'
import { SchemaCheck } from '../../../src/lib/schema-check.ts'
import type { SchemaNode } from '../../../src/lib/schema-node.ts'

const description = 'A part.'
const group = (properties: Readonly<Record<string, SchemaNode>>): SchemaNode => ({
  description,
  type: 'object',
  additionalProperties: false,
  properties,
})
const schema: SchemaNode = group({
  level: { description, type: 'string', enum: ['info', 'warn'], default: 'info' },
  list: { description, type: 'array', maxItems: 3, items: group({ id: { description, type: 'integer' } }) },
  table: {
    description,
    type: 'object',
    additionalProperties: group({ id: { description, type: 'integer' } }),
  },
  either: {
    description,
    type: ['string', 'object', 'array'],
    minLength: 1,
    minItems: 1,
    items: { description, type: 'string' },
    additionalProperties: false,
    required: ['topic'],
    properties: { topic: { description, type: 'string' } },
  },
})
const check = new SchemaCheck(schema, { document: 'the file' })

describe('a check against a schema', () => {
  test('tells an index from a key that looks like one by the data', () => {
    const tree = {
      list: [{ id: 0 }, { id: 'x' }],
      table: { '3303': { id: 'x' }, '1': { ix: 1 }, 'a/b~c': 5 },
    }
    expect(check.faultsOf(tree).map(({ kind, path }) => [kind, path])).toEqual(
      expect.arrayContaining([
        ['invalid', ['list', 1, 'id']],
        ['invalid', ['table', '3303', 'id']],
        ['unknown-key', ['table', '1', 'ix']],
        ['invalid', ['table', 'a/b~c']],
      ]),
    )
    expect(check.faultsOf(tree)).toHaveLength(4)
  })

  test.each([
    [
      { lvel: 'info' },
      { kind: 'unknown-key', path: ['lvel'], message: 'the file has no such key', suggestion: 'level' },
    ],
    [
      { level: 'wran' },
      { kind: 'invalid', message: 'expected one of info, warn; found "wran"', suggestion: 'warn' },
    ],
    [{ either: {} }, { path: ['either'], message: 'needs the key topic: text' }],
    [
      { either: 5 },
      {
        message:
          'expected text that is not empty; or a group of keys; or a list of at least 1 entries; found the number 5',
      },
    ],
    [{ either: [5] }, { path: ['either', 0], message: 'expected text; found the number 5' }],
    [{ list: [{ id: 2n ** 60n }] }, { message: 'expected an integer; found the number 1152921504606846976' }],
    [{ list: [{}, {}, {}, {}] }, { message: 'expected a list of 0 to 3 entries; found a list' }],
    [[], { path: [], message: 'expected a group of keys; found a list' }],
  ])('says what is wrong, case %#', (tree, fault) => {
    expect(check.faultsOf(tree)).toEqual([expect.objectContaining(fault)])
  })

  test('fills in defaults only where it was asked to', () => {
    const [left, filled] = [{}, {}]
    expect(check.faultsOf(left)).toEqual([])
    expect(new SchemaCheck(schema, { document: 'the file', fillsDefaults: true }).faultsOf(filled)).toEqual(
      [],
    )
    expect([left, filled]).toEqual([{}, { level: 'info' }])
  })

  test('stops telling where nobody reads on', () => {
    const tree = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`k${index}`, 1]))
    expect(check.faultsOf(tree)).toHaveLength(200)
  })
})
