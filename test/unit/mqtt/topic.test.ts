import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isTopicFilter, isTopicName, matches } from '../../../src/mqtt/topic.ts'

describe('matches', () => {
  it.each([
    ['lwm2m/device/+/do/#', 'lwm2m/device/ep/do/request', true],
    ['lwm2m/device/+/do/#', 'lwm2m/device/ep/do', true],
    ['lwm2m/device/+/do/#', 'lwm2m/device/ep/response', false],
    ['lwm2m/device/+/do/#', 'lwm2m/device/a/b/do/x', false],
    ['a/b', 'a/b', true],
    ['a/b', 'a/bc', false],
    ['a/b', 'a', false],
    ['a/bc', 'a/b', false],
    ['a', 'a/b', false],
    ['#', 'a/b/c', true],
    ['#', '/', true],
    ['+', 'a', true],
    ['+', '/a', false],
    ['+/+', '/a', true],
    ['/+', '/a', true],
    ['a/+', 'a/', true],
    ['a/+', 'a', false],
    ['a/#', 'a', true],
    ['a/#', 'ab', false],
    ['a/', 'a/', true],
    ['a//b', 'a//b', true],
    ['a/+/b', 'a//b', true],
    ['#', '$SYS/broker', false],
    ['+/broker', '$SYS/broker', false],
    ['$SYS/#', '$SYS/broker', true],
  ])('%s and %s: %s', (filter, topic, expected) => {
    expect(matches(filter, topic)).toBe(expected)
  })

  it('agrees with a plain reading of the specification', () => {
    const level = fc.constantFrom('', 'a', 'b', 'ab', '$x')
    const topics = fc.array(level, { minLength: 1, maxLength: 5 }).map((levels) => levels.join('/'))
    const filters = fc
      .tuple(fc.array(fc.oneof(level, fc.constant('+')), { maxLength: 5 }), fc.boolean(), level)
      .map(([levels, hash, last]) => [...levels, hash ? '#' : last].join('/'))
    fc.assert(
      fc.property(filters, topics, (filter, topic) => {
        fc.pre(topic.length > 0 && filter.length > 0)
        expect(matches(filter, topic)).toBe(plainly(filter, topic))
      }),
      { numRuns: 5000 },
    )
  })
})

function plainly(filter: string, topic: string): boolean {
  if (topic.startsWith('$') && (filter.startsWith('+') || filter.startsWith('#'))) return false
  const levels = topic.split('/')
  const wanted = filter.split('/')
  const open = wanted.at(-1) === '#'
  if (open) wanted.pop()
  if (open ? levels.length < wanted.length : levels.length !== wanted.length) return false
  return wanted.every((level, index) => level === '+' || level === levels[index])
}

describe('isTopicName', () => {
  it.each(['a', '/', 'a/b', '$SYS', 'ü/%20', 'x'.repeat(65_535), 'ü'.repeat(32_767)])(
    'takes %.20s',
    (name) => {
      expect(isTopicName(name)).toBe(true)
    },
  )
  it.each(['', 'a/+', '#', 'a+b', 'nul\0', 'x'.repeat(65_536), 'ü'.repeat(32_768), '\udc00'])(
    'refuses %.20s',
    (name) => {
      expect(isTopicName(name)).toBe(false)
    },
  )
})

describe('isTopicFilter', () => {
  it.each(['a', '#', '+', 'a/+/b', 'a/#', '/', '+/+/#'])('takes %s', (filter) => {
    expect(isTopicFilter(filter)).toBe(true)
  })
  it.each(['', 'a+', 'a/#/b', '#/a', 'a#', '+a/b', 'nul\0', 'x'.repeat(65_536)])(
    'refuses %.20s',
    (filter) => {
      expect(isTopicFilter(filter)).toBe(false)
    },
  )
})
