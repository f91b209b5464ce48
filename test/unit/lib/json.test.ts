import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isJsonObject, type JsonValue, parseJson, stringifyJson } from '../../../src/lib/json.ts'

describe('parseJson', () => {
  it.each<[string, JsonValue]>([
    ['9007199254740991', 9_007_199_254_740_991],
    ['9007199254740992', 9_007_199_254_740_992n],
    ['9007199254740993', 9_007_199_254_740_993n],
    ['-9007199254740993', -9_007_199_254_740_993n],
    ['18446744073709551615', 18_446_744_073_709_551_615n],
    ['[1,{"a":-9223372036854775808}]', [1, { a: -9_223_372_036_854_775_808n }]],
    ['1e300', 1e300],
    ['12345678901234567890.5', Number('12345678901234567890.5')],
    ['0.1234567890123456789', 0.123_456_789_012_345_68],
    ['"9007199254740993"', '9007199254740993'],
    ['{"a":null,"b":[true,false,""]}', { a: null, b: [true, false, ''] }],
  ])('reads %s exactly', (text, value) => {
    expect(parseJson(text)).toStrictEqual(value)
  })

  it.each(['', '{', '[1,]', '01', '{"a":1}x', 'NaN', '9007199254740993n'])('refuses %s', (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError)
  })
})

describe('stringifyJson', () => {
  it('writes integers of any size as their digits', () => {
    expect(stringifyJson({ a: 18_446_744_073_709_551_615n, b: [-1n, 1] })).toBe(
      '{"a":18446744073709551615,"b":[-1,1]}',
    )
  })
})

const arbitraryJson: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.string(),
    fc.boolean(),
    fc.constant(null),
    fc.maxSafeInteger().map((value) => value + 0),
    // A double without a fraction beyond 2^53 is written as digits, and reads as the bigint that it is.
    fc.double({ noNaN: true, min: -(2 ** 53) + 1, max: 2 ** 53 - 1 }).map((value) => value + 0),
    fc.bigInt().filter((value) => value > 2n ** 53n || value < -(2n ** 53n)),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      fc.string().filter((key) => key !== '__proto__'),
      tie('value'),
      { maxKeys: 4, noNullPrototype: true },
    ),
  ),
})).value

it('what is written reads the same, also beyond 2^53', () => {
  fc.assert(
    fc.property(arbitraryJson, (value) => {
      expect(parseJson(stringifyJson(value))).toEqual(value)
    }),
    { numRuns: 500 },
  )
})

it('objects are told from arrays and null', () => {
  expect([{}, [], null, 'x', 1].map(isJsonObject)).toEqual([true, false, false, false, false])
})
