import { describe, expect, it } from 'vitest'
import { functions } from '../../../../src/mapping/expression/functions.ts'
import { jsonOfResult } from '../../../../src/mapping/expression/result.ts'
import { ExpressionRig } from './rig.ts'

const rig = new ExpressionRig()
const json = (source: string, scope: object = {}) => jsonOfResult(rig.evaluate(source, scope))

describe('functions of expressions', () => {
  it.each(functions.map(({ signature, example }) => [signature, ...example] as const))(
    '%s: %s',
    (_signature, expression, gives) => expect(json(expression)).toEqual(gives),
  )

  it.each([
    ["number('9007199254740993')", 9007199254740993n],
    ["number(' -1.5e3 ')", -1500],
    ['number(true)', 1],
    ['round(9007199254740993, 0)', 9007199254740993n],
    ['floor(9007199254740993)', 9007199254740993n],
    ['ceil(-0.5)', -0],
    ["'aaa'.replace('', 'x')", 'aaa'],
    ["'aaa'.count('')", 0],
    ["slug('Keller 1') == slug('keller 1')", false],
    ["slug('Keller 1').startsWith('keller-1-')", true],
    ["fromBase64('_-8').hex()", 'ffef'],
    ["lookup(table, 'a', 1)", null],
    ["lookup(payload, 'a', 1)", null],
    ["lookup(payload, 'toString', 1)", 1],
    ["lookup(payload, '__proto__', 1)", 1],
    ['join(keys(table), 0 == 0 ? "," : "")', 'a,b'],
    ["json({'a': [9007199254740993, b'Hi']})", '{"a":[9007199254740993,"SGk="]}'],
    ["fromJson('9007199254740993')", 9007199254740993n],
    ["under('/3/0', '/4')", '/4'],
  ])('%s gives what it should', (source, gives) => {
    const scope = {
      table: new Map([
        ['a', null],
        ['b', null],
      ]),
      payload: { a: null },
    }
    expect(json(source, scope)).toEqual(gives)
  })

  it.each([
    "number('')",
    "number('1e999')",
    "number('0x10')",
    'number([])',
    'round(1.5, 16)',
    'round(1.5, -1)',
    "fromJson('{')",
    "fromBase64('!!')",
    "fromBase64('A')",
    "fromHex('4')",
    "fromHex('zz')",
    "iso('never')",
    'iso(1e300)',
    'text(null)',
    'text([1])',
    'json(type(1))',
    'join([null], "")',
  ])('%s fails', (source) => {
    expect(() => json(source)).toThrow(expect.objectContaining({ code: 'mapping_failed' }))
  })
})

describe('default() and has()', () => {
  const scope = { payload: { a: null, b: { c: 1 }, items: [1] } }
  it.each([
    ['default(payload.x, 0)', 0],
    ['default(payload.a, 0)', 0],
    ['default(payload.b.c, 0)', 1],
    ['default(payload.a.b.c, 0)', 0],
    ['default(payload.items[3], 0)', 0],
    ['default(any, 0)', 0],
    ['default(any.x + 1, 0)', 0],
    ["default(payload.?x.value(), 'none')", 'none'],
    ['default(payload.x, default(payload.y, 2)) + 1', 3],
    ['has(payload.x)', false],
    ['has(payload.a)', true],
    ['has(payload.b.c)', true],
    ["payload.?x.orValue('none')", 'none'],
  ])('%s gives %j', (source, gives) => expect(json(source, scope)).toEqual(gives))

  it('does not hide other failures', () => {
    expect(() => json('default(1 / 0, 2)')).toThrow(/division by zero/)
    expect(() => json("default(number('x'), 2)")).toThrow(/number/)
    expect(() => rig.compile("default(1 + 'a', 2)")).toThrow(/do not go together/)
    expect(() => rig.compile('default(nothing, 2)')).toThrow(/Unknown variable/)
  })

  it('tells what is missing from what is wrong', () => {
    expect(rig.evaluate('payload.x + 1', scope)).toBeUndefined()
    expect(rig.evaluate('payload.items[1] * 2', scope)).toBeUndefined()
    expect(() => rig.evaluate("payload.b + 'a'", scope)).toThrow(/do not go together/)
  })
})
