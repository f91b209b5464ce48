import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadMappings } from '../../../src/gateway/mapping-files.ts'
import type { DeviceSnapshot } from '../../../src/lwm2m/command.ts'
import { DeviceMatcher } from '../../../src/lwm2m/device-match.ts'
import type { Fact } from '../../../src/lwm2m/fact.ts'
import { LastValues } from '../../../src/lwm2m/last-values.ts'
import { builtinModel } from '../../../src/lwm2m/model/builtin.ts'
import type { Mapped, Mapping } from '../../../src/mapping/mapping.ts'
import type { Publication } from '../../../src/mapping/publication.ts'
import { isTopicName, matches } from '../../../src/mqtt/topic.ts'
import { registration } from '../lwm2m/registration.ts'
import { extras, facts, requests, topicText } from './arbitraries.ts'
import { BASE, rigOptions } from './plain-rig.ts'

const guide = readFileSync('docs/guides/mapping.md', 'utf8')
const house = /^`house.yaml`:\n\n```yaml\n(.*?)^```$/ms.exec(guide)?.[1] ?? ''

/** A preset; or the file of the guide, for any device. */
function mappingOf(name: string): Mapping {
  const folder = mkdtempSync(join(tmpdir(), 'preset-properties-'))
  try {
    writeFileSync(join(folder, 'house.yaml'), house.replace(/^match: .*$/m, ''))
    return loadMappings([name], {
      ...rigOptions,
      folder,
      filterOf: (match) => new DeviceMatcher(match),
      isResponseTopic: (topic) => topic.startsWith('site/lwm2m/reply/'),
      skipsExamples: true,
    }).layers
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function device(changes: Partial<DeviceSnapshot> = {}): DeviceSnapshot {
  return {
    registration: registration(),
    object: (id) => builtinModel.object(id, '1.1'),
    resource: (object, resource) => builtinModel.object(object, '1.1')?.resources.get(resource),
    values: new LastValues(),
    ...changes,
  }
}

/** Rules of the guide that do something with a value. */
const CALCULATING: readonly string[] = ['temperature', 'light']

const MAX_TOPIC_BYTES = 65_535

/** What has to hold of everything that goes to the broker. */
function check(publications: readonly Publication[]): void {
  for (const { topic, payload, contentType } of publications) {
    expect(isTopicName(topic)).toBe(true)
    expect(topic.replace(/^\//, '').split('/')).not.toContain('')
    expect(Buffer.byteLength(topic)).toBeLessThanOrEqual(MAX_TOPIC_BYTES)
    if (contentType === 'application/json') expect(() => JSON.parse(String(payload))).not.toThrow()
  }
}

/** A device that has told what came so far; where a fact is about its registration, with that. */
function deviceAfter(course: readonly Fact[], fact: Fact): DeviceSnapshot {
  const told = course.flatMap((one) => (one.type === 'values' ? one.samples : []))
  const last = new Map(told.map(({ path, value, unit }) => [path, { value, unit, time: fact.at }]))
  const values = { value: (path: string) => last.get(path), [Symbol.iterator]: () => last[Symbol.iterator]() }
  return device({ values, ...('registration' in fact && { registration: fact.registration }) })
}

/** Topics that a filter matches. */
function topicsOf(filter: string): fc.Arbitrary<string> {
  const level = fc.oneof(
    fc.constantFrom('room-1', 'kitchen', '3311', '0', '5850', 'set'),
    topicText.map((text) => text.replaceAll('/', '_')),
  )
  const levels = filter.split('/').map((part) => {
    if (part === '+') return level
    return part === '#'
      ? fc.array(level, { minLength: 1, maxLength: 4 }).map((all) => all.join('/'))
      : fc.constant(part)
  })
  return fc.tuple(...levels).map((parts) => parts.join('/'))
}

describe.each(['plain', 'emqx', 'homeassistant', 'house.yaml'])('the mapping %s', (name) => {
  const mapping = mappingOf(name)

  /** A rule of a preset has no excuse to fail; those of the guide fail on a value of another type. */
  function published({ publications, failures }: Mapped): void {
    const unexcused = failures.filter(({ rule }) => !CALCULATING.includes(rule))
    expect(unexcused).toEqual([])
    check(publications)
  }

  it('gives valid topics and JSON, whatever happens to whatever device', () => {
    fc.assert(
      fc.property(fc.array(facts, { minLength: 1, maxLength: 3 }), (course) => {
        let state = {}
        for (const fact of course) {
          const known = deviceAfter(course, fact)
          const mapped = mapping.up(fact, known, state)
          published(mapped)
          ;({ state } = mapped)
          for (const timer of mapped.timers) published(mapping.due(timer, fact.endpoint ?? '', known, state))
          published(mapping.standing(known, state))
          published(mapping.renew(known, fact.at, state, () => true))
        }
      }),
      { numRuns: 300 },
    )
  })

  it('speaks of the gateway in valid topics and JSON', () => {
    check(mapping.gateway('online'))
    check(mapping.gateway('offline'))
  })

  it.each(mapping.filtersOf())('gives commands or an error answer for any message on %s', (filter) => {
    fc.assert(
      fc.property(topicsOf(filter), requests, extras, (topic, payload, extra) => {
        const message = { topic, payload, retain: false, ...extra }
        expect(matches(filter, topic)).toBe(true)
        const { orders, rejections } = mapping.down(message, 'made-1', BASE.at, { snapshot: () => device() })
        for (const rejection of rejections) published(mapping.reject(rejection, BASE.at, device(), {}))
        for (const order of orders) {
          const { command, reply } = order
          const { id, endpoint, operation, path } = command
          published(mapping.progress(order, 'queued', BASE.at, device(), {}))
          const result = { id, endpoint, operation, path, status: 'ok', samples: [] } as const
          published(mapping.answer(result, reply, BASE.at, device(), {}))
        }
        const triggered = mapping.triggered(message, 'made-1', BASE.at)
        if (triggered !== undefined) published(triggered.tell(device(), {}))
        const isIgnored = (message.retain && payload.length === 0) || filter === 'homeassistant/status'
        if (!isIgnored) expect(orders.length + rejections.length).toBeGreaterThan(0)
      }),
      { numRuns: 500 },
    )
  })
})
