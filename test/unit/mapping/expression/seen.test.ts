import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type JsonObject, type JsonValue, parseJson, stringifyJson } from '../../../../src/lib/json.ts'
import { jsonOfResult } from '../../../../src/mapping/expression/result.ts'
import { seen, seenIn } from '../../../../src/mapping/expression/seen.ts'
import { ExpressionRig } from './rig.ts'

const rig = new ExpressionRig()

/** Keys that JavaScript's objects have of their own accord. */
const inherited = fc.constantFrom(
  ...[
    'constructor',
    'toString',
    'valueOf',
    '__proto__',
    'hasOwnProperty',
    'prototype',
    'length',
    'size',
    'get',
  ],
)
const keys = fc.oneof(
  { weight: 3, arbitrary: inherited },
  { weight: 1, arbitrary: fc.string({ maxLength: 3 }) },
)

const { value: values } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.oneof(fc.string({ maxLength: 3 }), fc.boolean(), fc.constant(null), fc.integer()),
    fc.array(tie('value'), { maxLength: 3 }),
    objectsOf(tie('value')),
  ),
}))

function objectsOf(inner: fc.Arbitrary<JsonValue>): fc.Arbitrary<JsonObject> {
  return fc.array(fc.tuple(keys, inner), { maxLength: 4 }).map((entries) => Object.fromEntries(entries))
}

describe('an object with keys that JavaScript has of its own', () => {
  it('is told apart, gone through and written as any other', () => {
    const documents = fc.tuple(objectsOf(values), values).map(([rest, field]) => ({ ...rest, field }))
    fc.assert(
      fc.property(documents, (document) => {
        rig.budget.refill()
        const text = stringifyJson(document)
        const scope = { any: seenIn(text, parseJson(text)), text }
        const names = Object.keys(document)
        const give = (source: string): JsonValue => jsonOfResult(rig.evaluate(source, scope))
        expect(stringifyJson(give('any'))).toBe(text)
        expect(stringifyJson(give('any.field'))).toBe(stringifyJson(document.field))
        expect(stringifyJson(give("default(any.field, '')"))).toBe(stringifyJson(document.field ?? ''))
        expect(give("has(any.field) && 'field' in any && any == any && !has(any.other)")).toBe(true)
        expect(give('size(any)')).toBe(names.length)
        expect(give('keys(any)')).toEqual(names)
        expect(give('any.map(name, name)')).toEqual(names)
        expect(give('any == fromJson(text)')).toBe(true)
        expect(give('json(fromJson(text))')).toBe(text)
        for (const key of names) {
          const found = jsonOfResult(rig.evaluate('lookup(any, text, 0)', { ...scope, text: key }))
          expect(stringifyJson(found)).toBe(stringifyJson((document as JsonObject)[key] ?? null))
        }
      }),
      { numRuns: 500 },
    )
  })

  it('is left as it is where no key hides what it is', () => {
    const value = parseJson('{"toString":[{"__proto__":{"valueOf":1}}],"a":"constructor"}')
    expect(seen(value)).toBe(value)
  })

  it('is found however its key is written', () => {
    const text = '{"\\u0063onstructor":1,"a":2}'
    expect(rig.evaluate('any.a + 0', { any: seenIn(text, parseJson(text)) })).toBe(2)
  })

  it('exhausts no stack', () => {
    const text = `${'['.repeat(100_000)}{"constructor":1}${']'.repeat(100_000)}`
    const value = parseJson(text)
    expect(seenIn(text, value)).toBe(value)
  })
})
