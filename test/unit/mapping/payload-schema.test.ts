import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type JsonValue, parseJson } from '../../../src/lib/json.ts'
import { pathText } from '../../../src/lib/problem.ts'
import { compileSchema } from '../../../src/mapping/rule/payload-schema.ts'
import { SchemaAudit } from '../../../src/mapping/rule/schema-audit.ts'

/** `path: message` of each fault. */
function faultsOf(schema: JsonValue): string[] {
  return compileSchema(schema).faults.map(({ path, message }) => `${pathText(path)}: ${message}`)
}

function reasonFor(schema: JsonValue, payload: JsonValue): string | undefined {
  const compiled = compileSchema(schema)
  expect(compiled.faults).toEqual([])
  return compiled.schema?.check(payload)
}

const question = {
  type: 'object',
  required: ['msgType', 'data'],
  properties: { data: { type: 'object', properties: { path: { type: 'string', pattern: '^(/\\d+)+$' } } } },
}

describe('a payload', () => {
  test.each([
    [{ enum: ['ON', 'OFF'] }, 'ON', undefined],
    [{ enum: ['ON', 'OFF'] }, 'on', 'payload must be equal to one of the allowed values: ON, OFF'],
    [{ const: 'online' }, 'offline', 'payload must be equal to constant: online'],
    [question, { msgType: 'read', data: { path: '/3/0' } }, undefined],
    [question, { msgType: 'read', data: { path: 5 } }, 'payload.data.path must be string'],
    [question, { msgType: 'read' }, "payload must have required property 'data'"],
    [question, 'read', 'payload must be object'],
    [
      { type: 'object', additionalProperties: false, patternProperties: { '^a': true } },
      { a1: 1, b: 2 },
      'payload must NOT have additional properties: b',
    ],
    [
      { anyOf: [{ type: 'string' }, { type: 'object', required: ['a'] }] },
      {},
      "payload must match a schema in anyOf (payload must be string; payload must have required property 'a')",
    ],
    [{ definitions: { t: { type: 'boolean' } }, $ref: '#/definitions/t' }, 1, 'payload must be boolean'],
    [{ type: 'array', items: [{ type: 'string' }] }, ['a', 1], undefined],
    [true, null, undefined],
  ] as [JsonValue, JsonValue, string | undefined][])('%j on %j: %s', (schema, payload, reason) => {
    expect(reasonFor(schema, payload)).toBe(reason)
  })

  test('may hold integers beyond 2^53', () => {
    const schema = { type: 'array', items: { type: 'integer', minimum: 0, maximum: 2n ** 63n } }
    expect(reasonFor(schema, parseJson('[9007199254740993, 9223372036854775807]'))).toBeUndefined()
    expect(reasonFor(schema, parseJson('[18446744073709551616]'))).toMatch(/^payload.0 must be <= 9\d+$/)
    expect(reasonFor(schema, parseJson('[-9007199254740993]'))).toBe('payload.0 must be >= 0')
    expect(reasonFor({ type: 'number' }, 10n ** 399n)).toBeUndefined()
    expect(reasonFor({ type: 'string' }, 2n ** 60n)).toBe('payload must be string')
  })

  test('is told its reason in a bounded text', () => {
    const key = 'k'.repeat(10_000)
    const schema = { type: 'object', additionalProperties: { type: 'object', required: ['x'] } }
    expect(reasonFor(schema, { [key]: 1 })?.length).toBeLessThan(200)
    const choices = Array.from({ length: 500 }, (_, index) => `choice ${index}`)
    expect(reasonFor({ enum: choices }, '')?.length).toBeLessThan(510)
  })

  test('that is too deep, or too long for its schema, is refused before it is looked at', () => {
    const deep = parseJson(`${'['.repeat(5000)}${']'.repeat(5000)}`)
    expect(reasonFor({ type: 'array', uniqueItems: true, maxItems: 9 }, deep)).toMatch(/64 deep/)
    const long = Array.from({ length: 100_000 }, () => 'a')
    const schema = { type: 'array', items: { type: 'string', pattern: '^(a+)+$' } }
    expect(reasonFor(schema, long)).toBeUndefined()
    const heavy = { type: 'array', items: { allOf: Array.from({ length: 200 }, () => ({ type: 'string' })) } }
    expect(reasonFor(heavy, long)).toMatch(/^payload is too long for its schema: 100001 values/)
  })
})

describe('a schema', () => {
  test.each([
    [{ tpye: 'string' }, "tpye: JSON schema (draft 7) has no keyword 'tpye' (did you mean type?)"],
    [
      { type: 'strin' },
      'type: expected one of array, boolean, integer, null, number, object, string; found strin (did you mean string?)',
    ],
    [{ properties: { a: {} } }, ': missing type "object" for keyword "properties"'],
    [
      { type: 'object', properties: { a: { type: 'object', properties: { b: { minLength: 3 } } } } },
      'properties.a.properties.b: missing type "string" for keyword "minLength"',
    ],
    [{ type: 'string', format: 'date' }, 'format: format is not checked here'],
    [{ $async: true, type: 'string' }, '$async: $async is not known here'],
    [{ $id: 'http://x/y' }, '$id: $id is not known here'],
    [{ $ref: 'http://x/y' }, '$ref: expected a reference to a part of this schema'],
    [{ $ref: '#/definitions/a' }, '$ref: #/definitions/a leads nowhere'],
    [{ $ref: '#/%zz' }, '$ref: #/%zz leads nowhere'],
    [{ type: 'array', items: { $ref: '#' } }, 'items.$ref: # leads back to itself'],
    [
      { $schema: 'http://json-schema.org/draft-04/schema#' },
      '$schema: expected http://json-schema.org/draft-07',
    ],
    [{ type: 'array', uniqueItems: true }, 'uniqueItems: needs maxItems beside it'],
    [{ type: 'array', uniqueItems: true, maxItems: 257 }, 'uniqueItems: needs maxItems beside it'],
    [{ type: 'string', pattern: '(a)\\1' }, 'pattern: \\1 cannot be used here'],
    [{ type: 'object', patternProperties: { '(?=a)': true } }, 'patternProperties.(?=a): lookahead'],
    [{ enum: [2n ** 60n] }, 'enum[0]: integers beyond 2^53'],
    [{ if: { type: 'string' } }, ': "if" without "then" and "else" is ignored'],
    ['ON', ': expected a JSON schema'],
  ] as [JsonValue, string][])('is refused, case %#', (schema, fault) => {
    expect(faultsOf(schema)).toEqual([expect.stringContaining(fault)])
  })

  test('hears of all its faults at once', () => {
    const schema = { type: 'object', properties: { a: { typ: 'x' }, b: { format: 'uri' } }, requird: [] }
    expect(compileSchema(schema).faults.map(({ path }) => pathText(path))).toEqual([
      'properties.a.typ',
      'properties.b.format',
      'requird',
    ])
  })

  test('that doubles at each reference is refused', () => {
    const names = Array.from({ length: 40 }, (_, index) => `d${index}`)
    const both = (name: string) => ({
      allOf: [{ $ref: `#/definitions/${name}` }, { $ref: `#/definitions/${name}` }],
    })
    const definitions = Object.fromEntries(
      names.map((name, index) => [name, both(names[index + 1] ?? 'end')]),
    )
    const schema = { definitions: { ...definitions, end: true }, $ref: '#/definitions/d0' }
    expect(faultsOf(schema)).toEqual([expect.stringContaining('too large')])
  })

  test('whose references lead on and on is refused', () => {
    const chain = Array.from({ length: 5000 }, (_, index) => [
      `d${index}`,
      { $ref: `#/definitions/d${index + 1}` },
    ])
    const definitions = { ...Object.fromEntries(chain), d5000: true }
    expect(faultsOf({ definitions })).toEqual([expect.stringContaining('too large')])
  })
})

/** A payload that counts how often anything in it is read. */
function counted(payload: JsonValue, count: () => void): JsonValue {
  if (typeof payload !== 'object' || payload === null) return payload
  const inner = Array.isArray(payload)
    ? payload.map((item: JsonValue) => counted(item, count))
    : Object.fromEntries(Object.entries(payload).map(([key, value]) => [key, counted(value, count)]))
  return new Proxy<object>(inner, {
    get: (target, key) => {
      count()
      return Reflect.get(target, key)
    },
    getOwnPropertyDescriptor: (target, key) => {
      count()
      return Reflect.getOwnPropertyDescriptor(target, key)
    },
  }) as JsonValue
}

test.each(['toString', 'valueOf'])('a key %s of a payload is refused where it is compared', (key) => {
  const one = { [key]: 1 }
  const unique = { type: 'array', uniqueItems: true, maxItems: 9 }
  const cases: readonly (readonly [JsonValue, JsonValue, JsonValue])[] = [
    [{ enum: ['a', { a: 1 }] }, one, { a: 1 }],
    [{ const: { a: 1 } }, one, { a: 1 }],
    [unique, [one, { ...one }], [1, 2]],
  ]
  for (const [document, hostile, harmless] of cases) {
    const { schema } = compileSchema(document)
    expect(schema?.check(hostile)).toContain("'toString' or 'valueOf'")
    expect(schema?.check(harmless)).toBeUndefined()
  }
})

const names = ['a', 'b', 'c']
const { schema: anySchema } = fc.letrec<{ schema: JsonValue }>((tie) => ({
  schema: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<JsonValue>(
      true,
      {},
      { type: 'string', pattern: '^(a|a)*$' },
      { enum: ['a', [1], { a: 1 }] },
    ),
    fc.constantFrom<JsonValue>({ $ref: '#/definitions/a' }, { $ref: '#/definitions/b' }, { $ref: '#' }),
    fc.record({ allOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ type: fc.constant('array'), items: tie('schema') }),
    fc.record({
      type: fc.constant('array'),
      uniqueItems: fc.constant(true),
      maxItems: fc.constantFrom(3, 256, 999),
    }),
    fc.record({ type: fc.constant('array'), contains: tie('schema') }),
    fc.record({
      type: fc.constant('object'),
      properties: fc.dictionary(fc.constantFrom(...names), tie('schema')),
    }),
    fc.record({
      type: fc.constant('object'),
      additionalProperties: tie('schema'),
      propertyNames: tie('schema'),
    }),
  ),
}))
const anyPayload = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<JsonValue>

test('any schema is refused, or looks at any payload within the steps that it was found to need', () => {
  let compiledOnes = 0
  const definitions = fc.dictionary(fc.constantFrom(...names), anySchema)
  fc.assert(
    fc.property(anySchema, definitions, anyPayload, (inner, parts, payload) => {
      const document: JsonValue = { definitions: parts, allOf: [inner] }
      const { schema, faults } = compileSchema(document)
      if (schema === undefined) {
        expect(faults.length).toBeGreaterThan(0)
        return
      }
      compiledOnes++
      let reads = 0
      let values = 0
      schema.check(counted(payload, () => reads++))
      JSON.stringify(payload, (_, value: unknown) => {
        values += 2
        return value
      })
      // Measuring reads a value a few times; so does each step.
      expect(reads).toBeLessThanOrEqual(8 * values * (1 + new SchemaAudit(document).valueSteps))
    }),
    { numRuns: 500 },
  )
  expect(compiledOnes).toBeGreaterThan(50)
})
