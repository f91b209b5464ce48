import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CodedError } from '../../../src/lib/errors.ts'
import {
  formatPath,
  idsOf,
  isWithin,
  type Path,
  parsePath,
  parseVersionedPath,
  pathOf,
  uriPath,
} from '../../../src/lwm2m/path.ts'

const paths = fc.array(fc.nat({ max: 65534 }), { minLength: 1, maxLength: 4 })

describe('parsePath', () => {
  it.each<[string, Path]>([
    ['/0', { object: 0 }],
    ['/65534', { object: 65534 }],
    ['/3/0', { object: 3, instance: 0 }],
    ['/3303/0/5700', { object: 3303, instance: 0, resource: 5700 }],
    ['/3/0/7/65534', { object: 3, instance: 0, resource: 7, resourceInstance: 65534 }],
  ])('%s', (text, path) => {
    expect(parsePath(text)).toStrictEqual(path)
    expect(formatPath(path)).toBe(text)
  })

  it.each([
    '',
    '/',
    '//',
    '3/0',
    '/3/',
    '//3',
    '/3//0',
    '/65535',
    '/3/65535',
    '/99999999999999999999',
    '/03',
    '/3/00',
    '/-1',
    '/+1',
    '/1.0',
    '/1e3',
    '/ 3',
    '/3 ',
    '/3/0/7/0/0',
    '/3/0/7/0/',
    '/a',
    '/٣',
    '/3\0',
  ])('%j is no path', (text) => {
    expect(() => parsePath(text)).toThrow(CodedError)
    expect(() => parsePath(text)).toThrow(expect.objectContaining({ code: 'path_invalid' }))
  })

  it('the message of a long text is short', () => {
    expect(() => parsePath('/1'.repeat(50_000))).toThrow(/^.{1,250}$/)
  })

  it('round trip', () => {
    fc.assert(
      fc.property(paths, (ids) => {
        const path = pathOf(ids)
        expect(idsOf(path)).toEqual(ids)
        expect(parsePath(formatPath(path))).toStrictEqual(path)
      }),
    )
  })

  it('any text is a path that is written the same way, or path_invalid', () => {
    const near = fc.array(fc.constantFrom('/', '0', '3', '65534', '65535', '-', 'x', ' '), { maxLength: 10 })
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          near.map((parts) => parts.join('')),
        ),
        (text) => {
          let path: Path | undefined
          try {
            path = parsePath(text)
          } catch (error) {
            expect(error).toMatchObject({ code: 'path_invalid' })
          }
          if (path !== undefined) expect(formatPath(path)).toBe(text)
        },
      ),
      { numRuns: 1000 },
    )
  })
})

describe('isWithin', () => {
  it('is the path itself or below it, by whole levels', () => {
    expect(isWithin('/3/0', '/3/0')).toBe(true)
    expect(isWithin('/3/0/9', '/3/0')).toBe(true)
    expect(isWithin('/3', '/3/0')).toBe(false)
    expect(isWithin('/3/01', '/3/0')).toBe(false)
    expect(isWithin('/33/0', '/3')).toBe(false)
    expect(isWithin('/4/0', '/3')).toBe(false)
  })

  it('says the same as the ids', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 11 }), { minLength: 1, maxLength: 4 }),
        paths,
        fc.nat({ max: 4 }),
        (a, b, cut) => {
          for (const [inner, outer] of [
            [a, b],
            [b, a],
            [a, a.slice(0, cut)],
            [a, a.map((id) => id % 10)],
          ]) {
            if (inner === undefined || outer === undefined || outer.length === 0) continue
            const expected = outer.every((id, index) => inner[index] === id)
            expect(isWithin(formatPath(pathOf(inner)), formatPath(pathOf(outer)))).toBe(expected)
          }
        },
      ),
    )
  })
})

describe('uriPath', () => {
  it.each([
    ['/', '/3/0/9', ['3', '0', '9']],
    ['/', '/3', ['3']],
    ['/lwm2m', '/3/0', ['lwm2m', '3', '0']],
    ['/a/b', '/3', ['a', 'b', '3']],
  ])('below %s, %s', (alternatePath, path, segments) => {
    expect(uriPath({ alternatePath }, path)).toEqual(segments)
  })
})

describe('parseVersionedPath', () => {
  it.each([
    ['/3_1.2', { object: 3, version: '1.2' }],
    ['/3_1.2/0/9', { object: 3, instance: 0, resource: 9, version: '1.2' }],
    ['/65534_1.10/0', { object: 65534, instance: 0, version: '1.10' }],
    ['/3/0/9', { object: 3, instance: 0, resource: 9 }],
  ])('%s', (text, path) => {
    expect(parseVersionedPath(text)).toStrictEqual(path)
    expect(formatPath(path)).toBe(text.replace(/_[^/]*/, ''))
  })

  it.each([
    '/3_',
    '/3_1',
    '/3_1.2.3',
    '/3_a.b/0',
    '/3_1.2_1.2/0',
    '/_1.2/0',
    '3_1.2/0',
    '_1.2',
    '/3/0_1.2',
    '/3/0/9_1.2',
    '/3_1.2/',
    '/3_1.2x/0',
    '/3_-1.2/0',
    '/65535_1.2',
    '',
  ])("'%s' is refused", (text) => {
    expect(() => parseVersionedPath(text)).toThrow(expect.objectContaining({ code: 'path_invalid' }))
  })

  it.each(['/3_1.2', '/3_1.2/0/9'])("in what devices send, '%s' is no path", (text) => {
    expect(() => parsePath(text)).toThrow(CodedError)
  })
})
