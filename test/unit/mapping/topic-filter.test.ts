import { expect, test } from 'vitest'
import { covers } from '../../../src/mapping/rule/topic-filter.ts'

test.each([
  ['a/+', 'a/b', true],
  ['a/+', 'a/+', true],
  ['a/b', 'a/+', false],
  ['a/+', 'a/+/c', false],
  ['a/+/c', 'a/+', false],
  ['a/#', 'a/+/c', true],
  ['a/#', 'a/#', true],
  ['a/#', 'a', true],
  ['a/+', 'a/#', false],
  ['#', 'a/b', true],
  ['b/#', 'a/b', false],
])('%s covers %s: %j', (wide, narrow, answer) => {
  expect(covers(wide, narrow)).toBe(answer)
})
