import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Glob } from '../../../src/lib/glob.ts'

const matches = (glob: string, text: string): boolean => new Glob(glob).matches(text)

describe('a glob', () => {
  it.each([
    ['room-1', 'room-1', true],
    ['room-1', 'room-12', false],
    ['room-1', 'a room-1', false],
    ['', '', true],
    ['', 'x', false],
    ['*', '', true],
    ['*', 'anything at all', true],
    ['**', '', true],
    ['room-*', 'room-', true],
    ['room-*', 'room', false],
    ['*-1', 'room-1', true],
    ['*-1', '-1', true],
    ['a*b*c', 'abc', true],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'acb', false],
    ['ab*ba', 'aba', false], // head and tail may not share a character
    ['*ab*ab', 'ab', false],
    ['*ab*ab', 'abab', true],
    ['a.c', 'abc', false],
    ['[a]?', '[a]?', true],
    ['küche*', 'küche/1\n2', true],
    ['A*', 'abc', false],
  ])('%j holds %j: %s', (glob, text, holds) => {
    expect(matches(glob, text)).toBe(holds)
  })

  it('holds what its stars are replaced by', () => {
    const parts = fc.array(fc.string(), { minLength: 2, maxLength: 5 })
    fc.assert(
      fc.property(parts, fc.array(fc.string(), { minLength: 4, maxLength: 4 }), (texts, fillings) => {
        const plain = texts.map((text) => text.replaceAll('*', ''))
        const filled = plain.flatMap((text, index) => (index === 0 ? [text] : [fillings[index - 1], text]))
        expect(matches(plain.join('*'), filled.join(''))).toBe(true)
      }),
    )
  })

  it('holds the same as a regular expression does', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 })
    const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 })
    fc.assert(
      fc.property(letters, text, (glob, candidate) => {
        const expression = new RegExp(`^${glob.replaceAll('*', '.*')}$`)
        expect(matches(glob, candidate), `${glob} ${candidate}`).toBe(expression.test(candidate))
      }),
      { numRuns: 1000 },
    )
  })

  it('never goes back: a long text without a match costs no more than a long text with one', () => {
    const glob = new Glob(`${'*a'.repeat(200)}*b`)
    expect(glob.matches('a'.repeat(20_000))).toBe(false)
    expect(glob.matches(`${'a'.repeat(20_000)}b`)).toBe(true)
  })
})
