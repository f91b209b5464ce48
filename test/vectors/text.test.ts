import { describe, expect, it } from 'vitest'
import { decodePayload, encodePayload, LINK_FORMAT, OPAQUE, TEXT } from '../../src/lwm2m/format/formats.ts'
import type { Sample } from '../../src/lwm2m/value.ts'
import { bytes, contextOfType } from './context.ts'

const base = '/9/0/0'
const read = (text: string, type: Sample['type'] | undefined) =>
  decodePayload(TEXT, Buffer.from(text), contextOfType(base, type))

describe('text/plain', () => {
  it.each<[type: Sample['type'], text: string, value: Sample['value']]>([
    ['string', 'Open Mobile Alliance', 'Open Mobile Alliance'],
    ['string', '', ''],
    ['string', '\ufeff\u00b5\u20ac\u{1f600}', '\ufeff\u00b5\u20ac\u{1f600}'],
    ['integer', '0', 0],
    ['integer', '-42', -42],
    ['integer', '9007199254740991', 9007199254740991],
    ['integer', '9007199254740993', 9007199254740993n],
    ['integer', '-9223372036854775808', -9223372036854775808n],
    ['unsigned', '18446744073709551615', 18446744073709551615n],
    ['time', '1367491215', 1367491215],
    ['time', '-1', -1],
    ['float', '21.5', 21.5],
    ['float', '-0.001', -0.001],
    ['float', '1e+21', 1e21],
    ['boolean', '1', true],
    ['boolean', '0', false],
    ['opaque', 'AP+A', Uint8Array.of(0, 255, 128)],
    ['opaque', '/w==', Uint8Array.of(255)],
    ['opaque', '', new Uint8Array(0)],
    ['objlnk', '66:0', { object: 66, instance: 0 }],
    ['objlnk', '65535:65535', { object: 65535, instance: 65535 }],
    ['corelnk', '</3/0>;ver=1.1', '</3/0>;ver=1.1'],
  ])('%s %s, both ways', (type, text, value) => {
    const sample = { path: base, type, value }
    expect(read(text, type)).toEqual([sample])
    expect(Buffer.from(encodePayload(TEXT, [sample], base)).toString()).toBe(text)
  })

  it.each<[type: Sample['type'], text: string, value: Sample['value']]>([
    ['integer', '+7', 7],
    ['integer', '-0', 0],
    ['integer', '+9007199254740993', 9007199254740993n],
    ['float', '5.', 5],
    ['float', '.5', 0.5],
    ['float', 'nan', Number.NaN],
    ['float', '-inf', Number.NEGATIVE_INFINITY],
    ['float', 'Infinity', Number.POSITIVE_INFINITY],
    ['opaque', '/w', Uint8Array.of(255)],
    ['opaque', '_w', Uint8Array.of(255)],
  ])('reads %s %s', (type, text, value) => {
    expect(read(text, type)).toEqual([{ path: base, type, value }])
  })

  it.each<[type: Sample['type'], text: string]>([
    ['integer', ''],
    ['integer', '-'],
    ['integer', '1.5'],
    ['integer', ' 1'],
    ['integer', '0x10'],
    ['integer', '9223372036854775808'],
    ['integer', '-9223372036854775809'],
    ['integer', '9'.repeat(1000)],
    ['unsigned', '-1'],
    ['unsigned', '18446744073709551616'],
    ['time', '2026-01-01'],
    ['float', ''],
    ['float', '0x10'],
    ['float', '1,5'],
    ['float', '1 '],
    ['float', '1e999'],
    ['float', '1-1'],
    ['boolean', 'true'],
    ['boolean', '2'],
    ['opaque', 'A'],
    ['opaque', 'AB!D'],
    ['opaque', 'AA=A'],
    ['objlnk', '66'],
    ['objlnk', '66:'],
    ['objlnk', ':0'],
    ['objlnk', '66:65536'],
    ['objlnk', '6.6:0'],
  ])('refuses %s %s', (type, text) => {
    expect(() => read(text, type)).toThrow(expect.objectContaining({ code: 'payload_type' }))
  })

  it('is a string where the model does not know the resource', () => {
    expect(read('21.5', undefined)).toEqual([{ path: base, type: 'string', value: '21.5' }])
    expect(read('21.5', 'none')).toEqual([{ path: base, type: 'string', value: '21.5' }])
  })

  it('is what a payload without Content-Format is', () => {
    const samples = decodePayload(undefined, Buffer.from('7'), contextOfType(base, 'integer'))
    expect(samples).toEqual([{ path: base, type: 'integer', value: 7 }])
  })

  it('refuses bytes that are no UTF-8', () => {
    const context = contextOfType(base, 'string')
    for (const text of ['c3', '41 ff', 'ed a0 80', `${'41'.repeat(40)} c0 80`]) {
      expect(() => decodePayload(TEXT, bytes(text), context)).toThrow('UTF-8')
    }
  })

  it('is the value of one resource only', () => {
    for (const above of ['/', '/9', '/9/0']) {
      const context = contextOfType(above, 'string')
      expect(() => decodePayload(TEXT, Buffer.from('x'), context)).toThrow(
        expect.objectContaining({ code: 'payload_malformed' }),
      )
    }
    const one: Sample = { path: '/9/0/0', type: 'integer', value: 1 }
    const unsupported = expect.objectContaining({ code: 'payload_unsupported' })
    expect(() => encodePayload(TEXT, [one], '/9/0')).toThrow(unsupported)
    expect(() => encodePayload(TEXT, [one, one], base)).toThrow(unsupported)
    expect(() => encodePayload(TEXT, [], base)).toThrow(unsupported)
    expect(() => encodePayload(TEXT, [{ ...one, type: 'none' }], base)).toThrow(unsupported)
    expect(() => encodePayload(TEXT, [{ path: base, type: 'float', value: Number.NaN }], base)).toThrow(
      unsupported,
    )
  })
})

describe('opaque', () => {
  it('is the bytes, both ways, in an array of their own', () => {
    const payload = Buffer.from([0, 255, 128])
    const [sample, ...more] = decodePayload(OPAQUE, payload, contextOfType(base, 'opaque'))
    expect(sample).toEqual({ path: base, type: 'opaque', value: Uint8Array.of(0, 255, 128) })
    expect(more).toEqual([])
    if (sample !== undefined)
      expect(encodePayload(OPAQUE, [sample], base)).toEqual(Uint8Array.of(0, 255, 128))
    payload.fill(1)
    expect(sample?.value).toEqual(Uint8Array.of(0, 255, 128))
  })

  it('is opaque where the model does not know the resource, and refused where it knows another type', () => {
    expect(decodePayload(OPAQUE, bytes('00'), contextOfType(base, undefined))[0]?.type).toBe('opaque')
    expect(() => decodePayload(OPAQUE, bytes('00'), contextOfType(base, 'integer'))).toThrow(
      expect.objectContaining({ code: 'payload_type' }),
    )
  })
})

describe('link format as a value', () => {
  const links = '</3/0>;ver=1.1, </4/0>'

  it('is the text as it came, both ways', () => {
    const sample: Sample = { path: base, type: 'corelnk', value: links }
    expect(decodePayload(LINK_FORMAT, Buffer.from(links), contextOfType(base, undefined))).toEqual([sample])
    expect(Buffer.from(encodePayload(LINK_FORMAT, [sample], base)).toString()).toBe(links)
  })

  it('is refused where it is none, and where the model knows another type', () => {
    const decode = (text: string, type: Sample['type']) =>
      decodePayload(LINK_FORMAT, Buffer.from(text), contextOfType(base, type))
    expect(() => decode('links', 'corelnk')).toThrow(expect.objectContaining({ code: 'payload_malformed' }))
    expect(() => decode(links, 'integer')).toThrow(expect.objectContaining({ code: 'payload_type' }))
  })
})
