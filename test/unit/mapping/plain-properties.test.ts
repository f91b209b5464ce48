import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Fact } from '../../../src/lwm2m/fact.ts'
import type { Sample } from '../../../src/lwm2m/value.ts'
import type { Publication } from '../../../src/mapping/publication.ts'
import { isTopicName, matches } from '../../../src/mqtt/topic.ts'
import { registration } from '../lwm2m/registration.ts'
import { answer, device, mapping, message, progress, read, reject, standing, up } from './plain-rig.ts'

const [filter = ''] = mapping.filters

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

const anyText = fc.string({ unit: 'binary', maxLength: 60 })
const endpoints = fc.oneof(
  anyText,
  fc.constantFrom('küche/1', '+', '#', '%', 'do', '../do/request', '$share'),
)
const ids = fc.nat({ max: 65534 })
const paths = fc.array(ids, { minLength: 3, maxLength: 4 }).map((path) => `/${path.join('/')}`)
const anyValue = fc.oneof(
  anyText,
  fc.double(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
  fc.boolean(),
  fc.uint8Array({ maxLength: 20 }),
  fc.record({ object: ids, instance: ids }),
)
const samples: fc.Arbitrary<Sample> = fc.record(
  {
    path: paths,
    type: fc.constant('string' as const),
    value: anyValue,
    time: fc.maxSafeNat(),
    unit: anyText,
  },
  { requiredKeys: ['path', 'type', 'value'] },
)
const base = { id: fc.constant('f-1'), at: fc.maxSafeNat(), endpoint: endpoints }
const facts: fc.Arbitrary<Fact> = fc.oneof(
  fc.record({
    ...base,
    type: fc.constant('values' as const),
    source: fc.constant('notify' as const),
    path: paths,
    samples: fc.array(samples, { maxLength: 5 }),
    late: fc.boolean(),
  }),
  fc
    .record({
      ...base,
      type: fc.constantFrom(
        'registered' as const,
        'updated' as const,
        'deregistered' as const,
        'expired' as const,
      ),
      attributes: fc.dictionary(anyText, anyText),
    })
    .map(({ attributes, ...fact }) => ({
      ...fact,
      registration: registration({ endpoint: fact.endpoint, attributes }),
    })),
  fc.record({
    ...base,
    type: fc.constant('undecodable' as const),
    path: paths,
    contentFormat: fc.option(ids, { nil: undefined }),
    payload: fc.uint8Array(),
    code: fc.constant('payload_malformed' as const),
    reason: anyText,
  }),
  fc.record({
    ...base,
    type: fc.constant('refused' as const),
    endpoint: fc.option(endpoints, { nil: undefined }),
    address: anyText,
    code: fc.constant('register_links' as const),
    reason: anyText,
  }),
  fc.record({
    ...base,
    type: fc.constant('refusals-suppressed' as const),
    endpoint: fc.constant(undefined),
    count: fc.nat(),
  }),
)

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

// A topic from a broker has no wildcard and no NUL.
const topicText = anyText.map((text) => text.replace(/[+#\0]/g, '_'))
const actions = fc.oneof(
  topicText,
  fc.constant('request'),
  fc
    .tuple(fc.constantFrom('read', 'write', 'execute', 'observe', 'cancel'), topicText)
    .map(([verb, rest]) => `${verb}/${rest}`),
)
const requests = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.json().map((text) => Buffer.from(text)),
  fc
    .record(
      {
        id: fc.jsonValue(),
        operation: fc.oneof(fc.constantFrom('read', 'write', 'execute', 'observe', 'cancel'), fc.jsonValue()),
        path: fc.oneof(paths, fc.jsonValue()),
        deadline: fc.jsonValue(),
        format: fc.jsonValue(),
        value: fc.jsonValue(),
        mode: fc.jsonValue(),
        arguments: fc.jsonValue(),
        passive: fc.jsonValue(),
      },
      { requiredKeys: [] },
    )
    .map((body) => Buffer.from(JSON.stringify(body))),
)
const extras = fc.record(
  {
    retain: fc.boolean(),
    responseTopic: fc.oneof(topicText, fc.constant('site/lwm2m/reply/app')),
    correlationData: fc.uint8Array({ maxLength: 200 }),
  },
  { requiredKeys: [] },
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
