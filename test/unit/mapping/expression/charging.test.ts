import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CodedError } from '../../../../src/lib/errors.ts'
import { charging } from '../../../../src/mapping/expression/charging.ts'
import { ExpressionRig } from './rig.ts'

const rig = new ExpressionRig()
const scope = {
  any: 3,
  payload: { a: { b: [1, 2, 3] }, text: 'x{y}', none: null },
  other: [1, 2],
  float: 2.5,
  text: "it's {😀}",
  items: [1, 2, 3],
  table: new Map([['a', 1]]),
  flag: true,
}

/** The text of random expressions with all operators, parentheses where chance sets them, comments and white space. */
const { expression } = fc.letrec<{ expression: string }>((tie) => {
  const inner = tie('expression')
  const leaf = fc.constantFrom(
    ...[
      '1',
      '2.5',
      '1e3',
      '0x1F',
      'true',
      'null',
      "'a'",
      '"}{"',
      "r'\\d'",
      "'''it's'''",
      "b'\\x01'",
      "'😀)('",
    ],
    ...['any', 'payload', 'payload.a.b', 'float', 'text', 'items', 'table', 'flag', 'other', 'x', '[]', '{}'],
  )
  const binary = fc
    .tuple(inner, fc.constantFrom('+', '-', '*', '/', '%', '==', '!=', '<', '>=', '&&', '||', ' in '), inner)
    .map(([left, operator, right]) => `${left}${operator}${right}`)
  const macro = fc
    .tuple(inner, fc.constantFrom('map', 'filter', 'all', 'exists', 'exists_one'), inner)
    .map(([list, name, body]) => `${list}.${name}(x, ${body})`)
  const call = fc
    .tuple(fc.constantFrom('size', 'json', 'text', 'number', 'string', 'type', '!', '-'), inner)
    .map(([name, argument]) => `${name}(${argument})`)
  const pair = fc
    .tuple(fc.constantFrom('default', 'min', 'lookup'), inner, inner)
    .map(([name, one, other]) =>
      name === 'lookup' ? `lookup(table, ${one}, ${other})` : `${name}(${one}, ${other})`,
    )
  return {
    expression: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      leaf,
      binary,
      binary,
      inner.map((text) => `( ${text} )`),
      inner.map((text) => `// ' { (\n${text} // )\n`),
      macro,
      call,
      pair,
      fc.tuple(inner, inner, inner).map(([c, a, b]) => `${c} ? ${a} : ${b}`),
      fc.tuple(inner, inner).map(([list, index]) => `${list}[${index}]`),
      fc.tuple(inner, inner).map(([a, b]) => `[${a}, ${b}]`),
      fc.tuple(inner, inner).map(([a, b]) => `{'a': ${a}, 'b': ${b}}`),
      inner.map((text) => `${text}.?a.orValue(${text})`),
      inner.map((text) => `${text}.size()`),
      inner.map((text) => `${text}.contains('a')`),
    ),
  }
})

type Outcome = { readonly gives: unknown } | { readonly fails: true }
function outcomeOf(run: () => unknown): Outcome {
  try {
    return { gives: run() }
  } catch {
    return { fails: true }
  }
}

describe('the charged form of an expression', () => {
  it('gives what the expression gives', () => {
    let valid = 0
    const property = fc.property(expression, (source) => {
      const plain = outcomeOf(() => rig.environment.parse(source))
      if ('fails' in plain) return
      const parsed = rig.environment.parse(source)
      const { valid: isValid, type = 'dyn' } = parsed.check()
      if (!isValid) return
      const charged = rig.environment.parse(charging(source, parsed, type))
      expect(charged.check()).toMatchObject({ valid: true })
      rig.budget.refill()
      const expected = outcomeOf(() => parsed(scope))
      if ('gives' in expected) valid++
      expect(outcomeOf(() => charged(scope))).toEqual(expected)
    })
    fc.assert(property, { numRuns: 20_000, seed: 1 })
    expect(valid).toBeGreaterThan(1000)
  })

  it.each([
    ['(items).map(x, (x + 1) * 2)', '(( x + 1 )) * 2'],
    ["any.startsWith('a') == (any == text)", ''],
    ['items // one ) \n .exists( x , x == ( any ) )', ''],
  ])('is the same for all spellings: %s', (source) => {
    const parsed = rig.environment.parse(source)
    const wider = source.replaceAll('(', '( ').replaceAll(')', ' )')
    expect(charging(wider, rig.environment.parse(wider), 'dyn')).toBe(charging(source, parsed, 'dyn'))
  })

  it('keeps the order of operators', () => {
    const { sum } = fc.letrec<{ sum: string }>((tie) => ({
      sum: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom('any', 'float', '2', '0.5', 'items[1]', '-any', 'number(any)'),
        fc
          .tuple(tie('sum'), fc.constantFrom('+', '-', '*', '/', '%'), tie('sum'))
          .map(([one, operator, other]) => `(${one}) ${operator} (${other})`),
        fc
          .tuple(tie('sum'), fc.constantFrom('<', '==', '!='), tie('sum'))
          .map(([one, operator, other]) => `((${one}) ${operator} (${other}) ? (${one}) : -(${other}))`),
      ),
    }))
    const property = fc.property(sum, (source) => {
      const parsed = rig.environment.parse(source)
      const type = parsed.check().type
      if (type === undefined) return
      const charged = rig.environment.parse(charging(source, parsed, type))
      rig.budget.refill()
      expect(outcomeOf(() => charged(scope))).toEqual(outcomeOf(() => parsed(scope)))
    })
    fc.assert(property, { numRuns: 2000, seed: 1 })
  })

  it.each([
    ['10 - (4 - 3)', 9n],
    ['any - (any - float)', 2.5],
    ['12 / (any * 2)', 2],
    ['(flag == (1 == 2)) == false', true],
    ['(flag ? !flag : flag) ? 1 : 2', 2n],
    ['-(any + 1)', -4],
    ['!(flag && false)', true],
  ])('%s', (source, gives) => expect(rig.evaluate(source, scope)).toBe(gives))

  it('keeps the budget error from being taken for anything else', () => {
    expect(() => rig.evaluate('items.map(x, items)', { items: Array(200).fill('x'.repeat(200)) })).toThrow(
      CodedError,
    )
  })
})
