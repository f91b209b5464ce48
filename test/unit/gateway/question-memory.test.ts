import { describe, expect, it } from 'vitest'
import { QuestionMemory } from '../../../src/gateway/question-memory.ts'
import { SimulatedClock } from '../../support/clock.ts'
import { ok } from './fakes.ts'

const RESULT = ok({ id: '42', endpoint: 'e', operation: 'read', path: '/3' })

function rig() {
  const clock = new SimulatedClock()
  return { clock, memory: new QuestionMemory(clock) }
}

describe('QuestionMemory', () => {
  it('finds a question by endpoint, id and words', () => {
    const { memory } = rig()
    const question = memory.remember('e', '42', 'words')
    expect(memory.find('e', '42', 'words')).toBe(question)
    expect(memory.find('e', '42', 'other words')).toBeUndefined()
    expect(memory.find('e', '4', 'words')).toBeUndefined()
    expect(memory.find('e4', '2', 'words')).toBeUndefined()
    expect(memory.find('', 'e42', 'words')).toBeUndefined()
  })

  it('keeps the answer for 120 s', () => {
    const { clock, memory } = rig()
    const question = memory.remember('e', '42', 'words')
    clock.advance(1_000)
    memory.answered(question, RESULT)
    clock.advance(120_000)
    expect(memory.find('e', '42', 'words')?.result).toBe(RESULT)
    clock.advance(1)
    expect(memory.find('e', '42', 'words')).toBeUndefined()
  })

  it('keeps a question as long as it is under way', () => {
    const { clock, memory } = rig()
    const question = memory.remember('e', '42', 'words')
    clock.advance(3_600_000)
    expect(memory.find('e', '42', 'words')).toBe(question)
  })

  it('other words take the place of the first question, under way or answered', () => {
    const { memory } = rig()
    const first = memory.remember('e', '42', 'first')
    const second = memory.remember('e', '42', 'second')
    memory.answered(first, RESULT)
    expect(memory.find('e', '42', 'second')).toBe(second)
    memory.answered(second, RESULT)
    expect(memory.find('e', '42', 'second')).toBe(second)
    expect(memory.find('e', '42', 'first')).toBeUndefined()
  })

  it('an id that is answered anew does not keep older answers', () => {
    const { clock, memory } = rig()
    memory.answered(memory.remember('e', '1', 'first'), RESULT)
    clock.advance(1_000)
    memory.answered(memory.remember('e', '2', 'words'), RESULT)
    clock.advance(100_000)
    memory.answered(memory.remember('e', '1', 'second'), RESULT)
    clock.advance(20_001)
    expect(memory.find('e', '2', 'words')).toBeUndefined()
    expect(memory.find('e', '1', 'second')?.result).toBe(RESULT)
  })

  it('holds 10,000 answers and forgets the oldest first', () => {
    const { memory } = rig()
    for (let id = 0; id <= 10_000; id++) memory.answered(memory.remember('e', String(id), 'words'), RESULT)
    expect(memory.find('e', '0', 'words')).toBeUndefined()
    expect(memory.find('e', '1', 'words')?.result).toBe(RESULT)
    expect(memory.find('e', '10000', 'words')?.result).toBe(RESULT)
  })
})
