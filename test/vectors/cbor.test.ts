import { describe, expect, it } from 'vitest'
import { CBOR, decodePayload, encodePayload } from '../../src/lwm2m/format/formats.ts'
import type { Sample } from '../../src/lwm2m/value.ts'
import { bytes, contextOf, contextOfType, hex, NOW } from './context.ts'

const base = '/9/0/0'
type Vector = readonly [name: string, type: Sample['type'], hex: string, value: Sample['value']]

// Bytes of the Python package cbor2 (canonical), most of them the same as in RFC 8949, appendix A.
const both: readonly Vector[] = [
  ['zero', 'integer', '00', 0],
  ['the greatest number in one byte', 'integer', '17', 23],
  ['a negative integer', 'integer', '38 37', -56],
  ['an integer of two bytes', 'integer', '18 c8', 200],
  ['an integer beyond 2^53', 'integer', '1b 00 20 00 00 00 00 00 01', 9007199254740993n],
  ['the greatest integer', 'integer', '1b 7f ff ff ff ff ff ff ff', 9223372036854775807n],
  ['the least integer', 'integer', '3b 7f ff ff ff ff ff ff ff', -9223372036854775808n],
  ['the greatest unsigned', 'unsigned', '1b ff ff ff ff ff ff ff ff', 18446744073709551615n],
  ['a float of two bytes', 'float', 'f9 4d 60', 21.5],
  ['a whole float', 'float', 'f9 4e 40', 25],
  ['a float of four bytes', 'float', 'fa 47 c3 50 00', 100000],
  ['a float of eight bytes', 'float', 'fb 3f b9 99 99 99 99 99 9a', 0.1],
  ['negative zero', 'float', 'f9 80 00', -0],
  ['what is no number', 'float', 'f9 7e 00', Number.NaN],
  ['infinity', 'float', 'f9 7c 00', Number.POSITIVE_INFINITY],
  ['true', 'boolean', 'f5', true],
  ['false', 'boolean', 'f4', false],
  ['opaque', 'opaque', '43 00 ff 80', Uint8Array.of(0, 255, 128)],
  ['no bytes at all', 'opaque', '40', new Uint8Array(0)],
  ['a string', 'string', '64 41434d45', 'ACME'],
  ['the empty string', 'string', '60', ''],
  ['text beyond ASCII', 'string', '65 c2b5e282ac', '\u00b5\u20ac'],
  ['a time, by tag 1', 'time', 'c1 1a 69 55 b9 00', NOW / 1000],
  ['a time before 1970', 'time', 'c1 20', -1],
  ['a time after 2106', 'time', 'c1 1b 00 00 00 01 00 00 00 00', 2 ** 32],
  ['an object link', 'objlnk', '64 36363a30', { object: 66, instance: 0 }],
  ['links', 'corelnk', '66 3c2f332f303e', '</3/0>'],
]

const read: readonly Vector[] = [
  ['a time by tag 0', 'time', 'c0 74 323032362d30312d30315430303a30303a30305a', NOW / 1000],
  ['a time by tag 1 with a float', 'time', 'c1 fb 41 da 55 6e 40 00 00 00', NOW / 1000],
  ['a time as a bare number', 'time', '1a 69 55 b9 00', NOW / 1000],
  ['a time as a bare negative number', 'time', '20', -1],
  ['a whole float for an integer', 'integer', 'fb 40 39 00 00 00 00 00 00', 25],
  ['an integer for a float', 'float', '18 19', 25],
  ['a longer form than needed', 'integer', '1b 00 00 00 00 00 00 00 05', 5],
  ['a decimal fraction', 'float', 'c4 82 21 19 6a b3', 273.15],
  ['text in chunks', 'string', '7f 61 61 60 61 62 ff', 'ab'],
  ['bytes in chunks', 'opaque', '5f 41 01 42 02 03 ff', Uint8Array.of(1, 2, 3)],
]

describe('CBOR', () => {
  it.each(both)('%s, both ways', (_name, type, expected, value) => {
    const samples = decodePayload(CBOR, bytes(expected), contextOfType(base, type))
    expect(samples).toEqual([{ path: base, type, value }])
    expect(hex(encodePayload(CBOR, samples, base))).toBe(hex(bytes(expected)))
  })

  it.each(read)('reads %s', (_name, type, payload, value) => {
    const samples = decodePayload(CBOR, bytes(payload), contextOfType(base, type))
    expect(samples).toEqual([{ path: base, type, value }])
  })

  it.each<readonly [type: Sample['type'], hex: string, value: Sample['value']]>([
    ['integer', '38 37', -56],
    ['unsigned', '1b ff ff ff ff ff ff ff ff', 18446744073709551615n],
    ['float', 'f9 4d 60', 21.5],
    ['string', '64 41434d45', 'ACME'],
    ['boolean', 'f5', true],
    ['opaque', '41 00', Uint8Array.of(0)],
  ])('is %s, by its own kind, where the model does not know the resource: %s', (type, payload, value) => {
    const samples = decodePayload(CBOR, bytes(payload), contextOfType(base, undefined))
    expect(samples).toEqual([{ path: base, type, value }])
  })

  it('is the value of a resource instance as well', () => {
    const samples = decodePayload(CBOR, bytes('19 13 88'), contextOf('/3/0/7/1'))
    expect(samples).toEqual([{ path: '/3/0/7/1', type: 'integer', value: 5000 }])
    expect(hex(encodePayload(CBOR, samples, '/3/0/7/1'))).toBe('191388')
  })

  it('keeps its bytes when the datagram is used again', () => {
    const payload = Buffer.from('4300ff80', 'hex')
    const [sample] = decodePayload(CBOR, payload, contextOfType(base, 'opaque'))
    payload.fill(1)
    expect(sample?.value).toEqual(Uint8Array.of(0, 255, 128))
    const view = Buffer.from('xx\u0000\u0001').subarray(2)
    expect(hex(encodePayload(CBOR, [{ path: base, type: 'opaque', value: view }], base))).toBe('420001')
  })

  it.each<readonly [type: Sample['type'], hex: string, code: string]>([
    ['integer', '', 'payload_malformed'],
    ['integer', '18', 'payload_malformed'],
    ['integer', '05 05', 'payload_malformed'],
    ['string', '62 41', 'payload_malformed'],
    ['string', '61 ff', 'payload_malformed'],
    ['integer', '81 05', 'payload_malformed'],
    ['integer', 'a1 00 05', 'payload_malformed'],
    ['integer', 'f6', 'payload_malformed'],
    ['integer', 'f7', 'payload_malformed'],
    ['integer', '1c', 'payload_malformed'],
    ['time', 'c0 61 78', 'payload_malformed'],
    ['integer', '1b 80 00 00 00 00 00 00 00', 'payload_type'],
    ['integer', 'f9 4d 60', 'payload_type'],
    ['integer', '61 35', 'payload_type'],
    ['unsigned', '20', 'payload_type'],
    ['boolean', '01', 'payload_type'],
    ['string', '05', 'payload_type'],
    ['opaque', '64 41434d45', 'payload_type'],
    ['objlnk', '61 35', 'payload_type'],
  ])('refuses, for %s, %s with %s', (type, payload, code) => {
    expect(() => decodePayload(CBOR, bytes(payload), contextOfType(base, type))).toThrow(
      expect.objectContaining({ code }),
    )
  })

  it('holds one value alone', () => {
    const sample: Sample = { path: '/3/0/7/0', type: 'integer', value: 1 }
    const unsupported = expect.objectContaining({ code: 'payload_unsupported' })
    expect(() => encodePayload(CBOR, [sample], '/3/0/7')).toThrow(unsupported)
    expect(() => encodePayload(CBOR, [], '/3/0/7')).toThrow(unsupported)
    expect(() => encodePayload(CBOR, [{ ...sample, type: 'none' }], '/3/0/7/0')).toThrow(unsupported)
    expect(() => decodePayload(CBOR, bytes('05'), contextOf('/3/0'))).toThrow(
      expect.objectContaining({ code: 'payload_malformed' }),
    )
  })
})
