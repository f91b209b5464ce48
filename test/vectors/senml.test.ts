import { describe, expect, it } from 'vitest'
import { decodePayload, encodePayload, SENML_CBOR, SENML_JSON } from '../../src/lwm2m/format/formats.ts'
import type { Sample } from '../../src/lwm2m/value.ts'
import { bytes, contextOf, contextOfType, hex, NOW } from './context.ts'

const json = (text: string) => Buffer.from(text)

// LwM2M Core 1.1, 7.4.4: a read of the Device object.
const DEVICE = `[{"bn":"/3/0/","n":"0","vs":"Open Mobile Alliance"},{"n":"1","vs":"Lightweight M2M Client"},
{"n":"2","vs":"345000123"},{"n":"3","vs":"1.0"},{"n":"6/0","v":1},{"n":"6/1","v":5},{"n":"7/0","v":3800},
{"n":"7/1","v":5000},{"n":"8/0","v":125},{"n":"8/1","v":900},{"n":"9","v":100},{"n":"10","v":15},{"n":"11/0","v":0},
{"n":"13","v":1367491215},{"n":"14","vs":"+02:00"},{"n":"16","vs":"U"}]`

const DEVICE_SAMPLES: readonly Sample[] = [
  { path: '/3/0/0', type: 'string', value: 'Open Mobile Alliance' },
  { path: '/3/0/1', type: 'string', value: 'Lightweight M2M Client' },
  { path: '/3/0/2', type: 'string', value: '345000123' },
  { path: '/3/0/3', type: 'string', value: '1.0' },
  { path: '/3/0/6/0', type: 'integer', value: 1 },
  { path: '/3/0/6/1', type: 'integer', value: 5 },
  { path: '/3/0/7/0', type: 'integer', value: 3800 },
  { path: '/3/0/7/1', type: 'integer', value: 5000 },
  { path: '/3/0/8/0', type: 'integer', value: 125 },
  { path: '/3/0/8/1', type: 'integer', value: 900 },
  { path: '/3/0/9', type: 'integer', value: 100 },
  { path: '/3/0/10', type: 'integer', value: 15 },
  { path: '/3/0/11/0', type: 'integer', value: 0 },
  { path: '/3/0/13', type: 'time', value: 1367491215 },
  { path: '/3/0/14', type: 'string', value: '+02:00' },
  { path: '/3/0/16', type: 'string', value: 'U' },
]

describe('SenML JSON', () => {
  it('is read and written as in the specification', () => {
    expect(decodePayload(SENML_JSON, json(DEVICE), contextOf('/3/0'))).toEqual(DEVICE_SAMPLES)
    expect(Buffer.from(encodePayload(SENML_JSON, DEVICE_SAMPLES, '/3/0')).toString()).toBe(
      DEVICE.replaceAll('\n', ''),
    )
  })

  it('names one value by its whole path', () => {
    const sample: Sample = { path: '/3/0/14', type: 'string', value: '+02' }
    expect(Buffer.from(encodePayload(SENML_JSON, [sample], '/3/0/14')).toString()).toBe(
      '[{"n":"/3/0/14","vs":"+02"}]',
    )
  })

  it('has opaque as base64url without padding, and object links', () => {
    const samples: readonly Sample[] = [
      { path: '/9/0/1', type: 'opaque', value: bytes('fb ff fe 01') },
      { path: '/9/0/2', type: 'objlnk', value: { object: 66, instance: 0 } },
      { path: '/9/0/3', type: 'boolean', value: false },
    ]
    const text = '[{"bn":"/9/0/","n":"1","vd":"-__-AQ"},{"n":"2","vlo":"66:0"},{"n":"3","vb":false}]'
    expect(Buffer.from(encodePayload(SENML_JSON, samples, '/9/0')).toString()).toBe(text)
    expect(decodePayload(SENML_JSON, json(text), contextOfType('/9/0', undefined))).toEqual(samples)
  })

  it('has exact 64-bit integers', () => {
    const samples: readonly Sample[] = [
      { path: '/9/0/1', type: 'integer', value: -9223372036854775808n },
      { path: '/9/0/2', type: 'unsigned', value: 18446744073709551615n },
      { path: '/9/0/3', type: 'integer', value: 9007199254740993n },
    ]
    const text =
      '[{"bn":"/9/0/","n":"1","v":-9223372036854775808},{"n":"2","v":18446744073709551615},{"n":"3","v":9007199254740993}]'
    expect(Buffer.from(encodePayload(SENML_JSON, samples, '/9/0')).toString()).toBe(text)
    expect(decodePayload(SENML_JSON, json(text), contextOfType('/9/0', undefined))).toEqual(samples)
  })
})

// RFC 8428, 6, with names that are LwM2M paths: base name, base time as float64, base unit, version, relative times.
const SERIES = `
  87 a7 21 68 2f 33 33 30 33 2f 30 2f 22 fb 41 d3 03 a1 5b 00 10 62 23 61 41 20 05
        00 64 35 37 30 31 01 61 56 03 63 43 65 6c
     a3 00 64 35 37 30 30 06 24 02 fb 3f f3 33 33 33 33 33 33
     a3 00 64 35 37 30 30 06 23 02 fb 3f f4 cc cc cc cc cc cd
     a3 00 64 35 37 30 30 06 22 02 fb 3f f6 66 66 66 66 66 66
     a3 00 64 35 37 30 30 06 21 02 f9 3e 00
     a3 00 64 35 37 30 30 06 20 02 fb 3f f9 99 99 99 99 99 9a
     a3 00 64 35 37 30 30 06 00 02 fb 3f fb 33 33 33 33 33 33`

describe('SenML CBOR', () => {
  it('resolves a series against its base time', () => {
    const at = 1276020076001
    const value = (value: number, time: number): Sample => ({
      path: '/3303/0/5700',
      type: 'float',
      value,
      time,
      unit: 'A',
    })
    expect(decodePayload(SENML_CBOR, bytes(SERIES), contextOf('/3303/0'))).toEqual([
      { path: '/3303/0/5701', type: 'string', value: 'Cel', time: at, unit: 'V' },
      value(1.2, at - 5000),
      value(1.3, at - 4000),
      value(1.4, at - 3000),
      value(1.5, at - 2000),
      value(1.6, at - 1000),
      value(1.7, at),
    ])
  })

  const both: readonly [name: string, base: string, hex: string, samples: readonly Sample[]][] = [
    [
      'a string',
      '/3/0/14',
      '81 a2 00 67 2f332f302f3134 03 63 2b3032',
      [{ path: '/3/0/14', type: 'string', value: '+02' }],
    ],
    [
      'the greatest unsigned',
      '/9/0/1',
      '81 a2 00 66 2f392f302f31 02 1b ff ff ff ff ff ff ff ff',
      [{ path: '/9/0/1', type: 'unsigned', value: 18446744073709551615n }],
    ],
    [
      'the least integer',
      '/9/0/1',
      '81 a2 00 66 2f392f302f31 02 3b 7f ff ff ff ff ff ff ff',
      [{ path: '/9/0/1', type: 'integer', value: -9223372036854775808n }],
    ],
    [
      'a float',
      '/9/0/1',
      '81 a2 00 66 2f392f302f31 02 f9 4d 60',
      [{ path: '/9/0/1', type: 'float', value: 21.5 }],
    ],
    ['true', '/9/0/1', '81 a2 00 66 2f392f302f31 04 f5', [{ path: '/9/0/1', type: 'boolean', value: true }]],
    [
      'opaque',
      '/9/0/1',
      '81 a2 00 66 2f392f302f31 08 42 00 ff',
      [{ path: '/9/0/1', type: 'opaque', value: Uint8Array.of(0, 255) }],
    ],
    [
      'an object link, by the text label',
      '/9/0/1',
      '81 a2 00 66 2f392f302f31 63 76 6c 6f 64 36 36 3a 30',
      [{ path: '/9/0/1', type: 'objlnk', value: { object: 66, instance: 0 } }],
    ],
    [
      'several values',
      '/9/0',
      '82 a3 00 61 31 02 01 21 65 2f392f302f a2 00 63 32 2f 30 02 20',
      [
        { path: '/9/0/1', type: 'integer', value: 1 },
        { path: '/9/0/2/0', type: 'integer', value: -1 },
      ],
    ],
    [
      'a time of its own',
      '/9/0/1',
      '81 a3 00 66 2f392f302f31 02 01 06 1a 69 55 b9 00',
      [{ path: '/9/0/1', type: 'integer', value: 1, time: NOW }],
    ],
  ]

  it.each(both)('%s, both ways', (_name, base, expected, samples) => {
    expect(decodePayload(SENML_CBOR, bytes(expected), contextOfType(base, undefined))).toEqual(samples)
    const written = encodePayload(SENML_CBOR, samples, base)
    expect(hex(written)).toBe(hex(bytes(expected)))
  })

  it.each([
    ['one', 1, 'f9 3c 00'],
    ['negative zero', -0, 'f9 80 00'],
    ['2^24 + 1', 16_777_217, 'fb 41 70 00 00 10 00 00 00'],
  ])('writes a float that is whole as a float: %s', (_name, value, expected) => {
    const samples: Sample[] = [{ path: '/9/0/1', type: 'float', value }]
    const written = encodePayload(SENML_CBOR, samples, '/9/0/1')
    expect(hex(written)).toBe(hex(bytes(`81 a2 00 66 2f392f302f31 02 ${expected}`)))
  })

  const read: readonly [
    name: string,
    type: Sample['type'],
    hex: string,
    sample: Omit<Sample, 'path' | 'type'>,
  ][] = [
    [
      'indefinite array, map and text',
      'string',
      '9f bf 00 7f 64 2f 39 2f 30 62 2f 31 ff 03 7f 61 61 60 61 62 ff ff ff',
      { value: 'ab' },
    ],
    [
      'indefinite bytes',
      'opaque',
      '81 a2 00 66 2f392f302f31 08 5f 41 01 42 02 03 ff',
      { value: Uint8Array.of(1, 2, 3) },
    ],
    ['tag 1', 'time', '81 a2 00 66 2f392f302f31 02 c1 1a 69 55 b9 00', { value: NOW / 1000 }],
    [
      'tag 1 with a float',
      'time',
      '81 a2 00 66 2f392f302f31 02 c1 fb 41 da 55 6e 40 00 00 00',
      { value: NOW / 1000 },
    ],
    [
      'tag 0',
      'time',
      '81 a2 00 66 2f392f302f31 02 c0 74 323032362d30312d30315430303a30303a30305a',
      { value: NOW / 1000 },
    ],
    ['a time before 1970', 'time', '81 a2 00 66 2f392f302f31 02 20', { value: -1 }],
    ['a decimal fraction', 'float', '81 a2 00 66 2f392f302f31 02 c4 82 21 19 6a b3', { value: 273.15 }],
    ['an integer for a float', 'float', '81 a2 00 66 2f392f302f31 02 18 19', { value: 25 }],
    [
      'a whole float for an integer',
      'integer',
      '81 a2 00 66 2f392f302f31 02 fb 40 39 00 00 00 00 00 00',
      { value: 25 },
    ],
    [
      'text that starts with a byte order mark',
      'string',
      '81 a2 00 66 2f392f302f31 03 64 ef bb bf 41',
      { value: '\ufeffA' },
    ],
    [
      'a unit, a sum and an update time',
      'float',
      '81 a5 00 66 2f392f302f31 01 61 56 02 01 05 03 07 0a',
      { value: 1, unit: 'V' },
    ],
    ['a base unit', 'float', '81 a3 23 61 56 00 66 2f392f302f31 02 01', { value: 1, unit: 'V' }],
  ]

  it.each(read)('reads %s', (_name, type, payload, sample) => {
    const samples = decodePayload(SENML_CBOR, bytes(payload), contextOfType('/9/0/1', type))
    expect(samples).toEqual([{ path: '/9/0/1', type, ...sample }])
  })
})
