import fc from 'fast-check'
import { expect, it } from 'vitest'
import { bytesKey, noBytes } from '../../../src/lib/bytes.ts'

it('the key of a token is one character for each byte, so that no two tokens share one', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 8 }), (token) => {
      const key = bytesKey(token)
      expect(Array.from(key, (character) => character.charCodeAt(0))).toEqual([...token])
    }),
  )
  expect(bytesKey(noBytes)).toBe('')
})
