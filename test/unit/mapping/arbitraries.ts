import fc from 'fast-check'
import type { Fact } from '../../../src/lwm2m/fact.ts'
import type { Sample } from '../../../src/lwm2m/value.ts'
import { registration } from '../lwm2m/registration.ts'

/** What devices and clients of the broker may do, for tests of any mapping. */

export const anyText = fc.string({ unit: 'binary', maxLength: 60 })

/** A Register without a name is refused. */
export const endpoints = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }),
  fc.constantFrom('küche/1', '+', '#', '%', 'do', '../do/request', '$share', 'ü'.repeat(127)),
)

const ids = fc.nat({ max: 65534 })
/** Objects that presets speak of, besides any others. */
const objectIds = fc.oneof(ids, fc.constantFrom(3, 5, 6, 3303, 3311, 3312, 3342))
const resourceIds = fc.oneof(ids, fc.constantFrom(0, 9, 5700, 5701, 5706, 5850, 5851))

export const paths = fc
  .tuple(objectIds, ids, resourceIds, fc.option(ids, { nil: undefined }))
  .map((path) => `/${path.filter((id) => id !== undefined).join('/')}`)

const anyValue = fc.oneof(
  anyText,
  fc.double(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
  fc.boolean(),
  fc.uint8Array({ maxLength: 20 }),
  fc.record({ object: ids, instance: ids }),
)

export const samples: fc.Arbitrary<Sample> = fc.record(
  {
    path: paths,
    type: fc.constant('string' as const),
    value: anyValue,
    time: fc.maxSafeNat(),
    unit: anyText,
  },
  { requiredKeys: ['path', 'type', 'value'] },
)

const objects = fc.uniqueArray(
  fc.record({
    id: objectIds,
    version: fc.constantFrom('1.0', '1.1'),
    instances: fc.uniqueArray(ids, { maxLength: 3 }),
  }),
  { selector: ({ id }) => id, maxLength: 5 },
)

const base = { id: fc.constant('f-1'), at: fc.maxSafeNat(), endpoint: endpoints }

/** Whatever the LwM2M server tells. */
export const facts: fc.Arbitrary<Fact> = fc.oneof(
  fc.record({
    ...base,
    type: fc.constant('values' as const),
    source: fc.constantFrom('notify' as const, 'observe' as const, 'read' as const),
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
      objects,
    })
    .map(({ attributes, objects, ...fact }) => ({
      ...fact,
      registration: registration({ endpoint: fact.endpoint, attributes, objects }),
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

/** A topic from a broker has no wildcard and no NUL. */
export const topicText = anyText.map((text) => text.replace(/[+#\0]/g, '_'))

const operations = fc.constantFrom('read', 'write', 'execute', 'observe', 'cancel')

/** Payloads of messages: bytes, JSON, requests, and what the contracts of presets ask for. */
export const requests = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.json().map((text) => Buffer.from(text)),
  fc.constantFrom('ON', 'OFF', 'true', '21.5', '', 'online').map((text) => Buffer.from(text)),
  fc
    .record(
      {
        id: fc.jsonValue(),
        operation: fc.oneof(operations, fc.jsonValue()),
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
  fc
    .record(
      {
        reqID: fc.jsonValue(),
        msgType: fc.oneof(operations, fc.constantFrom('discover', 'create', 'write-attr'), fc.jsonValue()),
        data: fc.oneof(
          fc.record(
            {
              path: fc.oneof(paths, fc.jsonValue()),
              type: fc.oneof(fc.constantFrom('Integer', 'String', 'Float'), fc.jsonValue()),
              value: fc.jsonValue(),
              basePath: fc.oneof(paths, fc.jsonValue()),
              content: fc.jsonValue(),
              args: fc.jsonValue(),
            },
            { requiredKeys: [] },
          ),
          fc.jsonValue(),
        ),
      },
      { requiredKeys: [] },
    )
    .map((body) => Buffer.from(JSON.stringify(body))),
)

/** What MQTT 5 puts beside a payload. */
export const extras = fc.record(
  {
    retain: fc.boolean(),
    responseTopic: fc.oneof(topicText, fc.constant('site/lwm2m/reply/app')),
    correlationData: fc.uint8Array({ maxLength: 200 }),
  },
  { requiredKeys: [] },
)
