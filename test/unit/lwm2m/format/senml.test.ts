import { encode } from 'cborg'
import { describe, expect, it } from 'vitest'
import type { DecodeContext } from '../../../../src/lwm2m/format/codec.ts'
import { MAX_ENTRIES } from '../../../../src/lwm2m/format/limits.ts'
import { senmlCborCodec } from '../../../../src/lwm2m/format/senml-cbor.ts'
import { senmlJsonCodec } from '../../../../src/lwm2m/format/senml-json.ts'
import type { Sample } from '../../../../src/lwm2m/value.ts'
import { bytes, contextOf, contextOfType, hex, NOW } from '../../../vectors/context.ts'

const fromJson = (text: string, context: DecodeContext = contextOf('/')) =>
  senmlJsonCodec.decode(Buffer.from(text), context)
const malformed = (place?: string) =>
  expect.objectContaining({ code: 'payload_malformed', ...(place === undefined ? undefined : { place }) })

describe('SenML names', () => {
  it.each([
    ['Anjay', '[{"bn":"/3/0","n":"/9","v":100}]'],
    ['Wakaama', '[{"bn":"/3/0/","n":"9","v":100}]'],
    ['name alone', '[{"n":"/3/0/9","v":100}]'],
    ['base name alone', '[{"bn":"/3/0/9","v":100}]'],
    ['base name with a slash that waits for more', '[{"bn":"/3/0/9/","v":100}]'],
    ['below the alternate path', '[{"bn":"/lwm2m/3/0/","n":"9","v":100}]'],
    ['a record of base fields alone', '[{"bn":"/3/0/","bver":10},{"n":"9","v":100}]'],
  ])('%s', (_name, text) => {
    const context = contextOf('/3/0/9', { alternatePath: '/lwm2m' })
    expect(fromJson(text, context)).toEqual([{ path: '/3/0/9', type: 'integer', value: 100 }])
  })

  it('keeps a base name until the next', () => {
    const text =
      '[{"bn":"/3/0/","n":"9","v":1},{"n":"10","v":2},{"bn":"/4/0/","n":"2","v":3},{"n":"8","v":4}]'
    expect(fromJson(text).map(({ path }) => path)).toEqual(['/3/0/9', '/3/0/10', '/4/0/2', '/4/0/8'])
  })

  it.each([
    '3/0/9',
    '/3/0',
    '/3',
    '/',
    '',
    '/3//9',
    '/3/0/09',
    '/3/0/65535',
    '/3/0/9/0/1',
    '/3/0/x',
    '/3/0/9/',
  ])('refuses %s', (name) => {
    expect(() =>
      fromJson(
        JSON.stringify([
          { n: '/3/0/9', v: 1 },
          { n: name, v: 1 },
        ]),
      ),
    ).toThrow(malformed('record 1'))
  })

  it('bounds what a long base name can cost', () => {
    const text = JSON.stringify([{ bn: `/3/0/${'9'.repeat(300)}` }, { n: '1', v: 1 }])
    expect(() => fromJson(text)).toThrow('above 255 characters')
  })
})

describe('SenML times', () => {
  const times = (text: string) => fromJson(text, contextOf('/3303/0')).map(({ time }) => time)
  const record = (fields: string) => `[{"n":"/3303/0/5700","v":1${fields}}]`

  it.each<[fields: string, time: number | undefined]>([
    ['', undefined],
    [',"t":1767225600', NOW],
    [',"t":1767225600.125', NOW + 125],
    [',"t":1767225600.000125', NOW + 0.125],
    [',"bt":1767225600', NOW],
    [',"bt":1767225600,"t":-10', NOW - 10_000],
    [',"t":0', NOW],
    [',"t":-60', NOW - 60_000],
    [',"t":268435455', NOW + 268_435_455_000],
    [',"t":268435456', 268_435_456_000],
    [',"bt":268435456,"t":-1', NOW + 268_435_455_000],
    [',"bt":25462634,"t":-5', NOW + 25_462_629_000],
  ])('%s', (fields, time) => {
    expect(times(record(fields))).toEqual([time])
  })

  it('keeps a series, and a base time until the next', () => {
    const text = `[{"bn":"/3303/0/5700","bt":1767225600,"v":1},{"v":2,"t":1},{"bt":1767225700,"v":3},{"v":4}]`
    expect(times(text)).toEqual([NOW, NOW + 1000, NOW + 100_000, NOW + 100_000])
  })

  it('refuses a time that no date has', () => {
    expect(() => times(record(',"t":1e300'))).toThrow(malformed('record 0'))
    expect(() => times(record(',"t":-1e300'))).toThrow(malformed('record 0'))
    expect(() => times(record(',"t":"1"'))).toThrow(malformed('record 0'))
    expect(() => times(record(',"bt":null'))).toThrow(malformed('record 0'))
  })
})

describe('SenML values', () => {
  const value = (fields: string, type: Sample['type'] | undefined) => {
    const [sample] = fromJson(`[{"n":"/9/0/0",${fields}}]`, contextOfType('/9/0/0', type))
    return sample
  }

  it.each<[fields: string, type: Sample['type'] | undefined, found: Sample['type'], value: Sample['value']]>([
    ['"v":25', undefined, 'integer', 25],
    ['"v":25.5', undefined, 'float', 25.5],
    ['"v":1e300', undefined, 'float', 1e300],
    ['"v":9223372036854775808', undefined, 'unsigned', 9223372036854775808n],
    ['"v":100000000000000000000', undefined, 'float', 1e20],
    ['"vs":"25"', undefined, 'string', '25'],
    ['"vb":true', undefined, 'boolean', true],
    ['"vd":"AP-A"', undefined, 'opaque', Uint8Array.of(0, 255, 128)],
    ['"vlo":"66:0"', undefined, 'objlnk', { object: 66, instance: 0 }],
    ['"v":25', 'none', 'integer', 25],
    ['"v":25', 'float', 'float', 25],
    ['"v":25.0', 'integer', 'integer', 25],
    ['"v":-0', 'integer', 'integer', 0],
    ['"v":1e18', 'integer', 'integer', 1_000_000_000_000_000_000n],
    ['"v":9007199254740993', 'float', 'float', 9007199254740992],
    ['"v":1700000000', 'time', 'time', 1700000000],
    ['"v":1700000000.5', 'time', 'time', 1700000000.5],
    ['"vs":"</3/0>"', 'corelnk', 'corelnk', '</3/0>'],
    ['"vs":"66:0"', 'objlnk', 'objlnk', { object: 66, instance: 0 }],
    ['"vd":"AP+A"', 'opaque', 'opaque', Uint8Array.of(0, 255, 128)],
    ['"vd":"_w=="', 'opaque', 'opaque', Uint8Array.of(255)],
  ])('%s of %s', (fields, type, found, expected) => {
    expect(value(fields, type)).toEqual({ path: '/9/0/0', type: found, value: expected })
  })

  it.each<[fields: string, type: Sample['type'] | undefined]>([
    ['"v":25.5', 'integer'],
    ['"v":9223372036854775808', 'integer'],
    ['"v":1e19', 'integer'],
    ['"v":-1', 'unsigned'],
    ['"vs":"25"', 'integer'],
    ['"v":1', 'boolean'],
    ['"vb":true', 'integer'],
    ['"v":25', 'string'],
    ['"vs":"25"', 'float'],
    ['"vd":"AP-A"', 'string'],
    ['"vs":"AP-A"', 'opaque'],
    ['"vd":"A"', 'opaque'],
    ['"vd":1', undefined],
    ['"vs":1', undefined],
    ['"vb":"true"', undefined],
    ['"vlo":"66"', undefined],
    ['"vs":"2026-01-01"', 'time'],
    [`"v":${'9'.repeat(400)}`, 'float'],
  ])('refuses %s of %s', (fields, type) => {
    expect(() => value(fields, type)).toThrow(
      expect.objectContaining({ code: 'payload_type', place: 'record 0' }),
    )
  })

  it.each([
    '"v":1,"vs":"1"',
    '"u":"Cel"',
    '"s":1',
    '"v":null',
    '"v":"1"',
    '"v":1e999',
    `"v":${'9'.repeat(500)}`,
  ])('refuses a record with %s', (fields) => {
    expect(() => value(fields, undefined)).toThrow(malformed('record 0'))
  })

  it('takes the base value alone where a record that names a resource has no value', () => {
    const values = (text: string) => fromJson(text).map(({ path, value }) => [path, value])
    expect(values('[{"bn":"/3303/0/","bv":20.5},{"n":"5700"},{"n":"5601","v":1}]')).toEqual([
      ['/3303/0/5700', 20.5],
      ['/3303/0/5601', 21.5],
    ])
    expect(values('[{"n":"/3303/0/5700","bv":20}]')).toEqual([['/3303/0/5700', 20]])
  })

  it('adds the base value to the records that follow', () => {
    const values = (text: string) =>
      fromJson(text, contextOfType('/9/0', undefined)).map(({ value }) => value)
    expect(values('[{"bn":"/9/0/1","bv":20,"v":1},{"v":1.5},{"bv":0,"v":2},{"vs":"x"}]')).toEqual([
      21,
      21.5,
      2,
      'x',
    ])
    expect(values('[{"bn":"/9/0/1","bv":9007199254740991,"v":2},{"bv":9007199254740993,"v":-2}]')).toEqual([
      9007199254740993n,
      9007199254740991,
    ])
  })
})

describe('SenML JSON, refused', () => {
  it.each([
    ['', 'the text'],
    ['{"n":"/3/0/9","v":1}', 'the text'],
    ['[1]', 'record 0'],
    ['[null]', 'record 0'],
    ['[[]]', 'record 0'],
    ['[{"n":"/3/0/9","v":1},]', 'the text'],
    ['[{"n":1,"v":1}]', 'record 0'],
    ['[{"bn":1,"n":"/3/0/9","v":1}]', 'record 0'],
    ['[{"bver":11,"n":"/3/0/9","v":1}]', 'record 0'],
    ['[{"n":"/3/0/9","v":1,"must_":1}]', 'record 0'],
    ['['.repeat(100_000), 'the text'],
    [`${'['.repeat(200_000)}1234567890123456${']'.repeat(200_000)}`, 'the text'],
  ])('%.40s', (text, place) => {
    expect(() => fromJson(text)).toThrow(malformed(place))
  })

  it('is no UTF-8, or more records than anyone has', () => {
    expect(() => senmlJsonCodec.decode(Uint8Array.of(0x22, 0xff, 0x22), contextOf('/'))).toThrow('UTF-8')
    expect(() => fromJson(`[${'{"bver":10},'.repeat(MAX_ENTRIES)}{}]`)).toThrow(`more than ${MAX_ENTRIES}`)
  })

  it('passes over labels that it does not know, also those that look like parts of an object', () => {
    const text = '[{"n":"/3/0/9","v":1,"__proto__x":{"v":2},"constructor":1,"extra":null}]'
    expect(fromJson(text)).toEqual([{ path: '/3/0/9', type: 'integer', value: 1 }])
  })
})

describe('SenML CBOR, refused', () => {
  const decode = (payload: Uint8Array) => senmlCborCodec.decode(payload, contextOfType('/9/0/1', undefined))
  const NAMED = '81 a2 00 66 2f392f302f31'

  it.each([
    ['nothing', ''],
    ['a map', 'a0'],
    ['an array of numbers', '81 01'],
    ['a cut array', '82 a0'],
    ['more than one item', '80 80'],
    ['a lone break', 'ff'],
    ['a repeated label', '81 a3 00 66 2f392f302f31 02 01 02 02'],
    ['a label that has to be understood', `81 a3 00 66 2f392f302f31 02 01 62 6d5f 01`],
    ['text that is no UTF-8', `${NAMED} 03 61 ff`],
    ['a surrogate in the text', `${NAMED} 03 63 ed a0 80`],
    ['chunks that are UTF-8 only one by one', `${NAMED} 03 7f 61 ff ff`],
    ['a chunk of another kind', `${NAMED} 03 7f 41 61 ff`],
    ['chunks in chunks', `${NAMED} 08 5f 5f 41 01 ff ff`],
    ['chunks without an end', `${NAMED} 08 5f 41 01`],
    ['text longer than the payload', `${NAMED} 03 7b ff ff ff ff ff ff ff ff`],
    ['a reserved length', `${NAMED} 03 7c`],
    ['an unknown tag', `${NAMED} 02 c2 41 01`],
    ['tag 0 without a date', `${NAMED} 02 c0 61 78`],
    ['tag 1 without a number', `${NAMED} 02 c1 61 78`],
    ['tag 4 without two integers', `${NAMED} 02 c4 81 01`],
    ['undefined', `${NAMED} 02 f7`],
    ['null', `${NAMED} 02 f6`],
    ['text labels for what has integers', '81 a2 61 6e 66 2f392f302f31 61 76 01'],
    ['a higher version', '81 a3 20 0b 00 66 2f392f302f31 02 01'],
  ])('%s', (_name, text) => {
    expect(() => decode(bytes(text))).toThrow(malformed())
  })

  it('deep nesting, and more containers than anything holds', () => {
    expect(() => decode(new Uint8Array(100_000).fill(0x81))).toThrow(malformed())
    expect(() => decode(new Uint8Array(100_000).fill(0xc1))).toThrow(malformed())
    expect(() => decode(new Uint8Array(MAX_ENTRIES + 10).fill(0xa0, 1).fill(0x9f, 0, 1))).toThrow(
      'arrays and maps',
    )
  })

  it('has no number that is none for an integer, and passes it for a float', () => {
    const payload = bytes(`${NAMED} 02 f9 7e 00`)
    const read = (type: Sample['type']) => senmlCborCodec.decode(payload, contextOfType('/9/0/1', type))
    expect(read('float')[0]?.value).toBeNaN()
    expect(() => read('integer')).toThrow(expect.objectContaining({ code: 'payload_type' }))
    expect(() => read('time')).toThrow(expect.objectContaining({ code: 'payload_type' }))
  })

  it('gives opaque values an array of their own', () => {
    const payload = Buffer.from(`${NAMED}084201ff`.replace(/ /g, ''), 'hex')
    const [sample] = decode(payload)
    payload.fill(0)
    expect(sample?.value).toEqual(Uint8Array.of(1, 255))
  })

  it('reads what cborg writes by itself, with indefinite and definite lengths alike', () => {
    const record = new Map<number, unknown>([
      [-2, '/3/0/'],
      [0, '9'],
      [2, 100],
    ])
    const expected = [{ path: '/3/0/9', type: 'integer', value: 100 }]
    expect(senmlCborCodec.decode(encode([record]), contextOf('/3/0'))).toEqual(expected)
  })
})

describe('SenML, what cannot be written', () => {
  const battery: Sample = { path: '/3/0/9', type: 'integer', value: 100 }

  it.each([senmlJsonCodec, senmlCborCodec])('$name', (codec) => {
    const unsupported = expect.objectContaining({ code: 'payload_unsupported' })
    expect(() => codec.encode([], '/3/0/7')).toThrow(unsupported)
    expect(() => codec.encode([battery], '/3/1')).toThrow(unsupported)
    expect(() => codec.encode([{ ...battery, type: 'none' }], '/3/0')).toThrow(unsupported)
    expect(() => codec.encode([battery, { ...battery, path: '/3/0/9/0' }], '/3/0/9')).toThrow(unsupported)
    expect(() => codec.encode([{ ...battery, time: 0 }], '/3/0')).toThrow('1978')
    expect(() => codec.encode([{ ...battery, value: 'x' }], '/3/0')).toThrow(
      expect.objectContaining({ code: 'payload_type', place: '/3/0/9' }),
    )
  })

  it('JSON has no infinities', () => {
    const sample: Sample = { path: '/3303/0/5700', type: 'float', value: Number.POSITIVE_INFINITY }
    expect(() => senmlJsonCodec.encode([sample], '/3303/0')).toThrow(
      expect.objectContaining({ code: 'payload_unsupported' }),
    )
    expect(hex(senmlCborCodec.encode([sample], '/3303/0/5700'))).toBe(
      '81a2006c2f333330332f302f3537303002f97c00',
    )
  })
})
