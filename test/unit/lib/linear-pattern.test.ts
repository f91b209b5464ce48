import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LinearPattern } from '../../../src/lib/linear-pattern.ts'

/** Regular expressions out of small parts, so that most of them are valid and many match. */
const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\d', '\\u0061', '^', '$', '(?:)', '😀', '\\.')
const quantifier = fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{0}', '{1,3}', '{2,}', '*?')
const { pattern } = fc.letrec<{ pattern: string; term: string }>((tie) => ({
  term: fc.oneof(
    { depthSize: 'small' },
    fc.tuple(atom, quantifier).map(([one, times]) => (/^[\^$]$/.test(one) ? one : one + times)),
    fc.tuple(tie('pattern'), quantifier).map(([inner, times]) => `(${inner})${times}`),
  ),
  pattern: fc
    .array(fc.array(tie('term'), { maxLength: 4 }), { minLength: 1, maxLength: 3 })
    .map((choices) => choices.map((parts) => parts.join('')).join('|')),
}))
/** Longer ones with repetitions in repetitions keep RegExp busy for minutes. */
const short = pattern.filter((source) => source.length <= 16)
const text = fc.string({ unit: fc.constantFrom('a', 'b', '1', '\n', '😀', '.'), maxLength: 6 })

describe('a linear pattern', () => {
  test('says what RegExp says', () => {
    fc.assert(
      fc.property(short, text, (source, given) => {
        let linear: LinearPattern
        try {
          linear = new LinearPattern(source)
        } catch (error) {
          expect(String(error)).toMatch(/more than 1000/)
          return
        }
        expect(linear.test(given)).toBe(new RegExp(source, 'u').test(given))
      }),
      { numRuns: 1000 },
    )
  })

  test.each([
    ['^[a-z]+(-[a-z]+)*$', 'ab-c', true],
    ['^[a-z]+(-[a-z]+)*$', 'ab-', false],
    ['^\\/\\d{1,5}(\\/\\d{1,5}){0,3}$', '/3303/0/5700', true],
    ['^(?<hour>[01]\\d|2[0-3]):[0-5]\\d$', '23:59', true],
    ['^\\p{Lu}', 'Äa', true],
    ['^[\\]\\-]$', ']', true],
    ['^\\uD83D\\uDE00$', '😀', true],
    ['^.$', '😀', true],
    ['^.$', '\n', false],
    ['', '', true],
  ])('%s on %j: %s', (source, given, fits) => {
    expect(new LinearPattern(source).test(given)).toBe(fits)
  })

  test.each([
    ['(a)\\1', /\\1 cannot be used here/],
    ['a(?=b)', /lookahead/],
    ['(?<!a)b', /lookbehind/],
    ['\\bword\\b', /\\b cannot be used/],
    ['(', /Invalid regular expression/],
    ['a{,2}', /Invalid regular expression/],
    ['(?:(?:a{50}){50}){50}', /more than 1000 steps/],
    ['(?:){1000000000}', /more than 1000 steps/],
    ['(?:){0,1000000000}', /more than 1000 steps/],
    ['a'.repeat(1001), /more than 1000 characters/],
  ])('refuses %s', (source, message) => {
    expect(() => new LinearPattern(source)).toThrow(message)
  })

  test.each(['^(a+)+$', '^(a|a)*$', '^(a|aa)+$', '^a*a*a*a*a*$', '(.*)*x', '^([a-z]+)*\\d$'])(
    'looks at each character once, where RegExp would go on for ever: %s',
    (source) => {
      const linear = new LinearPattern(source)
      expect(linear.test(`${'a'.repeat(50_000)}!`)).toBe(false)
      expect(linear.size).toBeLessThan(20)
    },
  )
})
