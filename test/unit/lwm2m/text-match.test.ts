import { describe, expect, it } from 'vitest'
import { TextMatcher } from '../../../src/lwm2m/text-match.ts'

describe('texts of which one has to fit', () => {
  it.each([
    ['room-1', 'room-1', true],
    ['room-1', 'room-2', false],
    ['room-*', 'room-2', true],
    [['cellar', 'room-*'], 'cellar', true],
    [['cellar', 'room-*'], 'room-7', true],
    [['cellar', 'room-*'], 'cellar-1', false],
    [[], '', false],
    ['*', '', true],
  ])('%j, %j: %s', (match, text, fits) => {
    expect(new TextMatcher(match).matches(text)).toBe(fits)
  })
})
