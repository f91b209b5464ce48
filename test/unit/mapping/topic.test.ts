import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeTopicLevel, encodeTopicLevel } from '../../../src/mapping/topic.ts'

describe('an endpoint name as a topic level', () => {
  it.each([
    ['urn:imei:123456789012345', 'urn:imei:123456789012345'],
    ['a_B-9.z', 'a_B-9.z'],
    ['a/b', 'a%2Fb'],
    ['a+b#c', 'a%2Bb%23c'],
    ['100%', '100%25'],
    ['küche 1', 'k%C3%BCche%201'],
    ['\0', '%00'],
    ['😀', '%F0%9F%98%80'],
    ['\ufeffbom', '%EF%BB%BFbom'],
  ])('%j is %s', (name, level) => {
    expect(encodeTopicLevel(name)).toBe(level)
    expect(decodeTopicLevel(level)).toBe(name)
  })

  it('comes back whatever it is, and never breaks out of its level', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (name) => {
        const level = encodeTopicLevel(name)
        expect(level).toMatch(/^[A-Za-z0-9._:%-]*$/)
        expect(decodeTopicLevel(level)).toBe(name)
      }),
    )
  })

  it('differs where the names differ', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        fc.pre(one !== other && one.isWellFormed() && other.isWellFormed())
        expect(encodeTopicLevel(one)).not.toBe(encodeTopicLevel(other))
      }),
    )
  })

  it.each(['a b', 'ü', 'a/b', '%', '%2', '%G0', 'a%', '%FF', '%C3', '%ED%A0%80'])('%j is none', (level) => {
    expect(decodeTopicLevel(level)).toBeUndefined()
  })

  it('is understood in lower case', () => {
    expect(decodeTopicLevel('k%c3%bcche%2d')).toBe('küche-')
  })
})
