import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ascending } from '../../../src/lib/ascending.ts'

interface Item {
  readonly key: number
  readonly name: number
}

const keyOf = ({ key }: Item): number => key

describe('ascending', () => {
  it('is the list itself where it is in order', () => {
    for (const keys of [[], [1], [1, 1, 2], [-5, 0, Number.MAX_SAFE_INTEGER]]) {
      const items = keys.map((key, name) => ({ key, name }))
      expect(ascending(items, keyOf)).toBe(items)
    }
  })

  it('is a new list in order where it is not, and the old one stays as it was', () => {
    const items = [3, 1, 2].map((key, name) => ({ key, name }))
    expect(ascending(items, keyOf).map(keyOf)).toEqual([1, 2, 3])
    expect(items.map(keyOf)).toEqual([3, 1, 2])
  })

  it('holds all items in order, and equal ones as they were', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 4 })), (keys) => {
        const items = keys.map((key, name) => ({ key, name }))
        const sorted = ascending(items, keyOf)
        expect(new Set(sorted)).toEqual(new Set(items))
        expect(sorted.length).toBe(items.length)
        for (const [index, item] of sorted.entries()) {
          const next = sorted[index + 1] ?? { key: Number.POSITIVE_INFINITY, name: 0 }
          expect(item.key < next.key || (item.key === next.key && item.name < next.name)).toBe(true)
        }
      }),
    )
  })
})
