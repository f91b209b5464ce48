import { describe, expect, it } from 'vitest'
import { Allowance } from '../../../src/coap/allowance.ts'

function unverified(heard: number): Allowance {
  const allowance = new Allowance(false, 3)
  allowance.hear(heard)
  return allowance
}

describe('an allowance', () => {
  it('is spent to the last byte, and what does not fit costs nothing', () => {
    const allowance = unverified(10)
    expect(allowance.spend(31)).toBe(false)
    expect(allowance.spend(20)).toBe(true)
    expect(allowance.covers(10)).toBe(true)
    expect(allowance.covers(11)).toBe(false)
    expect(allowance.spend(10)).toBe(true)
    expect(allowance.spend(1)).toBe(false)
  })

  it('has no bounds once it is verified', () => {
    const allowance = unverified(0)
    allowance.isVerified = true
    expect(allowance.covers(1e9)).toBe(true)
    expect(allowance.spend(1e9)).toBe(true)
  })

  it('passes on what it has once, however many it is absorbed by', () => {
    const first = unverified(10)
    const [one, other] = [unverified(1), unverified(1)]
    one.absorb(first)
    other.absorb(first)
    expect([one.covers(33), one.covers(34), other.covers(3), other.covers(4)]).toEqual([
      true,
      false,
      true,
      false,
    ])
  })

  it('passes on that it is verified, and takes nothing from itself or nobody', () => {
    const allowance = unverified(10)
    allowance.absorb(allowance)
    allowance.absorb(undefined)
    expect([allowance.covers(30), allowance.covers(31)]).toEqual([true, false])
    allowance.absorb(new Allowance(true, 3))
    expect(allowance.covers(31)).toBe(true)
  })
})
