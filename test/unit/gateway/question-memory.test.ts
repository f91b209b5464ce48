import { describe, expect, it } from 'vitest'
import { QuestionMemory } from '../../../src/gateway/question-memory.ts'
import type { Result } from '../../../src/lwm2m/command.ts'
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

  it('keeps the commands of one message apart', () => {
    const { memory } = rig()
    const first = memory.remember('e', '42', 'words', 0)
    const second = memory.remember('e', '42', 'words', 1)
    memory.answered(second, RESULT)
    expect(memory.find('e', '42', 'words', 0)).toBe(first)
    expect(memory.find('e', '42', 'words', 1)).toBe(second)
    expect(memory.find('e', '1:42', 'words')).toBeUndefined()
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

  /** An answer with a text, or bytes, of this length. */
  const long = (value: string | Uint8Array): Result => ({
    ...{ id: '42', endpoint: 'e', operation: 'read', path: '/3/0/0', status: 'ok', code: '2.05' },
    samples: [{ path: '/3/0/0', type: typeof value === 'string' ? 'string' : 'opaque', value }],
  })
  const MEGABYTE = 2 ** 20

  it.each([
    ['text', 'x'.repeat(MEGABYTE)],
    ['bytes', new Uint8Array(MEGABYTE)],
    ['a view that keeps much more than it shows', new Uint8Array(MEGABYTE).subarray(0, 1)],
  ])('holds 32 MiB of answers and forgets the oldest first: %s', (_name, value) => {
    const { memory } = rig()
    const answer = (id: number) => memory.answered(memory.remember('e', String(id), 'words'), long(value))
    for (let id = 0; id < 31; id++) answer(id)
    expect(memory.find('e', '0', 'words')).toBeDefined()
    answer(31)
    expect(memory.find('e', '0', 'words')).toBeUndefined()
    expect(memory.find('e', '1', 'words')).toBeDefined()
    for (let again = 0; again < 100; again++) answer(31)
    expect(memory.find('e', '1', 'words')).toBeDefined()
  })

  it('an answer longer than all of that is not kept, and pushes out no other', () => {
    const { memory } = rig()
    memory.answered(memory.remember('e', '1', 'words'), RESULT)
    memory.answered(memory.remember('e', '2', 'words'), long('x'.repeat(32 * MEGABYTE)))
    expect(memory.find('e', '1', 'words')?.result).toBe(RESULT)
    expect(memory.find('e', '2', 'words')).toBeUndefined()
  })

  it('what was forgotten with time leaves room', () => {
    const { clock, memory } = rig()
    for (let round = 0; round < 3; round++) {
      for (let id = 0; id < 31; id++)
        memory.answered(memory.remember('e', String(id), 'words'), long('x'.repeat(MEGABYTE)))
      expect(memory.find('e', '0', 'words')).toBeDefined()
      clock.advance(120_001)
    }
  })

  it('takes 16 repeaters of one question, and 32 MiB of them in all, until they are answered', () => {
    const { memory } = rig()
    const small = { serial: 's', topic: undefined, correlationData: undefined, question: undefined }
    const large = { ...small, correlationData: new Uint8Array(4 * MEGABYTE) }
    const [one, other] = [memory.remember('e', '1', 'words'), memory.remember('e', '2', 'words')]
    const taken = Array.from({ length: 17 }, () => memory.repeat(one, small))
    expect(taken).toEqual([...Array(16).fill(true), false])
    for (let round = 0; round < 2; round++) {
      expect(Array.from({ length: 8 }, () => memory.repeat(other, large))).toEqual([
        ...Array(7).fill(true),
        false,
      ])
      expect(memory.answered(other, RESULT)).toHaveLength(7)
    }
    expect(memory.answered(one, RESULT)).toHaveLength(16)
  })

  it('what a repeater asked counts as well', () => {
    const { memory } = rig()
    const text = 'x'.repeat(4 * MEGABYTE)
    const message = { topic: 't', levels: {}, payload: text, text, properties: {}, retained: false }
    const question = { mapping: 'plain', rule: 'request', message, remember: undefined }
    const reply = { serial: 's', topic: undefined, correlationData: undefined, question }
    const one = memory.remember('e', '1', 'words')
    expect(Array.from({ length: 8 }, () => memory.repeat(one, reply))).toEqual([
      ...Array(7).fill(true),
      false,
    ])
  })
})
