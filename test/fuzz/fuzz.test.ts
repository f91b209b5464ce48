import { describe, expect, it } from 'vitest'
import { CodedError } from '../../src/lib/errors.ts'
import { SeededRandom } from '../support/random.ts'
import { findSuperlinear, fuzz } from './fuzz.ts'
import { mutate } from './mutate.ts'
import type { FuzzTarget } from './target.ts'
import { targets } from './targets.ts'

const COUNT = 3_000
const SEED = 20_260_101

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

// `npm run fuzz` does the same with a million inputs for each.
describe.each(targets.map((target) => [target.name, target] as const))('%s', (_name, target) => {
  it('takes its own seeds', () => {
    for (const seed of target.seeds) expect(() => target.run(seed), hex(seed)).not.toThrow()
  })

  it(`survives ${COUNT} mutated inputs`, () => {
    const { accepted, refused, finding } = fuzz(target, COUNT, SEED)
    expect(finding && { input: hex(finding.input), error: finding.error }).toBeUndefined()
    expect(accepted + refused).toBe(COUNT + target.seeds.length)
  })
})

describe('the harness', () => {
  const target = (run: (input: Uint8Array) => void): FuzzTarget => ({
    name: 'sample',
    seeds: [Buffer.from('0102030405060708', 'hex')],
    run,
  })

  it('reports what is thrown and no CodedError, with its input', () => {
    const { finding } = fuzz(
      target((input) => {
        if (input.includes(0xff)) throw new TypeError('a bug')
      }),
      10_000,
      SEED,
    )
    expect(finding?.error).toBeInstanceOf(TypeError)
    expect(finding?.input).toContain(0xff)
  })

  it('counts what is accepted and what is refused', () => {
    const { accepted, refused, finding } = fuzz(
      target((input) => {
        if (input[0] !== 1) throw new CodedError('coap_format', 'no')
      }),
      1_000,
      SEED,
    )
    expect(finding).toBeUndefined()
    expect(accepted).toBeGreaterThan(100)
    expect(refused).toBeGreaterThan(100)
  })

  it('makes the same inputs from the same seed, and others from another', () => {
    const inputs = (seed: number): string[] => {
      const random = new SeededRandom(seed)
      return Array.from({ length: 50 }, () => hex(mutate(random, [Buffer.from('a1b2c3d4', 'hex')])))
    }
    expect(inputs(1)).toEqual(inputs(1))
    expect(inputs(1)).not.toEqual(inputs(2))
    expect(new Set(inputs(1)).size).toBeGreaterThan(30)
  })

  it('leaves the seeds as they are', () => {
    const seed = Buffer.from('a1b2c3d4', 'hex')
    const random = new SeededRandom(1)
    for (let count = 0; count < 1_000; count++) mutate(random, [seed])
    expect(hex(seed)).toBe('a1b2c3d4')
  })

  it('finds what costs more than its length', () => {
    const square = target((input) => {
      let sum = 0
      for (const one of input)
        for (let at = 0; at < input.length; at += 16) sum += one ^ (input[at] as number)
      if (sum < 0) throw new Error('never')
    })
    expect(findSuperlinear(square)?.error).toMatchObject({ message: expect.stringContaining('times more') })
  })
})
