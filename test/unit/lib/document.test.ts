import { describe, expect, test } from 'vitest'
import { readDocument } from '../../../src/lib/document.ts'
import { placeText } from '../../../src/lib/problem.ts'

const read = (text: string, nulls: 'dropped' | 'kept' = 'kept') => readDocument(text, 'f', { nulls })

describe('a YAML document', () => {
  test('keeps keys without a value, or drops them', () => {
    const text = 'a:\nb: { c: ~, d: 1 }\ne: [~]\n'
    expect(read(text).tree).toEqual({ a: null, b: { c: null, d: 1 }, e: [null] })
    expect(read(text, 'dropped').tree).toEqual({ b: { d: 1 }, e: [null] })
  })

  test('that is empty has no tree, and no faults', () => {
    for (const text of ['', '# a comment', '~'])
      expect(read(text)).toMatchObject({ tree: undefined, faults: [] })
  })

  test('keeps integers exact, and gives small ones as numbers', () => {
    expect(read('[9007199254740993, -9007199254740993, 9007199254740991, 0x1f, 1e3]').tree).toEqual([
      9007199254740993n,
      -9007199254740993n,
      9007199254740991,
      31,
      1000,
    ])
  })

  test('tells where each part stands; of what is missing, the group around it', () => {
    const { locate } = read('a:\n  "3303": [x,\n    y]\n  b: &t { c: 1 }\n  d: *t\n')
    const at = (...path: (string | number)[]) => placeText(locate(path))
    expect(at()).toBe('f:1:1')
    expect(at('a', '3303')).toBe('f:2:3')
    expect(at('a', '3303', 1)).toBe('f:3:5')
    expect(at('a', 'd', 'c')).toBe('f:4:11')
    expect(at('a', 'b', 'none', 'deeper')).toBe('f:4:3')
  })

  test('tells each key that stands twice in its group', () => {
    const { faults, tree } = read('a: 1\nb: { c: 1, c: 2 }\na: 2\na: 3\n')
    expect(tree).toBeUndefined()
    expect(faults.map(({ place }) => placeText(place)).toSorted()).toEqual(['f:2:12', 'f:3:1', 'f:4:1'])
    expect(read('- { c: 1 }\n- { c: 2 }').faults).toEqual([])
  })

  test('does not count a byte order mark', () => {
    expect(placeText(read('\uFEFFa: 1').locate(['a']))).toBe('f:1:1')
  })

  test.each([
    ['[*a]', 'this alias has no anchor'],
    ['&a [*a]', '64 deep'],
    [`${'['.repeat(65)}${']'.repeat(65)}`, '64 deep'],
    [`[${'1,'.repeat(200_000)}]`, 'more than 200000 values'],
  ])('is refused where it has no bounds, case %#', (text, message) => {
    expect(read(text)).toMatchObject({
      tree: undefined,
      faults: [{ message: expect.stringContaining(message) }],
    })
  })

  test('may be 64 deep', () => {
    expect(read(`${'['.repeat(64)}${']'.repeat(64)}`).faults).toEqual([])
  })
})
