import { describe, expect, it } from 'vitest'
import { stringifyJson } from '../../../../src/lib/json.ts'
import { jsonOfResult, textOfResult } from '../../../../src/mapping/expression/result.ts'
import { ExpressionRig } from './rig.ts'

const rig = new ExpressionRig()
const exact = 9007199254740993n

/** Each number as a literal, and as a variable that CEL knows the type of, or does not know. */
const numbers: readonly (readonly [source: string, value: number])[] = [
  ['7', 7],
  ['7.0', 7],
  ['2.5', 2.5],
  ['float', 2.5],
  ['any', 2.5],
  ['items[0]', 2],
  ['int(items[0])', 2],
]
const scope = { float: 2.5, any: 2.5, items: [2] }
const isInteger = (source: string) => /^\d+$|^int/.test(source)

const operators: Readonly<Record<string, (one: number, other: number) => number | boolean>> = {
  '+': (one, other) => one + other,
  '-': (one, other) => one - other,
  '*': (one, other) => one * other,
  '/': (one, other) => one / other,
  '%': (one, other) => one % other,
  '<': (one, other) => one < other,
  '<=': (one, other) => one <= other,
  '>': (one, other) => one > other,
  '>=': (one, other) => one >= other,
  '==': (one, other) => one === other,
  '!=': (one, other) => one !== other,
}

describe('numbers', () => {
  it.each(Object.keys(operators))('mix in %s', (operator) => {
    for (const [left, one] of numbers) {
      for (const [right, other] of numbers) {
        const expected = operators[operator]?.(one, other)
        const whole = operator === '/' && isInteger(left) && isInteger(right)
        const gives = jsonOfResult(rig.evaluate(`${left} ${operator} ${right}`, scope))
        const wanted = whole ? Math.trunc(Number(expected)) : expected
        expect(gives, `${left} ${operator} ${right}`).toBe(wanted)
      }
    }
  })

  it.each([
    ['1 + float + 1', 4.5],
    ['(5 / float) / 2', 1],
    ['(float * 2 + 1) % 4', 2],
    ['-float + 1', -1.5],
    ['[1, 2].map(x, x * float)', [2.5, 5]],
    ['float in [2, 3]', false],
    ['items[0] in [2, 3]', true],
    ['2.0 in [1, 2]', true],
    ['2 in items', true],
    ['1 in [1.0]', true],
    ['table[items[0]]', 'two'],
    ['any > 2 ? any : 2', 2.5],
  ])('%s gives %j', (source, gives) => {
    expect(jsonOfResult(rig.evaluate(source, { ...scope, table: { 2: 'two' } }))).toEqual(gives)
  })

  it.each([
    ['any', '9007199254740993'],
    ['payload.inner', '9007199254740993'],
    ['any + 1', '9007199254740994'],
    ['[any, {"a": any}]', '[9007199254740993,{"a":9007199254740993}]'],
    ['flag ? any : 1', '9007199254740993'],
    ['payload', '{"inner":9007199254740993,"items":[9007199254740993]}'],
    ['payload.items.map(x, x)', '[9007199254740993]'],
    ['default(any, 1)', '9007199254740993'],
    ['min(any, any)', '9007199254740993'],
    ['any == 9007199254740992.0', 'false'],
    ['5', '5'],
    ['uint(5)', '5'],
  ])('integers beyond 2^53 stay exact in %s', (source, text) => {
    const big = { any: exact, flag: true, payload: { inner: exact, items: [exact] } }
    expect(stringifyJson(jsonOfResult(rig.evaluate(source, big)))).toBe(text)
  })

  it('names what JSON has no number for', () => {
    expect(jsonOfResult([Number.NaN, Infinity, -Infinity, { a: Number.NaN }])).toEqual([
      'NaN',
      'Infinity',
      '-Infinity',
      { a: 'NaN' },
    ])
    expect(stringifyJson(jsonOfResult(-0))).toBe('0')
    expect(textOfResult(-0)).toBe('0')
    expect(textOfResult(exact)).toBe('9007199254740993')
    expect(textOfResult(21.5)).toBe('21.5')
  })
})

describe('results', () => {
  it('turns what CEL knows into JSON', () => {
    expect(jsonOfResult(rig.evaluate("timestamp('2025-11-24T16:00:00Z')"))).toBe('2025-11-24T16:00:00.000Z')
    expect(
      jsonOfResult(rig.evaluate("timestamp('2025-11-24T16:00:01.5Z') - timestamp('2025-11-24T16:00:00Z')")),
    ).toBe(1.5)
    expect(jsonOfResult(new Map([['a', new Map([['b', 1n]])]]))).toEqual({ a: { b: 1 } })
  })

  it('keeps keys that JavaScript knows as plain keys', () => {
    const json = jsonOfResult(JSON.parse('{"__proto__": {"a": 1}, "constructor": 2}'))
    expect(stringifyJson(json)).toBe('{"__proto__":{"a":1},"constructor":2}')
    expect(Object.getPrototypeOf(json)).toBe(Object.prototype)
  })

  it('refuses what is nested too deeply, and types', () => {
    const deep = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`) as unknown
    expect(() => jsonOfResult(deep)).toThrow(expect.objectContaining({ code: 'mapping_failed' }))
    expect(() => jsonOfResult(rig.evaluate('type(1)'))).toThrow(
      expect.objectContaining({ code: 'mapping_failed' }),
    )
    expect(() => rig.evaluate('json(payload)', { payload: deep })).toThrow(
      expect.objectContaining({ code: 'mapping_failed' }),
    )
  })
})
