import { describe, expect, it } from 'vitest'
import type { JsonValue } from '../../../src/lib/json.ts'
import type { Fact } from '../../../src/lwm2m/fact.ts'
import { builtinModel } from '../../../src/lwm2m/model/builtin.ts'
import { compileMapping } from '../../../src/mapping/compiler.ts'
import { differences } from '../../../src/mapping/difference.ts'
import type { PublishDocument } from '../../../src/mapping/document.ts'
import { ExampleDevice } from '../../../src/mapping/example-device.ts'
import { Layers } from '../../../src/mapping/layers.ts'
import type { MappingState } from '../../../src/mapping/state.ts'
import { rigOptions } from './plain-rig.ts'

const AT = 1_764_000_000_000

function compiled(rule: PublishDocument) {
  return compileMapping({ name: 'test', publish: [{ topic: 'out', name: 'rule', ...rule }] }, rigOptions)
}

/** A rule at work on one device, and what it keeps. */
class Bench {
  readonly device: ExampleDevice
  readonly #layers: Layers
  #state: MappingState = {}

  constructor(rule: PublishDocument, values: Readonly<Record<string, JsonValue>> = {}) {
    const { sheet, problems } = compiled(rule)
    expect(problems).toEqual([])
    this.#layers = new Layers({ sheets: [sheet], fallback: sheet, isResponseTopic: () => false })
    this.device = new ExampleDevice({ endpoint: 'room-1', values }, ['/3303/0'], builtinModel, AT)
  }

  happen(type: 'registered' | 'updated', after: number) {
    const { registration } = this.device
    const fact: Fact = { id: `${after}`, at: AT + after, endpoint: 'room-1', type, registration }
    return this.#taken(this.#layers.up(fact, this.device, this.#state))
  }

  read(path: string, value: JsonValue, after: number) {
    const sample = this.device.sample(path, value)
    this.device.learn(sample, AT + after)
    const base = { id: `${after}`, at: AT + after, endpoint: 'room-1', path, late: false } as const
    const fact: Fact = { ...base, type: 'values', source: 'read', samples: [sample] }
    return this.#taken(this.#layers.up(fact, this.device, this.#state))
  }

  due(timer: { readonly key: string; readonly at: number }) {
    return this.#taken(this.#layers.due(timer, 'room-1', this.device, this.#state))
  }

  #taken({ publications, state, timers, failures }: ReturnType<Layers['up']>) {
    expect(failures).toEqual([])
    this.#state = state
    return { payloads: publications.map(({ payload }) => JSON.parse(String(payload)) as unknown), timers }
  }
}

const told: PublishDocument = {
  on: ['registered', 'updated', 'read'],
  per: 'device',
  payload: { temperature: "${default(values['/3303/0/5700'], 0)}" },
}

describe('a filter of a rule that is for a whole device', () => {
  it('compares the payload, whatever caused it', () => {
    const bench = new Bench({ ...told, filter: { onChange: true } })
    expect(bench.happen('registered', 0).payloads).toEqual([{ temperature: 0 }])
    expect(bench.happen('updated', 1).payloads).toEqual([])
    expect(bench.read('/3303/0/5700', 21, 2).payloads).toEqual([{ temperature: 21 }])
    expect(bench.happen('updated', 3).payloads).toEqual([])
  })

  it('leaves nothing out after the events of always', () => {
    const bench = new Bench({ ...told, filter: { onChange: true, minInterval: '1h', always: ['updated'] } })
    bench.happen('registered', 0)
    expect(bench.happen('updated', 1).payloads).toEqual([{ temperature: 0 }])
    expect(bench.happen('registered', 2).payloads).toEqual([])
  })

  it('holds back what comes too early, and tells at its end what holds then', () => {
    const bench = new Bench({ ...told, filter: { onChange: true, minInterval: '2s' } })
    bench.happen('registered', 0)
    const { payloads, timers } = bench.read('/3303/0/5700', 20, 100)
    expect(payloads).toEqual([])
    expect(timers).toEqual([{ key: 'test/rule/device', at: AT + 2000 }])
    bench.read('/3303/0/5700', 21, 200)
    expect(bench.due({ key: 'test/rule/device', at: AT + 2000 }).payloads).toEqual([{ temperature: 21 }])
    expect(bench.due({ key: 'test/rule/device', at: AT + 9000 }).payloads).toEqual([])
  })

  it('holds back an event without values as well, where the rule tells what it tells of values', () => {
    const bench = new Bench({ ...told, filter: { minInterval: '2s' } })
    bench.happen('registered', 0)
    expect(bench.happen('updated', 100).timers).toEqual([{ key: 'test/rule/device', at: AT + 2000 }])
    expect(bench.due({ key: 'test/rule/device', at: AT + 2000 }).payloads).toEqual([{ temperature: 0 }])
  })

  it('needs a number for a dead band, and events that there are', () => {
    const problemsOf = (filter: NonNullable<PublishDocument['filter']>) =>
      compiled({ ...told, filter }).problems.map(({ path, message }) => `${path.join('.')}: ${message}`)
    expect(problemsOf({ deadBand: 1 })).toEqual([
      'publish.0.filter: deadBand compares numbers: it needs the key of here',
    ])
    expect(problemsOf({ onChange: true, always: ['conected'] })).toMatchObject([
      expect.stringContaining("publish.0.filter.always.0: 'conected' is no event"),
    ])
  })
})

describe('an interval of a rule for events without values', () => {
  it('leaves out what comes within it, for good: what happened then cannot be told later', () => {
    const bench = new Bench({
      on: ['registered', 'updated'],
      payload: '${event}',
      filter: { minInterval: '10s' },
    })
    expect(bench.happen('registered', 0).payloads).toEqual(['registered'])
    expect(bench.happen('updated', 9_999)).toEqual({ payloads: [], timers: [] })
    expect(bench.happen('updated', 10_000).payloads).toEqual(['updated'])
  })

  it('does so beside values, which it holds back', () => {
    const rule: PublishDocument = { on: ['updated', 'value'], topic: 'out', payload: '${event}' }
    const bench = new Bench({ ...rule, filter: { minInterval: '10s', of: '${event}' } })
    bench.happen('updated', 0)
    expect(bench.happen('updated', 1)).toEqual({ payloads: [], timers: [] })
    bench.read('/3303/0/5700', 20, 2)
    expect(bench.read('/3303/0/5700', 21, 3).timers).toEqual([
      { key: 'test/rule//3303/0/5700', at: AT + 10_002 },
    ])
  })
})

describe('resources', () => {
  const rule: PublishDocument = {
    on: 'registered',
    payload: { unit: "${resources.filter(r, r.path == '/3303/0/5700')[0].unit}" },
  }

  it.each([
    ['the one beside the value', { '/3303/0/5701': 'K' }, 'K'],
    ['none where nobody says one', {}, null],
  ])('have a unit: %s', (_, values, unit) => {
    expect(new Bench(rule, values).happen('registered', 0).payloads).toEqual([{ unit }])
  })

  it('have the unit that came with the last value', () => {
    const bench = new Bench(rule, { '/3303/0/5701': 'K' })
    bench.device.learn(bench.device.sample('/3303/0/5700', 21, { unit: 'Cel' }), AT)
    expect(bench.happen('registered', 0).payloads).toEqual([{ unit: 'Cel' }])
  })
})

describe('includes in an example', () => {
  const found = { topic: 't', payload: { a: 1, b: { c: [1, 2], d: 4 } } }

  it.each<[string, JsonValue, readonly string[]]>([
    ['a part that is there', { b: { d: 4 } }, []],
    ['another value', { b: { d: 5 } }, ['0.includes.b.d']],
    ['what is not there', { e: 1 }, ['0.includes.e']],
    ['a list, which is meant as a whole', { b: { c: [1] } }, ['0.includes.b.c.1']],
  ])('finds %s', (_, includes, places) => {
    expect(differences([{ topic: 't', includes }], [found]).map(({ path }) => path.join('.'))).toEqual(places)
  })
})
