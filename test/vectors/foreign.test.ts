import { describe, expect, it } from 'vitest'
import {
  CBOR,
  decodePayload,
  encodePayload,
  LWM2M_JSON,
  SENML_CBOR,
  SENML_JSON,
  TLV,
} from '../../src/lwm2m/format/formats.ts'
import { encodeInstances } from '../../src/lwm2m/format/tlv.ts'
import type { ResourceType, Sample, Value } from '../../src/lwm2m/value.ts'
import { bytes, contextOf, factsOf, hex, NOW } from './context.ts'

// What other implementations write: Leshan 2.0.0-M18, by its encoders, of a made-up object 9999 with these resources;
// and the Python package cbor2.

const TYPES: Readonly<Record<number, ResourceType>> = {
  0: 'string',
  1: 'integer',
  2: 'unsigned',
  3: 'float',
  4: 'boolean',
  5: 'opaque',
  6: 'time',
  7: 'objlnk',
  8: 'corelnk',
  9: 'integer',
}

const contextFor = (base: string, alternatePath = '/') =>
  contextOf(base, { alternatePath, resource: (_, resource) => factsOf(TYPES[resource] ?? 'none') })

const sample = (tail: string, value: Value, more: Partial<Sample> = {}): Sample => ({
  path: `/9999/${tail}`,
  type: TYPES[Number(tail.split('/')[1])] ?? 'none',
  value,
  ...more,
})

const INSTANCE: readonly Sample[] = [
  sample('0/0', 'ACME'),
  sample('0/3', 21.5),
  sample('0/4', true),
  sample('0/5', Uint8Array.of(0, 255, 128)),
  sample('0/6', NOW / 1000),
  sample('0/7', { object: 66, instance: 0 }),
  sample('0/9/0', 3800),
  sample('0/9/1', 5000),
]
const TWO = [sample('5/0', 'ACME'), sample('7/0', 'ACME')]
const VOLTAGES = [sample('0/9/0', 3800), sample('0/9/1', 5000)]

const json = (text: string) => Buffer.from(text).toString('hex')
type Vector = readonly [name: string, format: number, base: string, hex: string, samples: readonly Sample[]]

/** The same bytes as ours. */
const both: readonly Vector[] = [
  ['two instances', TLV, '/9999', '06 05 c4 00 41434d45 06 07 c4 00 41434d45', TWO],
  ['a resource', TLV, '/9999/0/0', 'c4 00 41434d45', [sample('0/0', 'ACME')]],
  ['an integer of one byte', TLV, '/9999/0/1', 'c1 01 c8', [sample('0/1', -56)]],
  ['an integer of two bytes', TLV, '/9999/0/1', 'c2 01 00c8', [sample('0/1', 200)]],
  ['the least integer', TLV, '/9999/0/1', 'c8 01 08 80 00 00 00 00 00 00 00', [sample('0/1', -(2n ** 63n))]],
  ['beyond 2^53', TLV, '/9999/0/1', 'c8 01 08 00 20 00 00 00 00 00 01', [sample('0/1', 2n ** 53n + 1n)]],
  ['a float of eight bytes', TLV, '/9999/0/3', 'c8 03 08 3f b9 99 99 99 99 99 9a', [sample('0/3', 0.1)]],
  ['true', TLV, '/9999/0/4', 'c1 04 01', [sample('0/4', true)]],
  ['opaque', TLV, '/9999/0/5', 'c3 05 00 ff 80', [sample('0/5', Uint8Array.of(0, 255, 128))]],
  ['a time', TLV, '/9999/0/6', 'c4 06 69 55 b9 00', [sample('0/6', NOW / 1000)]],
  ['a time before 1970', TLV, '/9999/0/6', 'c1 06 ff', [sample('0/6', -1)]],
  ['a link', TLV, '/9999/0/7', 'c4 07 00 42 00 00', [sample('0/7', { object: 66, instance: 0 })]],
  ['links', TLV, '/9999/0/8', 'c6 08 3c2f332f303e', [sample('0/8', '</3/0>')]],
  ['a multiple resource', TLV, '/9999/0/9', '88 09 08 42 00 0ed8 42 01 1388', VOLTAGES],
  ['a resource instance', TLV, '/9999/0/9/1', '42 01 1388', VOLTAGES.slice(1)],
  ['a string', CBOR, '/9999/0/0', '64 41434d45', [sample('0/0', 'ACME')]],
  ['an integer', CBOR, '/9999/0/1', '38 37', [sample('0/1', -56)]],
  ['the greatest unsigned', CBOR, '/9999/0/2', '1b ff ff ff ff ff ff ff ff', [sample('0/2', 2n ** 64n - 1n)]],
  ['a whole float', CBOR, '/9999/0/3', 'f9 4e 40', [sample('0/3', 25)]],
  ['opaque', CBOR, '/9999/0/5', '43 00 ff 80', [sample('0/5', Uint8Array.of(0, 255, 128))]],
  ['a time', CBOR, '/9999/0/6', 'c1 1a 69 55 b9 00', [sample('0/6', NOW / 1000)]],
  ['a time before 1970', CBOR, '/9999/0/6', 'c1 20', [sample('0/6', -1)]],
  [
    'the null link',
    CBOR,
    '/9999/0/7',
    '6b 36353533353a3635353335',
    [sample('0/7', { object: 65535, instance: 65535 })],
  ],
  ['links', CBOR, '/9999/0/8', '66 3c2f332f303e', [sample('0/8', '</3/0>')]],
  ['a resource instance', CBOR, '/9999/0/9/1', '19 13 88', VOLTAGES.slice(1)],
  [
    ...(['two instances', SENML_JSON, '/9999'] as const),
    json('[{"bn":"/9999/","n":"5/0","vs":"ACME"},{"n":"7/0","vs":"ACME"}]'),
    TWO,
  ],
  [
    ...(['a multiple resource', SENML_JSON, '/9999/0/9'] as const),
    json('[{"bn":"/9999/0/9/","n":"0","v":3800},{"n":"1","v":5000}]'),
    VOLTAGES,
  ],
  [
    ...(['two instances', SENML_CBOR, '/9999'] as const),
    '82 a3 00 63 352f30 03 64 41434d45 21 66 2f393939392f a2 00 63 372f30 03 64 41434d45',
    TWO,
  ],
  [
    ...(['a multiple resource', SENML_CBOR, '/9999/0/9'] as const),
    '82 a3 00 61 30 02 19 0ed8 21 6a 2f393939392f302f392f a2 00 61 31 02 19 1388',
    VOLTAGES,
  ],
]

/** Lawful, and other bytes than ours. */
const read: readonly Vector[] = [
  [
    ...(['an instance, every float in eight bytes', TLV, '/9999/0'] as const),
    `c4 00 41434d45 c8 03 08 4035800000000000 c1 04 01 c3 05 00ff80 c4 06 6955b900 c4 07 00420000
     88 09 08 42 00 0ed8 42 01 1388`,
    INSTANCE,
  ],
  [
    ...(['an object', TLV, '/9999'] as const),
    `08 00 30 c4 00 41434d45 c8 03 08 4035800000000000 c1 04 01 c3 05 00ff80 c4 06 6955b900 c4 07 00420000
     88 09 08 42 00 0ed8 42 01 1388 06 01 c4 00 41434d45`,
    [...INSTANCE, sample('1/0', 'ACME')],
  ],
  ['an unsigned with a byte for its sign', TLV, '/9999/0/2', 'c2 02 00 c8', [sample('0/2', 200)]],
  [
    ...(['an instance, links as text', SENML_JSON, '/9999/0'] as const),
    json(
      `[{"bn":"/9999/0/","n":"0","vs":"ACME"},{"n":"3","v":21.5},{"n":"4","vb":true},{"n":"5","vd":"AP-A"},
{"n":"6","v":1767225600},{"n":"7","vs":"66:0"},{"n":"9/0","v":3800},{"n":"9/1","v":5000}]`,
    ),
    INSTANCE,
  ],
  [
    ...(['a resource by its base name alone', SENML_JSON, '/9999/0/0'] as const),
    json('[{"bn":"/9999/0/0","vs":"ACME"}]'),
    [sample('0/0', 'ACME')],
  ],
  [
    ...(['a series, each with its base time', SENML_JSON, '/9999/0/3'] as const),
    json('[{"bn":"/9999/0/3","bt":1767225600,"v":21.5},{"bn":"/9999/0/3","bt":1767225605.5,"v":22.5}]'),
    [sample('0/3', 21.5, { time: NOW }), sample('0/3', 22.5, { time: NOW + 5500 })],
  ],
  [
    ...(['an instance, links as text', SENML_CBOR, '/9999/0'] as const),
    `88 a3 00 61 30 03 64 41434d45 21 68 2f393939392f302f a2 00 61 33 02 f94d60 a2 00 61 34 04 f5
     a2 00 61 35 08 43 00ff80 a2 00 61 36 02 1a 6955b900 a2 00 61 37 03 64 36363a30
     a2 00 63 392f30 02 19 0ed8 a2 00 63 392f31 02 19 1388`,
    INSTANCE,
  ],
  [
    ...(['a series, its base times as decimal fractions', SENML_CBOR, '/9999/0/3'] as const),
    `82 a3 02 f94d60 21 69 2f393939392f302f33 22 c4 82 00 1a 6955b900
        a3 02 f94da0 21 69 2f393939392f302f33 22 c4 82 20 1b 000000041d593a37`,
    [sample('0/3', 21.5, { time: NOW }), sample('0/3', 22.5, { time: NOW + 5500 })],
  ],
  [
    ...(['an instance', LWM2M_JSON, '/9999/0'] as const),
    json(
      `{"bn":"/9999/0/","e":[{"n":"0","sv":"ACME"},{"n":"3","v":21.5},{"n":"4","bv":true},{"n":"5","sv":"AP+A"},
{"n":"6","v":1767225600},{"n":"7","sv":"66:0"},{"n":"9/0","v":3800},{"n":"9/1","v":5000}]}`,
    ),
    INSTANCE,
  ],
  [
    ...(['a series', LWM2M_JSON, '/9999/0/3'] as const),
    json('{"bn":"/9999/0/3","e":[{"v":21.5,"t":1767225600},{"v":22.5,"t":1767225605.5}]}'),
    [sample('0/3', 21.5, { time: NOW }), sample('0/3', 22.5, { time: NOW + 5500 })],
  ],
]

describe('Leshan', () => {
  it.each(both)('%s in format %i, both ways', (_name, format, base, expected, samples) => {
    expect(decodePayload(format, bytes(expected), contextFor(base))).toEqual(samples)
    expect(hex(encodePayload(format, samples, base))).toBe(hex(bytes(expected)))
  })

  it.each(read)('%s in format %i, read', (_name, format, base, payload, samples) => {
    expect(decodePayload(format, bytes(payload), contextFor(base))).toEqual(samples)
  })

  it('a Create: without an id, with one, and without any value', () => {
    const acme = [sample('0/0', 'ACME')]
    expect(hex(encodePayload(TLV, acme, '/9999/0'))).toBe('c40041434d45')
    expect(hex(encodeInstances([{ path: '/9999/5', samples: TWO.slice(0, 1) }]))).toBe('0605c40041434d45')
    expect(hex(encodeInstances([{ path: '/9999/5', samples: [] }]))).toBe('0005')
  })

  it('names below its alternate path', () => {
    const payload = bytes('81 a2 03 64 41434d45 21 6f 2f6c776d326d2f393939392f302f30')
    const samples = decodePayload(SENML_CBOR, payload, contextFor('/9999/0/0', '/lwm2m'))
    expect(samples).toEqual([sample('0/0', 'ACME')])
  })
})

describe('cbor2', () => {
  it('base fields that persist: name, time as a float, unit, value', () => {
    const payload =
      bytes(`83 a6 21 68 2f333330332f302f 22 fb 41da556e40000000 23 63 43656c 24 fb 4034000000000000
        00 64 35373030 02 fb 3ff8000000000000
      a3 00 64 35373030 02 fb 4004000000000000 06 05
      a2 00 64 35363031 02 fb bff8000000000000`)
    const at = { type: 'float', unit: 'Cel' }
    expect(decodePayload(SENML_CBOR, payload, contextOf('/3303/0'))).toEqual([
      { ...at, path: '/3303/0/5700', value: 21.5, time: NOW },
      { ...at, path: '/3303/0/5700', value: 22.5, time: NOW + 5000 },
      { ...at, path: '/3303/0/5601', value: 18.5, time: NOW },
    ])
  })

  it('a version, a second base name, an object link by its text label, a tagged time', () => {
    const payload = bytes(`85 a4 20 0a 21 6b 2f6c776d326d2f332f302f 00 61 30 03 64 41434d45
      a2 00 61 39 02 18 64  a2 00 62 3232 63 766c6f 64 36363a30  a2 00 62 3133 02 c1 1a 6955b900
      a3 21 65 2f342f302f 00 61 32 02 38 5b`)
    const context = contextOf('/', { alternatePath: '/lwm2m' })
    expect(decodePayload(SENML_CBOR, payload, context)).toEqual([
      { path: '/3/0/0', type: 'string', value: 'ACME' },
      { path: '/3/0/9', type: 'integer', value: 100 },
      { path: '/3/0/22', type: 'objlnk', value: { object: 66, instance: 0 } },
      { path: '/3/0/13', type: 'time', value: NOW / 1000 },
      { path: '/4/0/2', type: 'integer', value: -92 },
    ])
  })
})
