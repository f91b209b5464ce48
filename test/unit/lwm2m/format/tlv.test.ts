import { describe, expect, it } from 'vitest'
import { MAX_ENTRIES } from '../../../../src/lwm2m/format/limits.ts'
import { tlvCodec } from '../../../../src/lwm2m/format/tlv.ts'
import type { Sample } from '../../../../src/lwm2m/value.ts'
import { bytes, contextOf, contextOfType, hex } from '../../../vectors/context.ts'

const read = (text: string, base: string) => tlvCodec.decode(bytes(text), contextOf(base))
const BATTERY: Sample = { path: '/3/0/9', type: 'integer', value: 100 }
const VOLTAGES: readonly Sample[] = [
  { path: '/3/0/7/0', type: 'integer', value: 3800 },
  { path: '/3/0/7/1', type: 'integer', value: 5000 },
]
const INSTANCES = '42 00 0E D8 42 01 13 88'

describe('TLV, the levels that clients leave out or put in', () => {
  it.each([
    ['an object, wrapped in instances', '/3', `08 00 03 C1 09 64`],
    ['an object, bare: instance 0', '/3', 'C1 09 64'],
    ['an instance, bare', '/3/0', 'C1 09 64'],
    ['an instance, wrapped', '/3/0', '08 00 03 C1 09 64'],
    ['a resource', '/3/0/9', 'C1 09 64'],
    ['a resource, wrapped', '/3/0/9', '08 00 03 C1 09 64'],
  ])('%s', (_name, base, text) => {
    expect(read(text, base)).toEqual([BATTERY])
  })

  it.each([
    ['an instance', '/3/0', `88 07 08 ${INSTANCES}`],
    ['the resource', '/3/0/7', `88 07 08 ${INSTANCES}`],
    ['the resource, its instances alone', '/3/0/7', INSTANCES],
  ])('a multiple resource in a read of %s', (_name, base, text) => {
    expect(read(text, base)).toEqual(VOLTAGES)
  })

  it.each(['42 01 13 88', '84 07 42 01 13 88', 'C2 07 13 88'])('a resource instance as %s', (text) => {
    expect(read(text, '/3/0/7/1')).toEqual([{ path: '/3/0/7/1', type: 'integer', value: 5000 }])
  })

  it('reads a multiple resource without instances, and objects without anything', () => {
    expect(read('80 07 C1 09 64', '/3/0')).toEqual([BATTERY])
    expect(read('80 07', '/3/0/7')).toEqual([])
    expect(read('08 00 00', '/3')).toEqual([])
    expect(read('', '/3/0')).toEqual([])
  })

  it('takes an empty multiple resource down, too', () => {
    expect(hex(tlvCodec.encode([], '/3/0/7'))).toBe('8007')
    expect(tlvCodec.decode(tlvCodec.encode([], '/3/0/7'), contextOf('/3/0/7'))).toEqual([])
  })

  it('passes what the model does not know as bytes', () => {
    expect(read('C2 07 01 02', '/9999/3')).toEqual([
      { path: '/9999/3/7', type: 'opaque', value: Uint8Array.of(1, 2) },
    ])
  })

  it('gives opaque values an array of their own', () => {
    const payload = Buffer.from('C2070102', 'hex')
    const [sample] = tlvCodec.decode(payload, contextOf('/9999/3'))
    payload.fill(0)
    expect(sample?.value).toEqual(Uint8Array.of(1, 2))
  })
})

describe('TLV, refused with the place', () => {
  it.each([
    ['a type byte alone', '/3/0', 'C1', 'byte 0'],
    ['a cut id', '/3/0', 'E1 01', 'byte 0'],
    ['a cut length', '/3/0', 'D0 00 01', 'byte 0'],
    ['a cut value', '/3/0', 'C1 09 64 C4 0D 51 82', 'byte 3'],
    ['an entry longer than what holds it', '/3', '08 00 03 C2 09 64 00', 'byte 3'],
    ['the reserved id', '/3/0', 'E1 FF FF 64', 'byte 0'],
    ['an instance in an instance', '/3', '08 00 03 08 00 00', 'byte 3'],
    ['a resource instance in an instance', '/3', '08 00 03 41 00 64', 'byte 3'],
    ['a resource in a multiple resource', '/3/0', '83 07 C1 00 64', 'byte 2'],
    ['a resource instance in a read of an instance', '/3/0', '41 00 64', 'byte 0'],
    ['another instance', '/3/0', '08 01 03 C1 09 64', 'byte 0'],
    ['another resource', '/3/0/9', 'C1 0A 64', 'byte 0'],
    ['another resource instance', '/3/0/7/1', '42 00 13 88', 'byte 0'],
    ['a composite', '/', 'C1 09 64', 'byte 0'],
    ['text that is no UTF-8', '/3/0', 'C1 00 FF', 'byte 2'],
  ])('%s', (_name, base, text, place) => {
    expect(() => read(text, base)).toThrow(expect.objectContaining({ code: 'payload_malformed', place }))
  })

  it.each<[type: Sample['type'], text: string]>([
    ['integer', 'C0 00'],
    ['integer', 'C3 00 01 02 03'],
    ['unsigned', 'C5 00 01 02 03 04 05'],
    ['time', 'C3 00 01 02 03'],
    ['float', 'C2 00 01 02'],
    ['boolean', 'C0 00'],
    ['boolean', 'C1 00 02'],
    ['boolean', 'C2 00 00 01'],
    ['objlnk', 'C2 00 00 01'],
  ])('a length or value that is no %s: %s', (type, text) => {
    expect(() => tlvCodec.decode(bytes(text), contextOfType('/9/0/0', type))).toThrow(
      expect.objectContaining({ code: 'payload_type', place: 'byte 2' }),
    )
  })

  it('more values than anything holds', () => {
    const most = new Uint8Array((MAX_ENTRIES + 1) * 2).fill(0xc0)
    expect(() => tlvCodec.decode(most, contextOf('/9999/0'))).toThrow(`more than ${MAX_ENTRIES}`)
    expect(tlvCodec.decode(most.subarray(2), contextOf('/9999/0'))).toHaveLength(MAX_ENTRIES)
  })
})

describe('TLV, what cannot be written', () => {
  it.each<[name: string, base: string, samples: readonly Sample[]]>([
    ['a composite', '/', [BATTERY]],
    ['a path outside of the base', '/3/1', [BATTERY]],
    ['a series', '/3/0', [BATTERY, BATTERY]],
    ['a series of a resource instance', '/3/0', [...VOLTAGES, ...VOLTAGES]],
    ['a resource that is both single and multiple', '/3/0', [...VOLTAGES, { ...BATTERY, path: '/3/0/7' }]],
    ['a resource that is only executed', '/3/0', [{ ...BATTERY, type: 'none' }]],
    ['a path without a resource', '/3/0', [{ ...BATTERY, path: '/3/0' }]],
  ])('%s', (_name, base, samples) => {
    expect(() => tlvCodec.encode(samples, base)).toThrow(
      expect.objectContaining({ code: 'payload_unsupported' }),
    )
  })

  it.each<Sample>([
    { path: '/3/0/9', type: 'integer', value: '100' },
    { path: '/3/0/9', type: 'integer', value: 1.5 },
    { path: '/3/0/9', type: 'integer', value: 2 ** 60 },
    { path: '/3/0/9', type: 'integer', value: 2n ** 63n },
    { path: '/3/0/9', type: 'unsigned', value: -1 },
    { path: '/3/0/9', type: 'unsigned', value: 2n ** 64n },
    { path: '/3/0/9', type: 'time', value: 1.5 },
    { path: '/3/0/9', type: 'float', value: 1n },
    { path: '/3/0/9', type: 'boolean', value: 1 },
    { path: '/3/0/9', type: 'string', value: new Uint8Array(1) },
    { path: '/3/0/9', type: 'opaque', value: 'AA==' },
    { path: '/3/0/9', type: 'objlnk', value: '66:0' },
  ])('$type $value', (sample) => {
    expect(() => tlvCodec.encode([sample], '/3/0/9')).toThrow(
      expect.objectContaining({ code: 'payload_type', place: '/3/0/9' }),
    )
  })
})
