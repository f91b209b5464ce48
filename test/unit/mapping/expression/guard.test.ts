import { describe, expect, it } from 'vitest'
import { charges } from '../../../../src/mapping/expression/charging.ts'
import { ExpressionError } from '../../../../src/mapping/expression/expression.ts'
import { fieldsOf } from '../../../../src/mapping/expression/guard.ts'
import { ExpressionRig } from './rig.ts'

const rig = new ExpressionRig()

describe('what an expression may not hold', () => {
  it.each([
    ["text.matches('a')", 'matches'],
    ["any . matches ( 'a' )", 'matches'],
    ["items.exists(x, x.matches('a'))", 'matches'],
    ["default(any.matches('a'), false)", 'matches'],
    ["any.?x.orValue('a').matches('a')", 'matches'],
    ["{'a': any.matches('b')}", 'matches'],
    ["matches(text, 'a')", 'does not fit'],
    ['cel.bind(x, 1, x)', 'cel.bind'],
    ["['a'].join(',')", 'join'],
    ["b'{}'.json()", 'fromJson'],
    ['duration(text)', 'duration'],
    ['any.__proto__', ''],
    ['any.constructor', 'constructor'],
    ["any['__proto__']", '__proto__'],
    ['any.?constructor.orValue(1)', 'constructor'],
    ["any[?'constructor'].orValue(1)", 'constructor'],
    ['has(any.constructor)', 'constructor'],
    ["{'constructor': 1}", 'constructor'],
    ["{'a': {'\\x5f_proto__': 1}}", '__proto__'],
    ['{text: 1}', 'written out'],
    ["{('a' + 'b'): 1}", 'written out'],
    ['any.?x', 'orValue'],
    ...Object.values(charges).map((name) => [`${name}(1)`, 'gateway alone']),
  ])('%s', (source = '', message = '') => {
    expect(() => rig.compile(source)).toThrow(ExpressionError)
    expect(() => rig.compile(source)).toThrow(message)
  })

  it('takes the same words where they are but texts', () => {
    expect(rig.evaluate("any == 'constructor' || any == 'prototype'", { any: 'prototype' })).toBe(true)
    expect(rig.evaluate("'matches() duration() {'")).toBe('matches() duration() {')
  })

  it.each([
    ['a member of the prototype', 'constructor'],
    ['the prototype', '__proto__'],
  ])('finds nothing in %s by a key that an event brings', (_what, key) => {
    const scope = { any: { a: 1 }, text: key, table: new Map() }
    expect(rig.evaluate('any[text]', scope)).toBeUndefined()
    expect(rig.evaluate('table[text]', scope)).toBeUndefined()
    expect(rig.evaluate('text in any', scope)).toBe(false)
    expect(rig.evaluate('lookup(any, text, 0)', scope)).toBe(0n)
  })

  it.each([
    ['too many parts', Array.from({ length: 300 }, () => 'any').join(' - ')],
    ['parentheses', `${'('.repeat(2000)}1${')'.repeat(2000)}`],
    ['negations', `${'!'.repeat(100_000)}flag`],
    ['lists', `${'['.repeat(500)}${']'.repeat(500)}`],
    ['fields', `any${'.a'.repeat(1000)}`],
    ['ternaries', `${'flag ? 1 : '.repeat(1000)}2`],
    ['a items', `[${'1,'.repeat(1000)}1]`],
  ])('is refused for its size: %s', (_what, source) => {
    expect(() => rig.compile(source)).toThrow(ExpressionError)
  })

  it('leaves room for what people write', () => {
    const sum = Array.from({ length: 50 }, (_, index) => `any.a${index % 10}`).join(' + ')
    const any = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`a${index}`, 1]))
    expect(rig.evaluate(sum, { any })).toBe(50)
    const cases = Array.from({ length: 30 }, (_, index) => `any == ${index} ? 'n${index}' : `).join('')
    expect(rig.evaluate(`${cases}'none'`, { any: 29 })).toBe('n29')
  })

  it.each([
    ['any + nothing', 6, 'Unknown variable: nothing'],
    ['text * 2', 0, 'string * int do not go together'],
    ['1 + (text * 2)', 5, 'string * int'],
    ['any +', 5, 'breaks off'],
    ["any + 'a", 6, 'is not closed'],
    ['nofunction(1)', 0, 'nofunction'],
    ['any.map(1, 2)', 8, 'variable'],
    ['flag ? 1 : "a"', 0, 'must be of one type'],
    ["'😀' + nothing", 7, 'nothing'],
  ])('%s is refused at character %i', (source, start, message) => {
    expect(() => rig.compile(source)).toThrow(message)
    expect(() => rig.compile(source)).toThrow(expect.objectContaining({ start }))
  })

  it.each([
    ['payloud + 1', 'payload'],
    ['items.map(x, tabel)', 'table'],
    ["texte.replace('a', 'b')", 'text'],
    ["text.replaec('a', 'b')", 'replace'],
    ['defualt(any, 1)', 'default'],
    ['charged_(any)', undefined],
    ['completelyElse', undefined],
    ['text * 2', undefined],
    ['round(1)', undefined],
  ])('%s: %s was meant', (source, suggestion) => {
    expect(() => rig.compile(source)).toThrow(expect.objectContaining({ suggestion }))
  })

  it('tells the names of what is looked into', () => {
    const parsed = rig.environment.parse("has(table.a) ? table.b['x'] : (table).?c.orValue(table['d'])")
    expect(
      fieldsOf(parsed, 'table')
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(['a', 'b', 'c'])
  })
})
