import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { States } from '../../../src/gateway/states.ts'
import { jsonBytes } from '../../../src/lib/json-size.ts'

const text = (length: number) => 'x'.repeat(length)

describe('what mappings keep of a device', () => {
  it('is bounded in bytes: what is there longest is forgotten first', () => {
    const states = new States({ bytesPerDevice: 1_000 })
    states.set('a', { first: text(400), second: text(400) })
    states.set('a', { ...states.get('a'), third: text(400) })
    expect(Object.keys(states.get('a'))).toEqual(['second', 'third'])
    expect(states.bytes).toBeLessThanOrEqual(1_000)
  })

  it('is nothing where one thing alone is above it', () => {
    const states = new States({ bytesPerDevice: 1_000 })
    states.set('a', { one: { deep: [text(1_000)] } })
    expect(states.get('a')).toEqual({})
    expect(states.bytes).toBe(0)
  })
})

describe('what mappings keep of all devices', () => {
  it('is bounded in bytes: the device that was changed longest ago is forgotten first', () => {
    const states = new States({ bytes: 1_000 })
    for (const endpoint of ['a', 'b']) states.set(endpoint, { key: text(400) })
    states.set('a', { key: text(401) })
    states.set('c', { key: text(400) })
    expect(['a', 'b', 'c'].map((endpoint) => Object.keys(states.get(endpoint)).length)).toEqual([1, 0, 1])
    expect(states.bytes).toBeLessThanOrEqual(1_000)
  })

  it('is counted to the byte, whatever is changed and forgotten', () => {
    const key = fc.constantFrom('a', 'b', 'c', 'd')
    const state = fc.dictionary(
      key,
      fc.jsonValue({ maxDepth: 2 }).map((json) => json as string),
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(key, state), { maxLength: 30 }), (changes) => {
        const states = new States({ bytesPerDevice: 400, bytes: 900, keysPerDevice: 3 })
        for (const [endpoint, next] of changes) states.set(endpoint, next)
        const kept = ['a', 'b', 'c', 'd'].flatMap((endpoint) => Object.entries(states.get(endpoint)))
        const bytes = kept.reduce((sum, [name, value]) => sum + name.length + jsonBytes(value), 0)
        expect(states.bytes).toBe(bytes)
        expect(bytes).toBeLessThanOrEqual(900)
      }),
    )
  })
})

describe('the size of JSON', () => {
  it('is found however deep it is', () => {
    let deep: readonly unknown[] = []
    for (let depth = 0; depth < 200_000; depth++) deep = [deep]
    expect(jsonBytes(deep as unknown as string)).toBeGreaterThan(200_000)
  })
})
