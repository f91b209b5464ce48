import { describe, expect, it } from 'vitest'
import { chooseFormat } from '../../../../src/lwm2m/format/choose.ts'
import {
  CBOR,
  codecFor,
  decodePayload,
  encodePayload,
  LINK_FORMAT,
  LWM2M_JSON,
  OLD_JSON,
  OLD_TLV,
  OPAQUE,
  SENML_CBOR,
  SENML_JSON,
  TEXT,
  TLV,
} from '../../../../src/lwm2m/format/formats.ts'
import { MAX_PAYLOAD_BYTES } from '../../../../src/lwm2m/format/limits.ts'
import type { Sample } from '../../../../src/lwm2m/value.ts'
import { contextOf } from '../../../vectors/context.ts'

describe('the table of formats', () => {
  it.each([
    [TEXT, 0],
    [LINK_FORMAT, 40],
    [OPAQUE, 42],
    [CBOR, 60],
    [SENML_JSON, 110],
    [SENML_CBOR, 112],
    [TLV, 11542],
    [LWM2M_JSON, 11543],
  ])('knows %i', (format, id) => {
    expect(format).toBe(id)
    expect(codecFor(format)?.contentFormat).toBe(id)
  })

  it('reads the old ids of TLV and JSON as such', () => {
    expect(codecFor(OLD_TLV)).toBe(codecFor(TLV))
    expect(codecFor(OLD_JSON)).toBe(codecFor(LWM2M_JSON))
  })

  it('refuses formats that it does not know, with the id', () => {
    const unknown = expect.objectContaining({
      code: 'format_unsupported',
      message: expect.stringContaining('65000'),
    })
    expect(codecFor(65000)).toBeUndefined()
    expect(() => decodePayload(65000, new Uint8Array(0), contextOf('/3/0'))).toThrow(unknown)
    expect(() => encodePayload(65000, [], '/3/0')).toThrow(unknown)
  })

  it('bounds the payload', () => {
    const context = contextOf('/9999/0/0')
    expect(() => decodePayload(OPAQUE, new Uint8Array(MAX_PAYLOAD_BYTES + 1), context)).toThrow(
      expect.objectContaining({ code: 'payload_malformed' }),
    )
    expect(decodePayload(OPAQUE, new Uint8Array(MAX_PAYLOAD_BYTES), context)).toHaveLength(1)
  })
})

describe('the format of a write', () => {
  const text: Sample = { path: '/3/0/14', type: 'string', value: '+02' }
  const opaque: Sample = { path: '/5/0/0', type: 'opaque', value: new Uint8Array(1) }
  const several: readonly Sample[] = [
    { path: '/3/0/7/0', type: 'integer', value: 1 },
    { path: '/3/0/7/1', type: 'integer', value: 2 },
  ]

  it.each<
    [
      version: '1.0' | '1.1' | '1.2',
      offered: number[],
      path: string,
      samples: readonly Sample[],
      format: number,
    ]
  >([
    ['1.0', [], '/3/0/14', [text], TEXT],
    ['1.0', [], '/5/0/0', [opaque], OPAQUE],
    ['1.0', [], '/3/0', [text], TLV],
    ['1.0', [], '/3/0/7', several, TLV],
    ['1.0', [11543], '/3/0', [text], TLV],
    ['1.1', [], '/3/0/14', [text], TEXT],
    ['1.1', [], '/5/0/0', [opaque], OPAQUE],
    ['1.1', [], '/3/0', [text], SENML_CBOR],
    ['1.1', [], '/3/0/7', several, SENML_CBOR],
    ['1.1', [SENML_JSON, SENML_CBOR], '/3/0/14', [text], SENML_CBOR],
    ['1.1', [SENML_JSON], '/3/0/14', [text], SENML_JSON],
    ['1.1', [SENML_JSON], '/3/0/7', several, SENML_JSON],
    ['1.1', [SENML_JSON, TLV], '/3/0/7', several, TLV],
    ['1.1', [60], '/3/0/14', [text], TEXT],
    ['1.2', [60], '/3/0', [text], SENML_CBOR],
    ['1.2', [], '/3/0/7', [], TLV],
    ['1.2', [SENML_CBOR], '/3/0/7', [], TLV],
  ])('for %s with ct %j, %s', (version, contentFormats, path, samples, format) => {
    expect(chooseFormat({ version, contentFormats }, path, samples)).toBe(format)
    expect(() => encodePayload(format, samples, path)).not.toThrow()
  })
})
