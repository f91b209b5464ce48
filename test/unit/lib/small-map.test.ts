import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SmallMap } from '../../../src/lib/small-map.ts'

const step = fc.record({ sets: fc.boolean(), key: fc.constantFrom('a', 'b', 'c'), value: fc.integer() })

describe('small map', () => {
  it('is empty, holds one, holds several, and is empty again', () => {
    const map = new SmallMap<string, number>()
    expect([...map]).toEqual([])
    map.set('a', 1)
    map.set('a', 2)
    expect([...map]).toEqual([['a', 2]])
    map.set('b', 3)
    expect([...map.keys()]).toEqual(['a', 'b'])
    expect([...map.values()]).toEqual([2, 3])
    map.delete('a')
    map.delete('b')
    expect([map.size, map.has('a'), map.get('b')]).toEqual([0, false, undefined])
  })

  it('does what a Map does', () => {
    const play = (steps: readonly { sets: boolean; key: string; value: number }[]): void => {
      const small = new SmallMap<string, number>()
      const map = new Map<string, number>()
      for (const { sets, key, value } of steps) {
        if (sets) {
          small.set(key, value)
          map.set(key, value)
        } else {
          small.delete(key)
          map.delete(key)
        }
        expect([...small]).toEqual([...map])
        expect(small.size).toBe(map.size)
        for (const one of ['a', 'b', 'c']) {
          expect(small.get(one)).toBe(map.get(one))
          expect(small.has(one)).toBe(map.has(one))
        }
      }
    }
    fc.assert(fc.property(fc.array(step, { maxLength: 12 }), play))
  })
})
