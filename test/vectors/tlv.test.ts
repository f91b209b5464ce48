import { describe, expect, it } from 'vitest'
import { decodePayload, encodePayload, OLD_TLV, TLV } from '../../src/lwm2m/format/formats.ts'
import type { Sample } from '../../src/lwm2m/value.ts'
import { bytes, contextOf, contextOfType, factsOf, hex } from './context.ts'

// Examples of LwM2M 1.0, 6.4.3.3 (the same in Core 1.1 and 1.2, 7.4.3): bytes and values both ways.
const DEVICE = `
  C8 00 14 4F 70 65 6E 20 4D 6F 62 69 6C 65 20 41 6C 6C 69 61 6E 63 65
  C8 01 16 4C 69 67 68 74 77 65 69 67 68 74 20 4D 32 4D 20 43 6C 69 65 6E 74
  C8 02 09 33 34 35 30 30 30 31 32 33
  C3 03 31 2E 30
  86 06 41 00 01 41 01 05
  88 07 08 42 00 0E D8 42 01 13 88
  87 08 41 00 7D 42 01 03 84
  C1 09 64
  C1 0A 0F
  83 0B 41 00 00
  C4 0D 51 82 42 8F
  C6 0E 2B 30 32 3A 30 30
  C1 10 55`

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

const ACCESS_CONTROL = `
  08 00 0E C1 00 01 C1 01 00 83 02 41 7F 07 C1 03 7F
  08 02 12 C1 00 03 C1 01 00 87 02 41 7F 07 61 01 36 01 C1 03 7F`

const ACCESS_CONTROL_SAMPLES: readonly Sample[] = [
  { path: '/2/0/0', type: 'integer', value: 1 },
  { path: '/2/0/1', type: 'integer', value: 0 },
  { path: '/2/0/2/127', type: 'integer', value: 7 },
  { path: '/2/0/3', type: 'integer', value: 127 },
  { path: '/2/2/0', type: 'integer', value: 3 },
  { path: '/2/2/1', type: 'integer', value: 0 },
  { path: '/2/2/2/127', type: 'integer', value: 7 },
  { path: '/2/2/2/310', type: 'integer', value: 1 },
  { path: '/2/2/3', type: 'integer', value: 127 },
]

const SERVER_SAMPLES: readonly Sample[] = [
  { path: '/1/0/0', type: 'integer', value: 1 },
  { path: '/1/0/1', type: 'integer', value: 86400 },
  { path: '/1/0/6', type: 'boolean', value: true },
  { path: '/1/0/7', type: 'string', value: 'U' },
]

const vectors: readonly { name: string; base: string; hex: string; samples: readonly Sample[] }[] = [
  { name: 'read of a device instance', base: '/3/0', hex: DEVICE, samples: DEVICE_SAMPLES },
  { name: 'read of the device object', base: '/3', hex: `08 00 79 ${DEVICE}`, samples: DEVICE_SAMPLES },
  { name: 'read of several instances', base: '/2', hex: ACCESS_CONTROL, samples: ACCESS_CONTROL_SAMPLES },
  {
    name: 'read of the server object',
    base: '/1',
    hex: '08 00 0F C1 00 01 C4 01 00 01 51 80 C1 06 01 C1 07 55',
    samples: SERVER_SAMPLES,
  },
]

describe('TLV as in the specification', () => {
  it.each(vectors)('$name', ({ base, hex: expected, samples }) => {
    expect(decodePayload(TLV, bytes(expected), contextOf(base))).toEqual(samples)
    expect(hex(encodePayload(TLV, samples, base))).toBe(hex(bytes(expected)))
  })

  it.each([
    ['the only one', [5], '/3303/5/5700'],
    ['0, where none is listed', [], '/3303/0/5700'],
  ])('resources of an object without their instance are those of %s', (_name, listed, path) => {
    const context = contextOf('/3303', { instances: () => listed })
    expect(decodePayload(TLV, bytes('E4 16 44 41 A0 00 00'), context)).toEqual([
      { path, type: 'float', value: 20 },
    ])
  })

  it('resources of an object with several instances do not say which they belong to', () => {
    const context = contextOf('/3303', { instances: () => [0, 1] })
    expect(() => decodePayload(TLV, bytes('E4 16 44 41 A0 00 00'), context)).toThrow(
      expect.objectContaining({ code: 'payload_malformed', place: 'byte 0' }),
    )
  })

  it('reads object links, also the null link', () => {
    const types: Readonly<Record<number, ReturnType<typeof factsOf>>> = {
      0: factsOf('string'),
      1: factsOf('string'),
      2: factsOf('objlnk'),
    }
    const payload = bytes(`
      08 00 26 C8 00 0B 6D 79 53 65 72 76 69 63 65 20 31 C8 01 0F 49 6E 74 65 72 6E 65 74 2E 31 35 2E 32 33 34 C4 02 00 43 00 00
      08 01 26 C8 00 0B 6D 79 53 65 72 76 69 63 65 20 32 C8 01 0F 49 6E 74 65 72 6E 65 74 2E 31 35 2E 32 33 35 C4 02 FF FF FF FF`)
    const samples = decodePayload(
      TLV,
      payload,
      contextOf('/66', { resource: (_, resource) => types[resource] }),
    )
    expect(samples).toEqual([
      { path: '/66/0/0', type: 'string', value: 'myService 1' },
      { path: '/66/0/1', type: 'string', value: 'Internet.15.234' },
      { path: '/66/0/2', type: 'objlnk', value: { object: 67, instance: 0 } },
      { path: '/66/1/0', type: 'string', value: 'myService 2' },
      { path: '/66/1/1', type: 'string', value: 'Internet.15.235' },
      { path: '/66/1/2', type: 'objlnk', value: { object: 65535, instance: 65535 } },
    ])
    expect(hex(encodePayload(TLV, samples, '/66'))).toBe(hex(payload))
  })

  it('reads the id that old clients sent for TLV', () => {
    expect(decodePayload(OLD_TLV, bytes(DEVICE), contextOf('/3/0'))).toEqual(DEVICE_SAMPLES)
  })
})

const scalars: readonly [name: string, type: Sample['type'], hex: string, value: Sample['value']][] = [
  ['integer of one byte', 'integer', 'C1 00 7F', 127],
  ['integer of one byte, negative', 'integer', 'C1 00 C8', -56],
  ['integer that needs a second byte for its sign', 'integer', 'C2 00 00 C8', 200],
  ['integer of two bytes, negative', 'integer', 'C2 00 80 00', -32768],
  ['integer of four bytes', 'integer', 'C4 00 7F FF FF FF', 2147483647],
  ['integer of four bytes, negative', 'integer', 'C4 00 80 00 00 00', -2147483648],
  ['integer of eight bytes', 'integer', 'C8 00 08 00 00 00 00 80 00 00 00', 2147483648],
  ['integer beyond 2^53', 'integer', 'C8 00 08 00 20 00 00 00 00 00 01', 9007199254740993n],
  ['the least integer', 'integer', 'C8 00 08 80 00 00 00 00 00 00 00', -9223372036854775808n],
  ['the greatest integer', 'integer', 'C8 00 08 7F FF FF FF FF FF FF FF', 9223372036854775807n],
  ['integer of eight bytes, small and negative', 'integer', 'C8 00 08 FF FF FF FF 7F FF FF FF', -2147483649],
  ['unsigned of one byte', 'unsigned', 'C1 00 7F', 127],
  ['unsigned that a signed reader would take for negative: two bytes', 'unsigned', 'C2 00 00 C8', 200],
  ['unsigned of four bytes', 'unsigned', 'C4 00 00 00 FF FF', 65535],
  ['unsigned of eight bytes', 'unsigned', 'C8 00 08 00 00 00 00 FF FF FF FF', 4294967295],
  ['the greatest unsigned', 'unsigned', 'C8 00 08 FF FF FF FF FF FF FF FF', 18446744073709551615n],
  ['time before 1970', 'time', 'C1 00 FF', -1],
  ['time after 2038', 'time', 'C8 00 08 00 00 00 00 F4 86 57 00', 4102444800],
  ['float of four bytes', 'float', 'C4 00 41 AC 00 00', 21.5],
  ['float of eight bytes', 'float', 'C8 00 08 3F B9 99 99 99 99 99 9A', 0.1],
  ['float that is no number', 'float', 'C4 00 7F C0 00 00', Number.NaN],
  ['negative zero', 'float', 'C4 00 80 00 00 00', -0],
  ['true', 'boolean', 'C1 00 01', true],
  ['false', 'boolean', 'C1 00 00', false],
  ['the empty string', 'string', 'C0 00', ''],
  ['text beyond ASCII', 'string', 'C5 00 C2 B5 E2 82 AC', '\u{b5}\u{20ac}'],
  ['opaque', 'opaque', 'C3 00 00 FF 80', Uint8Array.of(0, 255, 128)],
  ['no bytes at all', 'opaque', 'C0 00', new Uint8Array(0)],
  ['object link', 'objlnk', 'C4 00 00 42 00 01', { object: 66, instance: 1 }],
  ['links', 'corelnk', 'C6 00 3C 2F 33 2F 30 3E', '</3/0>'],
]

describe('TLV values', () => {
  it.each(scalars)('%s', (_name, type, expected, value) => {
    const samples = decodePayload(TLV, bytes(expected), contextOfType('/9/0/0', type))
    expect(samples).toEqual([{ path: '/9/0/0', type, value }])
    expect(hex(encodePayload(TLV, samples, '/9/0/0'))).toBe(hex(bytes(expected)))
  })

  it.each([
    ['C1 00 C8', 200],
    ['C2 00 FF FF', 65535],
    ['C4 00 FF FF FF FF', 4294967295],
  ])('reads an unsigned integer of the smallest size: %s', (payload, value) => {
    const samples = decodePayload(TLV, bytes(payload), contextOfType('/9/0/0', 'unsigned'))
    expect(samples).toEqual([{ path: '/9/0/0', type: 'unsigned', value }])
  })

  it('has lengths of none to three bytes, and ids of one and two', () => {
    for (const [length, header] of [
      [7, 'c700'],
      [8, 'c80008'],
      [255, 'c800ff'],
      [256, 'd0000100'],
      [65535, 'd000ffff'],
      [65536, 'd800010000'],
    ] as const) {
      const sample: Sample = { path: '/9/0/0', type: 'opaque', value: new Uint8Array(length).fill(7) }
      const payload = encodePayload(TLV, [sample], '/9/0/0')
      expect(hex(payload.subarray(0, payload.length - length))).toBe(header)
      expect(decodePayload(TLV, payload, contextOfType('/9/0/0', 'opaque'))).toEqual([sample])
    }
    expect(hex(encodePayload(TLV, [{ path: '/9/0/256', type: 'boolean', value: true }], '/9/0'))).toBe(
      'e1010001',
    )
  })
})
