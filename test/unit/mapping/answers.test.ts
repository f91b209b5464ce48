import { describe, expect, it } from 'vitest'

import type { MappingDocument } from '../../../src/mapping/document.ts'
import type { OrderResult } from '../../../src/mapping/order-command.ts'
import { layersOf } from './layers-rig.ts'
import { BASE, device } from './plain-rig.ts'

const MEGABYTE = 2 ** 20
const standard: MappingDocument = {
  name: 'standard',
  defaults: { answer: { topic: 'standard', payload: { id: '${result.id}', how: '${result}' } } },
}
/** A file whose rule answers so. */
const house = (payload: string, defaults?: string): MappingDocument => ({
  name: 'house',
  ...(defaults === undefined
    ? undefined
    : { defaults: { answer: { topic: 'defaults', payload: defaults } } }),
  commands: [
    { name: 'ask', topic: 'ask/{device}', $value: '${payload}', answer: { topic: 'own', payload } },
    { name: 'silent', topic: 'silent/{device}', $value: '${payload}' },
  ],
})

/** How a read of a text of this length is answered, and what failed. */
function answered(file: MappingDocument, length: number, topic = 'ask') {
  const layers = layersOf(file, standard)
  const payload = Buffer.from('{"id":"42","operation":"read","path":"/3/0/0"}')
  const message = { topic: `${topic}/room-1`, payload, retain: false, correlationData: Uint8Array.of(7) }
  const [order] = layers.down(message, 's', BASE.at, { snapshot: () => device }).orders
  if (order === undefined) throw new Error('no command came of it')
  const samples = [{ path: '/3/0/0', type: 'string', value: 'x'.repeat(length) }] as const
  const { id, endpoint, operation, path } = order.command
  const result: OrderResult = { id, endpoint, operation, path, status: 'ok', code: '2.05', samples }
  const { publications, failures } = layers.answer(result, order.reply, BASE.at, device, {})
  return {
    answers: publications.map(({ topic, payload, correlationData }) => {
      return { topic, body: JSON.parse(String(payload)) as unknown, correlationData }
    }),
    failures: failures.map(({ mapping, rule, code }) => `${mapping}/${rule}: ${code}`),
  }
}

describe('an answer', () => {
  it("is the rule's own, else its file's", () => {
    expect(answered(house('${result.code}'), 1).answers).toMatchObject([{ topic: 'own', body: '2.05' }])
    expect(answered(house('', '${result.kind}'), 1, 'silent').answers).toMatchObject([
      { topic: 'defaults', body: 'ok' },
    ])
  })

  const TEN = '[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]'
  const nested = ['a', 'b', 'c', 'd', 'e'].reduce((inner, name) => `${TEN}.map(${name}, ${inner})`, '0')

  it.each([
    ['asks for what is not there', '${result.location}', 'mapping_failed'],
    ['is too much work', `\${${nested}}`, 'mapping_budget'],
  ])('that %s is given by the fallback, with the same result', (_, payload, code) => {
    const { answers, failures } = answered(house(payload), 1)
    expect(answers).toMatchObject([
      { topic: 'standard', body: { id: '42', how: { status: 'ok' } }, correlationData: Uint8Array.of(7) },
    ])
    expect(failures).toEqual([`house/ask: ${code}`])
  })

  it('that is too long everywhere becomes an error, so that nobody waits in vain', () => {
    const { answers, failures } = answered(house('${result}'), 9 * MEGABYTE)
    const error = { code: 'mapping_budget', message: expect.stringContaining('characters') }
    const how = { id: '42', operation: 'read', path: '/3/0/0', status: 'error', kind: 'failed', error }
    expect(answers).toEqual([
      { topic: 'standard', body: { id: '42', how }, correlationData: Uint8Array.of(7) },
    ])
    expect(failures).toEqual(['house/ask: mapping_budget', 'standard/answer: mapping_budget'])
  })

  it('of a rule that says too little of a long result is its own', () => {
    expect(answered(house('${result.status}'), 9 * MEGABYTE)).toMatchObject({
      answers: [{ topic: 'own', body: 'ok' }],
      failures: [],
    })
  })
})
