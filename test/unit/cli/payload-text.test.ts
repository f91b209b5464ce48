import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { payloadText, safeText } from '../../../src/cli/payload-text.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

describe('a payload at the shell', () => {
  test.each([
    ['{"value":21.5}', '{"value":21.5}'],
    ['grün °C', 'grün °C'],
    ['', ''],
    ['two\nlines', String.raw`"two\nlines"`],
    ['\u001b[31mred', String.raw`"\u001b[31mred"`],
    ['\u009b31m', String.raw`"\u009b31m"`],
    ['\ufeffmark', '\ufeffmark'],
  ])('%j is %j', (text, shown) => {
    expect(payloadText(bytes(text))).toBe(shown)
  })

  test('that is no text is base64', () => {
    expect(payloadText(Uint8Array.of(0xff, 0x00))).toBe('base64:/wA=')
  })

  test('never holds a control character, whatever it is', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (payload) => {
        expect(payloadText(payload)).not.toMatch(/\p{Cc}/u)
      }),
    )
  })

  test('can be read back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const shown = safeText(text)
        expect(shown === text || JSON.parse(shown) === text).toBe(true)
      }),
    )
  })
})
