import { describe, expect, it } from 'vitest'
import { Code } from '../../../src/coap/code.ts'
import { DeviceRefusal } from '../../../src/lwm2m/device-refusal.ts'

const refusal = (payload: string | Uint8Array, contentFormat?: number) =>
  new DeviceRefusal({ code: Code.notFound, contentFormat, payload: Buffer.from(payload) })

const BARE = 'the device answered 4.04'

describe('the answer of a device that refuses', () => {
  it('is passed on by its code', () => {
    expect(refusal('')).toMatchObject({ code: 'device_refused', response: '4.04', message: BARE })
  })

  it.each([
    ['a text', 'no such instance', 'no such instance'],
    ['letters of all scripts', 'nicht gefunden: Grüße 温度 🌡', 'nicht gefunden: Grüße 温度 🌡'],
    ['several lines', ' first\r\nsecond\n', 'first second'],
    ['controls', 'a\u0000b\u001b[31mc\u0085d\u2028e\tf', 'a b [31mc d e f'],
    ['marks that turn the text around', 'a\u202eb\u2066c\ufeff', 'a b c'],
    ['256 characters', 'ü'.repeat(256), 'ü'.repeat(256)],
    ['257 characters', 'ü'.repeat(257), `${'ü'.repeat(255)}…`],
    ['a long text of wide characters', '🌡'.repeat(20_000), `${'🌡'.repeat(255)}…`],
    ['a long text that is cut within a character', `a${'🌡'.repeat(20_000)}`, `a${'🌡'.repeat(254)}…`],
  ])('tells why, in one clean line: %s', (_name, payload, shown) => {
    expect(refusal(payload).message).toBe(`${BARE}: ${shown}`)
    expect(refusal(payload, 0).message).toBe(`${BARE}: ${shown}`)
  })

  it.each([
    ['no UTF-8', Uint8Array.of(0x66, 0xff, 0x66), undefined],
    ['UTF-8 that is cut short', Uint8Array.of(0x66, 0xf0, 0x9f), undefined],
    ['nothing but controls', '\u0000\n \u001b', undefined],
    ['another format', '{"why":"no"}', 50],
  ])('tells no more than its code for %s', (_name, payload, contentFormat) => {
    expect(refusal(payload, contentFormat).message).toBe(BARE)
  })
})
