import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { closest, editDistance } from '../../../src/lib/suggestion.ts'

describe('the edit distance', () => {
  test.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['kitten', 'sitting', 3],
    ['base', 'bsae', 1], // a swap is one step
    ['level', 'lvel', 1],
    ['abc', 'ca', 3], // not 2: no letter between two that were swapped
  ])('of %j and %j is %i', (one, other, distance) => {
    expect(editDistance(one, other)).toBe(distance)
  })

  test('is symmetric, zero for equals only, and within the longer length', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 })
    fc.assert(
      fc.property(word, word, (one, other) => {
        const distance = editDistance(one, other)
        expect(distance).toBe(editDistance(other, one))
        expect(distance === 0).toBe(one === other)
        expect(distance).toBeLessThanOrEqual(Math.max(one.length, other.length))
        expect(distance).toBeGreaterThanOrEqual(Math.abs(one.length - other.length))
      }),
    )
  })
})

describe('a suggestion', () => {
  const keys = ['url', 'base', 'username', 'password_file', 'keepalive', 'responseTopics']

  test.each([
    ['Base', 'base'],
    ['bsae', 'base'],
    ['response-topics', 'responseTopics'],
    ['password', 'password_file'],
    ['keepAlives', 'keepalive'],
    ['user_name', 'username'],
  ])('for %s is %s', (word, key) => {
    expect(closest(word, keys)).toBe(key)
  })

  test('is missing where nothing is near, and for words beyond measure', () => {
    expect(closest('listeners', keys)).toBeUndefined()
    expect(closest('x', [])).toBeUndefined()
    expect(closest('a'.repeat(1_000_000), ['a'.repeat(64)])).toBeUndefined()
  })
})
