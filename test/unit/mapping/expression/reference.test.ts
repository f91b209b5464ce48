import { describe, expect, it } from 'vitest'
import { ExpressionRig } from './rig.ts'

const rig = new ExpressionRig()
const object = {
  a: { b: 1n, none: null, empty: undefined, length: 3 },
  items: [1, 2],
  text: 'abc',
  toString: 7,
}
const scopes = {
  object,
  table: new Map<string, unknown>([...Object.entries(object), ['size', 'own']]),
  bare: Object.assign(Object.create(null) as object, object),
}
const paths = [
  'payload',
  'payload.a',
  'payload.a.b',
  'payload.a.none',
  'payload.a.empty',
  'payload.a.length',
  'payload.none',
  'payload.none.deeper',
  'payload.a.none.deeper',
  'payload.a.none',
  'payload.items',
  'payload.items.length',
  'payload.text.length',
  'payload.size',
  'payload.toString',
  'payload.hasOwnProperty',
  'payload.a.valueOf',
  'payload.items.map',
  'payload.get',
]

describe('references, which are read without CEL', () => {
  it.each(Object.entries(scopes))('give what CEL gives, for %s', (_name, payload) => {
    for (const path of paths) {
      // The parentheses around a ternary keep it a calculation.
      const calculated = rig.compile(`true ? ${path} : ${path}`)
      expect(rig.evaluate(path, { payload }), path).toBe(calculated.evaluate({ payload }))
    }
  })

  it.each([null, undefined, 'text', 5, true, [1], new Uint8Array(2)])('give nothing of %j', (payload) => {
    expect(rig.evaluate('payload.length', { payload })).toBeUndefined()
    expect(rig.evaluate('true ? payload.length : payload', { payload })).toBeUndefined()
  })

  it('read a property once, and no more than is asked for', () => {
    let reads = 0
    const scope = {
      get payload() {
        reads++
        return { a: 1 }
      },
      get other(): never {
        throw new Error('read')
      },
    }
    expect(rig.evaluate('payload.a', scope)).toBe(1)
    expect(reads).toBe(1)
  })
})
