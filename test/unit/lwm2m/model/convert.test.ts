import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exactInteger } from '../../../../src/lib/integer.ts'
import { type JsonValue, parseJson, stringifyJson } from '../../../../src/lib/json.ts'
import { toValue, writeSamples } from '../../../../src/lwm2m/model/convert.ts'
import { parsePath } from '../../../../src/lwm2m/path.ts'
import type { ResourceType, Value } from '../../../../src/lwm2m/value.ts'
import { jsonOfValue } from '../../../../src/mapping/value-json.ts'
import { contextOf, factsOf } from '../../../vectors/context.ts'

describe('values from JSON', () => {
  it.each<[type: ResourceType, json: JsonValue, value: Value]>([
    ['string', '21.5', '21.5'],
    ['string', '', ''],
    ['integer', 7, 7],
    ['integer', -0, 0],
    ['integer', '-7', -7],
    ['integer', 9007199254740993n, 9007199254740993n],
    ['integer', '9007199254740993', 9007199254740993n],
    ['integer', 7n, 7],
    ['integer', 1e18, 1_000_000_000_000_000_000n],
    ['unsigned', 18446744073709551615n, 18446744073709551615n],
    ['float', 21, 21],
    ['float', 21.5, 21.5],
    ['float', 'NaN', Number.NaN],
    ['float', '-Infinity', Number.NEGATIVE_INFINITY],
    ['float', 2n ** 64n, 2 ** 64],
    ['boolean', true, true],
    ['boolean', false, false],
    ['time', 1767225600, 1767225600],
    ['time', -1, -1],
    ['time', '1767225600', 1767225600],
    ['time', '2026-01-01T00:00:00Z', 1767225600],
    ['time', '2026-01-01T01:00:00.000+01:00', 1767225600],
    ['opaque', 'AP+A', Uint8Array.of(0, 255, 128)],
    ['opaque', '', new Uint8Array(0)],
    ['objlnk', '66:0', { object: 66, instance: 0 }],
    ['objlnk', '65535:65535', { object: 65535, instance: 65535 }],
    ['corelnk', '</3/0>', '</3/0>'],
  ])('%s from %s', (type, json, value) => {
    expect(toValue(json, factsOf(type))).toEqual({ type, value })
  })

  it.each<[type: ResourceType, json: JsonValue, allowed: string]>([
    ['string', 21.5, 'a string'],
    ['string', 'a\ud800b', 'half of a surrogate pair'],
    ['corelnk', '</3/0>;x="\udc00"', 'half of a surrogate pair'],
    ['integer', '21.5', 'an integer'],
    ['integer', 21.5, 'an integer'],
    ['integer', true, 'an integer'],
    ['integer', '', 'an integer'],
    ['integer', null, 'an integer'],
    ['unsigned', 'x', 'an integer from 0'],
    ['float', '21.5', 'a number'],
    ['float', Number.POSITIVE_INFINITY, 'a number'],
    ['float', [1], 'a number'],
    ['boolean', 1, 'true or false'],
    ['boolean', 'true', 'true or false'],
    ['time', '2026-01-01', 'a date like'],
    ['time', '2026-01-01T00:00:00', 'a date like'],
    ['time', '2026-13-01T00:00:00Z', 'a date like'],
    ['time', '2026-01-01T00:00:00.5Z', 'seconds'],
    ['time', 1.5, 'seconds'],
    ['opaque', 'A', 'base64'],
    ['opaque', 'A!==', 'base64'],
    ['opaque', 1, 'base64'],
    ['objlnk', '66', '66:0'],
    ['objlnk', 66, '66:0'],
    ['corelnk', {}, 'links'],
  ])('refuses %s from %j and says what is allowed', (type, json, allowed) => {
    expect(() => toValue(json, factsOf(type), '/9/0/0')).toThrow(
      expect.objectContaining({
        code: 'value_type',
        place: '/9/0/0',
        message: expect.stringContaining(allowed),
      }),
    )
  })

  it.each<[type: ResourceType, range: string | undefined, json: JsonValue, allowed: string]>([
    ['integer', '0..100', 101, 'from 0 to 100'],
    ['integer', '0..100', '-1', 'from 0 to 100'],
    ['integer', '-128..127', -129, 'from -128 to 127'],
    ['integer', '1...63', 64, 'from 1 to 63'],
    ['integer', '0-100', 101, 'from 0 to 100'],
    ['float', '0.0..1.0', 1.01, 'from 0 to 1'],
    ['integer', undefined, 2n ** 63n, 'to 9223372036854775807'],
    ['time', undefined, 2n ** 63n, 'to 9223372036854775807'],
    ['unsigned', undefined, -1, 'from 0 to 18446744073709551615'],
    ['unsigned', undefined, 2n ** 64n, 'to 18446744073709551615'],
    ['unsigned', '0..18446744073709551614', 2n ** 64n - 1n, 'to 18446744073709551614'],
  ])('refuses %s in %s: %s', (type, range, json, allowed) => {
    const facts = factsOf(type, range === undefined ? {} : { range })
    expect(() => toValue(json, facts, '/9/0/0')).toThrow(
      expect.objectContaining({ code: 'value_range', message: expect.stringContaining(allowed) }),
    )
  })

  it.each([
    '0..100 ',
    '0..255 bytes',
    '0-255 bytes',
    '16-32-48',
    '-30..-120',
    '0..3, 99',
    '8 bit',
    '[1:4]',
    '16,32,48',
    '',
  ])('leaves to the device what the range %s means', (range) => {
    const json = range === '0..100 ' ? 100 : 1_000_000
    expect(toValue(json, factsOf('integer', { range })).value).toBe(json)
  })

  it('does not hold the length of a string against a range of numbers', () => {
    expect(toValue('x'.repeat(300), factsOf('string', { range: '0..255' })).type).toBe('string')
  })

  it.each<[json: JsonValue, type: ResourceType]>([
    ['7', 'string'],
    [7, 'integer'],
    [7.5, 'float'],
    [1e300, 'float'],
    [true, 'boolean'],
    [2n ** 63n - 1n, 'integer'],
    [2n ** 64n - 1n, 'unsigned'],
  ])('takes %s as it is where the model knows nothing', (json, type) => {
    expect(toValue(json, undefined)).toEqual({ type, value: json })
    expect(toValue(json, factsOf('none'))).toEqual({ type, value: json })
  })

  it.each<[json: JsonValue, code: string]>([
    [null, 'value_type'],
    ['\ud800', 'value_type'],
    [[], 'value_type'],
    [{}, 'value_type'],
    [2n ** 64n, 'value_range'],
  ])('refuses %s where the model knows nothing', (json, code) => {
    expect(() => toValue(json, undefined)).toThrow(expect.objectContaining({ code }))
  })
})

describe('values to JSON', () => {
  it.each<[value: Value, text: string]>([
    ['x', '"x"'],
    [7, '7'],
    [9007199254740993n, '9007199254740993'],
    [21.5, '21.5'],
    [Number.NaN, '"NaN"'],
    [Number.NEGATIVE_INFINITY, '"-Infinity"'],
    [true, 'true'],
    [Uint8Array.of(0, 255, 128), '"AP+A"'],
    [Uint8Array.of(255), '"/w=="'],
    [{ object: 66, instance: 0 }, '"66:0"'],
    [{ object: 65535, instance: 65535 }, '"65535:65535"'],
  ])('%s', (value, text) => {
    expect(stringifyJson(jsonOfValue(value))).toBe(text)
  })

  it('come back as they were, also through text', () => {
    const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(exactInteger)
    const id = fc.integer({ min: 0, max: 65535 })
    const typed: fc.Arbitrary<[ResourceType, Value]> = fc.oneof(
      fc.tuple(fc.constantFrom<ResourceType>('string', 'corelnk'), fc.string({ unit: 'binary' })),
      fc.tuple(fc.constantFrom<ResourceType>('integer', 'time'), int64),
      fc.tuple(
        fc.constant<ResourceType>('unsigned'),
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(exactInteger),
      ),
      fc.tuple(
        fc.constant<ResourceType>('float'),
        fc.double().map((value) => value + 0),
      ),
      fc.tuple(fc.constant<ResourceType>('boolean'), fc.boolean()),
      fc.tuple(fc.constant<ResourceType>('opaque'), fc.uint8Array()),
      fc.tuple(
        fc.constant<ResourceType>('objlnk'),
        fc.record({ object: id, instance: id }, { noNullPrototype: true }),
      ),
    )
    fc.assert(
      fc.property(typed, ([type, value]) => {
        const json = parseJson(stringifyJson(jsonOfValue(value)))
        expect(toValue(json, factsOf(type))).toEqual({ type, value })
      }),
    )
  })
})

describe('the samples of a write', () => {
  const write = (path: string, json: JsonValue) => writeSamples(parsePath(path), json, contextOf('/'))

  it('of a single resource', () => {
    expect(write('/3/0/14', '+02')).toEqual([{ path: '/3/0/14', type: 'string', value: '+02' }])
  })

  it('of a resource instance', () => {
    expect(write('/3/0/7/1', 5000)).toEqual([{ path: '/3/0/7/1', type: 'integer', value: 5000 }])
  })

  it('of a multiple resource, by ids or by places', () => {
    const at = (instance: number, value: number) => ({ path: `/3/0/7/${instance}`, type: 'integer', value })
    expect(write('/3/0/7', { 2: 3800, 10: 5000 })).toEqual([at(2, 3800), at(10, 5000)])
    expect(write('/3/0/7', [3800, 5000])).toEqual([at(0, 3800), at(1, 5000)])
    expect(write('/3/0/7', {})).toEqual([])
    expect(write('/3/0/7', [])).toEqual([])
  })

  it('of an instance', () => {
    expect(write('/3/0', { 14: '+02', 7: [3800] })).toEqual([
      { path: '/3/0/7/0', type: 'integer', value: 3800 },
      { path: '/3/0/14', type: 'string', value: '+02' },
    ])
    expect(write('/3/0', {})).toEqual([])
  })

  it('of what the model does not know: objects and arrays are multiple resources', () => {
    expect(write('/9999/0', { 1: 5, 2: ['a'], 3: { 4: true } })).toEqual([
      { path: '/9999/0/1', type: 'integer', value: 5 },
      { path: '/9999/0/2/0', type: 'string', value: 'a' },
      { path: '/9999/0/3/4', type: 'boolean', value: true },
    ])
  })

  it.each<[path: string, json: JsonValue, code: string, place: string]>([
    ['/3', {}, 'path_invalid', '/3'],
    ['/3/0', 7, 'value_type', '/3/0'],
    ['/3/0', [7], 'value_type', '/3/0'],
    ['/3/0', null, 'value_type', '/3/0'],
    ['/3/0', { name: 7 }, 'value_type', '/3/0'],
    ['/3/0', { '1/0': 7 }, 'value_type', '/3/0'],
    ['/3/0', { '': 7 }, 'value_type', '/3/0'],
    ['/3/0', { 65535: 7 }, 'value_type', '/3/0'],
    ['/3/0', { __proto__x: 7 }, 'value_type', '/3/0'],
    ['/3/0', { 14: 7 }, 'value_type', '/3/0/14'],
    ['/3/0', { 7: {} }, 'value_type', '/3/0/7'],
    ['/3/0', { 7: { x: 1 } }, 'value_type', '/3/0/7'],
    ['/3/0/7', 3800, 'value_type', '/3/0/7'],
    ['/3/0/7', null, 'value_type', '/3/0/7'],
    ['/3/0/7', [3800, 'x'], 'value_type', '/3/0/7/1'],
    ['/3/0/14', ['+02'], 'value_type', '/3/0/14'],
    ['/3/0/14', { 0: '+02' }, 'value_type', '/3/0/14'],
    ['/3/0/9', 101, 'value_range', '/3/0/9'],
    ['/3/0/7/1', [5000], 'value_type', '/3/0/7/1'],
    ['/9999/0/1', null, 'value_type', '/9999/0/1'],
  ])('refuses %s = %j with %s at %s', (path, json, code, place) => {
    expect(() => write(path, json)).toThrow(expect.objectContaining({ code, place }))
  })

  it.each<[path: string, json: JsonValue, path: string, type: ResourceType, value: Value]>([
    ['/3/0/9', 101, '/3/0/9', 'integer', 101],
    ['/3/0/9', 'full', '/3/0/9', 'string', 'full'],
    ['/3/0/9', 1.5, '/3/0/9', 'float', 1.5],
    ['/3/0/9', 2n ** 64n - 1n, '/3/0/9', 'unsigned', 2n ** 64n - 1n],
    ['/3/0/14', 7, '/3/0/14', 'integer', 7],
    ['/3/0/13', '2026-01-01T00:00:00Z', '/3/0/13', 'time', 1767225600],
    ['/3/0/7', 3800, '/3/0/7', 'integer', 3800],
    ['/3/0/14', { 5: '+02' }, '/3/0/14/5', 'string', '+02'],
    ['/9999/0/1', true, '/9999/0/1', 'boolean', true],
    ['/5/0/0', 'AQID', '/5/0/0', 'opaque', Uint8Array.of(1, 2, 3)],
    ['/5/0/0', 'not base64', '/5/0/0', 'string', 'not base64'],
  ])('forced, takes %s = %s', (path, json, at, type, value) => {
    expect(writeSamples(parsePath(path), json, contextOf(path), true)).toEqual([{ path: at, type, value }])
  })

  const TYPES = { 1: 'opaque', 2: 'objlnk', 9: 'unsigned' } as const

  it.each<[isForced: boolean]>([[true], [false]])(
    'takes the types that the writer knows where the model knows none (forced: %s)',
    (isForced) => {
      const json = { 1: 'AQID', 2: { 0: '66:7' }, 3: 'AQID' }
      expect(writeSamples(parsePath('/9999/0'), json, contextOf('/'), isForced, TYPES)).toEqual([
        { path: '/9999/0/1', type: 'opaque', value: Uint8Array.of(1, 2, 3) },
        { path: '/9999/0/2/0', type: 'objlnk', value: { object: 66, instance: 7 } },
        { path: '/9999/0/3', type: 'string', value: 'AQID' },
      ])
      const known = { path: '/3/0/9', type: 'integer', value: 50 }
      expect(writeSamples(parsePath('/3/0/9'), 50, contextOf('/'), isForced, TYPES)).toEqual([known])
    },
  )

  it.each<[path: string, json: JsonValue, code: string]>([
    ['/9999/0/1', 'not base64', 'value_type'],
    ['/9999/0/9', -1, 'value_range'],
    ['/9999/0/9', 2n ** 64n, 'value_range'],
  ])('holds %s = %s to the type that the writer knows', (path, json, code) => {
    expect(() => writeSamples(parsePath(path), json, contextOf(path), true, TYPES)).toThrow(
      expect.objectContaining({ code, place: path }),
    )
  })

  it.each<[path: string, json: JsonValue, code: string]>([
    ['/3/0/9', 2n ** 64n, 'value_range'],
    ['/3/0/9', null, 'value_type'],
    ['/3/0', { name: 7 }, 'value_type'],
    ['/3', {}, 'path_invalid'],
  ])('forced or not, refuses %s = %s', (path, json, code) => {
    expect(() => writeSamples(parsePath(path), json, contextOf(path), true)).toThrow(
      expect.objectContaining({ code }),
    )
  })
})
