import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Publication } from '../../../src/mapping/publication.ts'
import { isTopicName, matches } from '../../../src/mqtt/topic.ts'
import { extras, facts, requests, topicText } from './arbitraries.ts'
import { answer, device, mapping, message, progress, read, reject, standing, up } from './plain-rig.ts'

const [filter = ''] = mapping.filtersOf()

/** What has to hold of everything that goes to the broker. */
function check(publications: readonly Publication[]): void {
  const ids = publications.map(({ userProperties }) => userProperties?.id)
  expect(new Set(ids).size).toBe(publications.length)
  for (const { topic, payload, retain, qos } of publications) {
    expect(isTopicName(topic)).toBe(true)
    expect(matches(filter, topic)).toBe(false)
    expect(qos).toBe(1)
    if (payload === '') expect(retain).toBe(true)
    else expect(() => JSON.parse(String(payload))).not.toThrow()
  }
  for (const id of ids) expect(id).toMatch(/^[\x20-\x7e]+$/)
}

it('whatever happens to whatever device: valid topics and JSON, and nothing where commands are taken', () => {
  fc.assert(
    fc.property(facts, (fact) => {
      check(up(fact))
      if ('registration' in fact) check(standing({ ...device, registration: fact.registration }))
    }),
    { numRuns: 500 },
  )
})

it('a value is the number, the digits or the text that it was', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }), (value) => {
      const fact = {
        id: 'f',
        at: 0,
        endpoint: 'e',
        type: 'values',
        source: 'notify',
        path: '/9/0/1',
        late: false,
      } as const
      const [only] = up({ ...fact, samples: [{ path: '/9/0/1', type: 'integer', value }] })
      expect(only?.payload).toBe(`{"value":${value},"time":0}`)
    }),
  )
})

const actions = fc.oneof(
  topicText,
  fc.constant('request'),
  fc
    .tuple(fc.constantFrom('read', 'write', 'execute', 'observe', 'cancel'), topicText)
    .map(([verb, rest]) => `${verb}/${rest}`),
)
it('any message on any command topic gives orders or a rejection, and an answer that can be sent', () => {
  fc.assert(
    fc.property(topicText, actions, requests, extras, (level, action, payload, extra) => {
      const given = message(`device/${level.replaceAll('/', '_')}/do/${action}`, payload, extra)
      expect(matches(filter, given.topic)).toBe(true)
      const { orders, rejections } = read(given)
      expect(orders.length + rejections.length).toBe(given.retain && payload.length === 0 ? 0 : 1)
      for (const rejection of rejections) {
        check(reject(rejection))
        expect(rejection.id?.length ?? 0).toBeLessThanOrEqual(128)
      }
      for (const order of orders) {
        const { command, reply } = order
        expect(command.id.length).toBeLessThanOrEqual(128)
        const { id, endpoint, operation, path } = command
        check(progress(order, 'queued'))
        check(answer({ id, endpoint, operation, path, status: 'ok', samples: [] }, reply))
      }
    }),
    { numRuns: 2000 },
  )
})
