import { describe, expect, it } from 'vitest'
import type { DecodeContext } from '../../../src/lwm2m/format/codec.ts'
import { codecFor, SENML_CBOR, SENML_JSON, TLV } from '../../../src/lwm2m/format/formats.ts'
import { builtinModel } from '../../../src/lwm2m/model/builtin.ts'
import { Definitions } from '../../../src/lwm2m/model/definitions.ts'
import { objectTexts } from '../../../src/lwm2m/model/generated/objects.ts'
import type { ObjectFacts } from '../../../src/lwm2m/model/model.ts'
import { parseInterval } from '../../../src/lwm2m/model/range.ts'
import { readObjectList } from '../../../src/lwm2m/object-list.ts'
import type { Sample } from '../../../src/lwm2m/value.ts'
import type { World } from '../../../src/simulator/object.ts'
import { chooseObjects } from '../../../src/simulator/objects/choose.ts'
import { generic } from '../../../src/simulator/objects/generic.ts'
import { Store } from '../../../src/simulator/store.ts'
import { Tree } from '../../../src/simulator/tree.ts'
import { SimulatedClock } from '../../support/clock.ts'
import { SeededRandom } from '../../support/random.ts'

const SECURITY = 0
const FORMATS = [TLV, SENML_JSON, SENML_CBOR]
const clock = new SimulatedClock()
const options = { clock, lifetime: 300, version: '1.1', model: builtinModel } as const
const every = objectTexts.map(([id, version]) => ({ id, version }))

function factsOf(id: number, version: string): ObjectFacts {
  const facts = builtinModel.exact(id, version)?.facts
  if (facts === undefined) throw new Error(`no object ${id} of version ${version}`)
  return facts
}

/** A device with one object beside nothing. */
function treeWith(facts: ObjectFacts): Tree {
  const objects = [generic(facts, clock)]
  return new Tree({
    ...{ objects, model: builtinModel, version: '1.1', formats: FORMATS, codecFor },
    wall: () => clock.wall(),
  })
}

const context = (facts: ObjectFacts): DecodeContext => ({
  base: `/${facts.id}`,
  alternatePath: '/',
  now: clock.wall(),
  resource: (_, resource) => facts.resources.get(resource),
})

/** What the object holds and lets read, in ascending order. */
function held(facts: ObjectFacts): Sample[] {
  const store = new Store([generic(facts, clock)], builtinModel, '1.1')
  const object = store.object({ object: facts.id })
  return store.samplesOf(object, facts.id, 0, store.instance({ object: facts.id, instance: 0 }))
}

const plain = (samples: readonly Sample[]) => samples.map(({ path, type, value }) => ({ path, type, value }))

it('there are 422 definitions to make objects of', () => {
  expect(every).toHaveLength(422)
})

describe.each(every)('object $id of version $version', ({ id, version }) => {
  const facts = factsOf(id, version)

  it('stands in the links with its version, unless it is the Security object', () => {
    const links = new TextEncoder().encode(treeWith(facts).links())
    const beside = new TextEncoder().encode(',</6/0>')
    const { objects } = readObjectList(Buffer.concat([links, beside]), '1.1')
    const listed = objects.find((object) => object.id === id && object.version === version)
    if (id === SECURITY) expect(listed).toBeUndefined()
    else expect(listed?.instances).toEqual([0])
  })

  it('holds all resources that can hold a value, each within its range', () => {
    const [instance = {}] = Object.values(generic(facts, clock).instances)
    const wanted = [...facts.resources.values()].filter(
      ({ type, executable }) => type !== 'none' && !executable,
    )
    expect(Object.keys(instance).map(Number)).toEqual(wanted.map((resource) => resource.id))
    for (const { path, value } of held(facts)) {
      const range = facts.resources.get(Number(path.split('/')[3]))?.range ?? ''
      const interval = parseInterval(range)
      if (interval === undefined || typeof value !== 'number') continue
      expect(value >= interval.least && value <= interval.most, `${path} ${value} ${range}`).toBe(true)
    }
  })

  it.each(FORMATS)('is read in %i, and decoded without loss', (accept) => {
    const request = { code: '0.01', path: `/${id}`, query: [], payload: new Uint8Array(0), accept } as const
    const { response } = treeWith(facts).handle(request)
    const readable = [...facts.resources.values()].filter((one) => one.readable && one.type !== 'none')
    if (id === SECURITY || (readable.length === 0 && accept !== TLV)) {
      // No server may look at it; and SenML has no way to say that there is nothing.
      expect(response.code).toBe(id === SECURITY ? '4.01' : '4.06')
      return
    }
    expect(response).toMatchObject({ code: '2.05', contentFormat: accept })
    const decoded = codecFor(accept)?.decode(response.payload ?? new Uint8Array(0), context(facts)) ?? []
    expect(plain(decoded)).toEqual(plain(held(facts)))
    expect(decoded).toHaveLength(readable.length)
  })
})

describe('what is measured', () => {
  it('changes within its range, and what can be written does not', () => {
    const facts = factsOf(3303, '1.1')
    const values = new Map<string, unknown>()
    const world = {
      ...{ clock, random: new SeededRandom(1) },
      set: (path: string, value: unknown) => void values.set(path, value),
    } as unknown as World
    const seen = new Set<unknown>()
    const behaviour = generic(facts, clock).behaviour?.(world)
    for (let n = 0; n < 50; n++) {
      behaviour?.tick?.()
      seen.add(values.get('/3303/0/5700'))
    }
    expect([...values.keys()]).toEqual(['/3303/0/5700'])
    expect(seen.size).toBeGreaterThan(5)
    expect(generic(factsOf(21, '1.0'), clock).behaviour).toBeUndefined()
  })
})

describe('chosen objects', () => {
  const chosen = (...list: { object: number; version?: string }[]) =>
    chooseObjects(list, options).map(({ id, version, facts }) => [id, version, facts === undefined])
  const mandatory = [0, 1, 3].map((id) => [id, undefined, true])

  it('stand beside the mandatory ones, with a behaviour of their own where there is one', () => {
    expect(chosen({ object: 3303 }, { object: 3311 })).toEqual([
      ...mandatory,
      [3303, '1.1', true],
      [3311, undefined, true],
    ])
  })

  it('are of the version that is asked for, of the usual one, or of the newest', () => {
    expect(chosen({ object: 3303, version: '1.0' })).toEqual([...mandatory, [3303, '1.0', false]])
    expect(chosen({ object: 3301 })).toEqual([...mandatory, [3301, '1.0', false]])
    const newer = ['2.0', '2.1'].map((version) => ({ id: 64000, version, facts: factsOf(3342, '1.0') }))
    const model = new Definitions(
      newer.map((one) => ({ ...one, facts: { ...one.facts, ...one, resources: new Map() } })),
    )
    expect(chooseObjects([{ object: 64000 }], { ...options, model }).at(-1)?.version).toBe('2.1')
    expect(chosen({ object: 3, version: '1.2' })[2]).toEqual([3, '1.2', false])
  })

  it('that nobody knows are refused', () => {
    expect(() => chosen({ object: 65000 })).toThrow(expect.objectContaining({ code: 'simulator_object' }))
    expect(() => chosen({ object: 3303, version: '1.9' })).toThrow('no object 3303 of version 1.9')
  })
})
