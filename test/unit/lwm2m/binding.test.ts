import { describe, expect, it } from 'vitest'
import { readBinding } from '../../../src/lwm2m/binding.ts'

describe('bindings of 1.0: queue mode is a letter', () => {
  it.each([
    ['U', false],
    ['UQ', true],
    ['S', false],
    ['SQ', true],
    ['US', false],
    ['UQS', true],
  ])('%s', (text, queueMode) => {
    expect(readBinding(text, false, '1.0', true)).toEqual({ text, queueMode })
  })

  it.each(['UT', 'T', 'Q', 'USQ', 'SU', 'QU', 'u', '', 'UU', 'UQSQ'])('%j is refused', (text) => {
    expect(readBinding(text, false, '1.0', true)).toBeUndefined()
  })

  it('the parameter Q is of later versions', () => {
    expect(readBinding('U', true, '1.0', true)).toBeUndefined()
  })
})

describe.each(['1.1', '1.2'] as const)(
  'bindings of %s: letters in any order, queue mode is a parameter',
  (version) => {
    it.each(['U', 'T', 'UT', 'TU', 'S', 'N', 'M', 'H', 'UMHTSN', 'NSTHMU'])('%s', (text) => {
      expect(readBinding(text, false, version, true)).toEqual({ text, queueMode: false })
      expect(readBinding(text, true, version, true)).toEqual({ text, queueMode: true })
    })

    it.each(['UQ', 'Q', 'UQS', '', 'UU', 'UTSU', 'X', 'ut', 'U T', 'UMHTSNU'])('%j is refused', (text) => {
      expect(readBinding(text, false, version, true)).toBeUndefined()
      expect(readBinding(text, true, version, true)).toBeUndefined()
    })
  },
)

describe('not strict: the forms of all versions from any', () => {
  it.each([
    ['1.0', 'UT', false, false],
    ['1.0', 'U', true, true],
    ['1.0', 'USQ', false, true],
    ['1.1', 'UQ', false, true],
    ['1.2', 'UQS', true, true],
    ['1.1', 'Q', false, true],
    ['1.1', 'UMHTSNQ', false, true],
  ] as const)('%s with b=%s and Q %s', (version, text, queueParameter, queueMode) => {
    expect(readBinding(text, queueParameter, version, false)).toEqual({ text, queueMode })
  })

  it.each(['', 'X', 'UU', 'UQQ', 'UMHTSNQU', 'uq'])('%j is nobody’s', (text) => {
    expect(readBinding(text, false, '1.0', false)).toBeUndefined()
    expect(readBinding(text, false, '1.2', false)).toBeUndefined()
  })
})
