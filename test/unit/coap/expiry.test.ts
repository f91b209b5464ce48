import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Expiring, Expiry } from '../../../src/coap/expiry.ts'
import { SimulatedClock } from '../../support/clock.ts'

class Item implements Expiring<Item> {
  readonly name: string
  expires = 0
  previous: Item | undefined
  next: Item | undefined

  constructor(name: string) {
    this.name = name
  }
}

function make(lifetime = 10_000): { clock: SimulatedClock; expiry: Expiry<Item>; gone: string[] } {
  const clock = new SimulatedClock()
  const gone: string[] = []
  const expiry = new Expiry<Item>('expiry', clock, lifetime, (item) => gone.push(item.name))
  return { clock, expiry, gone }
}

describe('an expiry', () => {
  it('hands out each item after its lifetime, oldest first', () => {
    const { clock, expiry, gone } = make()
    expiry.add(new Item('one'))
    clock.advance(4_000)
    expiry.add(new Item('two'))
    clock.advance(5_999)
    expect(gone).toEqual([])
    clock.advance(1)
    expect(gone).toEqual(['one'])
    expect(expiry.first?.name).toBe('two')
    clock.advance(4_000)
    expect(gone).toEqual(['one', 'two'])
    expect(clock.pending()).toEqual([])
  })

  it('has one timer for all', () => {
    const { clock, expiry } = make()
    for (let index = 0; index < 100; index++) expiry.add(new Item(`${index}`))
    expect(clock.pending()).toEqual(['expiry'])
    expiry.stop()
    expect(clock.pending()).toEqual([])
  })

  it('keeps to one timer where what expires is added again', () => {
    const clock = new SimulatedClock()
    let rounds = 0
    const expiry: Expiry<Item> = new Expiry<Item>('expiry', clock, 1_000, (item) => {
      rounds++
      expiry.add(item)
    })
    expiry.add(new Item('again'))
    clock.advance(5_000)
    expect(rounds).toBe(5)
    expect(clock.pending()).toEqual(['expiry'])
  })
})

it('whatever is added and removed, the rest expires in the order of adding', () => {
  const step = fc.record({ wait: fc.nat(3_000), remove: fc.option(fc.nat(40), { nil: undefined }) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const { clock, expiry, gone } = make(100_000_000)
      const items: Item[] = []
      const removed = new Set<Item>()
      for (const [index, { wait, remove }] of steps.entries()) {
        clock.advance(wait)
        const item = new Item(`${index}`)
        items.push(item)
        expiry.add(item)
        const victim = remove === undefined ? undefined : items[remove]
        if (victim === undefined || removed.has(victim)) continue
        removed.add(victim)
        expiry.remove(victim)
      }
      const left = items.filter((item) => !removed.has(item)).map(({ name }) => name)
      expect(expiry.first?.name).toBe(left[0])
      clock.advance(200_000_000)
      expect(gone).toEqual(left)
      expect(expiry.first).toBeUndefined()
    }),
  )
})
