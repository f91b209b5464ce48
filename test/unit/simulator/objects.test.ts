import { beforeEach, describe, expect, it } from 'vitest'
import { builtinModel } from '../../../src/lwm2m/model/builtin.ts'
import { Behaviours } from '../../../src/simulator/behaviours.ts'
import type { Content } from '../../../src/simulator/object.ts'
import { standardObjects } from '../../../src/simulator/objects/standard.ts'
import { Store } from '../../../src/simulator/store.ts'
import { SimulatedClock } from '../../support/clock.ts'
import { SeededRandom } from '../../support/random.ts'

let clock: SimulatedClock
let store: Store
let behaviours: Behaviours
let calls: string[]

function build(seed: number): void {
  clock = new SimulatedClock()
  calls = []
  const objects = standardObjects(clock, 300)
  store = new Store(objects, builtinModel, '1.1')
  behaviours = new Behaviours(objects, {
    clock,
    random: new SeededRandom(seed),
    get: (path) => store.get(path),
    set: (path, content) => store.set(path, content),
    after: (name, milliseconds, action) => void clock.schedule(name, milliseconds, action, undefined),
    reboot: () => calls.push('reboot'),
    update: () => calls.push('update'),
    changeLifetime: (seconds) => calls.push(`lifetime ${seconds}`),
  })
}

beforeEach(() => build(1))

const execute = (path: string) => behaviours.execute(path, new Map())

function write(path: string, content: Content): void {
  store.set(path, content)
  behaviours.written(path)
}

describe('firmware update', () => {
  const state = () => [store.get('/5/0/3'), store.get('/5/0/5')]

  it('takes a package, updates, and reboots with a new version', () => {
    expect(execute('/5/0/2')).toBe('4.05')
    write('/5/0/0', Uint8Array.of(1, 2, 3))
    expect(state()).toEqual([2, 0])
    expect(execute('/5/0/2')).toBeUndefined()
    expect(state()).toEqual([3, 0])
    expect(execute('/5/0/2')).toBe('4.05')
    clock.advance(5_000)
    expect(state()).toEqual([0, 1])
    expect([store.get('/3/0/3'), calls]).toEqual(['1.1.0', ['reboot']])
  })

  it('forgets a package when an empty one is written', () => {
    write('/5/0/0', Uint8Array.of(1))
    write('/5/0/0', new Uint8Array(0))
    expect(state()).toEqual([0, 0])
  })

  it('downloads from a URI', () => {
    write('/5/0/1', 'coap://files.example/weather-box.bin')
    expect(state()).toEqual([1, 0])
    clock.advance(5_000)
    expect(state()).toEqual([2, 0])
  })

  it('stops a download on an empty URI', () => {
    write('/5/0/1', 'coap://files.example/weather-box.bin')
    write('/5/0/1', '')
    clock.advance(5_000)
    expect(state()).toEqual([0, 0])
  })

  it('knows what is no URI', () => {
    write('/5/0/1', 'weather box')
    expect(state()).toEqual([0, 7])
  })
})

describe('device', () => {
  it('runs its clock on from where it was set', () => {
    const before = Number(store.get('/3/0/13'))
    clock.advance(10_000)
    expect(store.get('/3/0/13')).toBe(before + 10)
    write('/3/0/13', 1000)
    clock.advance(5_000)
    expect(store.get('/3/0/13')).toBe(1005)
  })

  it('reboots, and forgets its settings on a factory reset', () => {
    write('/3/0/15', 'Europe/Berlin')
    execute('/3/0/4')
    expect([store.get('/3/0/15'), calls]).toEqual(['Europe/Berlin', ['reboot']])
    execute('/3/0/5')
    expect([store.get('/3/0/15'), calls]).toEqual(['Etc/UTC', ['reboot', 'reboot']])
  })

  it('resets its error codes', () => {
    store.set('/3/0/11', new Map([[0, 2]]))
    execute('/3/0/12')
    expect(store.get('/3/0/11/0')).toBe(0)
  })

  it('drains its battery, and charges it again', () => {
    const levels = Array.from({ length: 97 }, () => {
      behaviours.tick()
      return store.get('/3/0/9')
    })
    expect([levels[0], levels[94], levels[95]]).toEqual([99, 5, 100])
  })
})

describe('server', () => {
  it('sends an Update when it is triggered, and takes a new lifetime', () => {
    execute('/1/0/8')
    write('/1/0/1', 60)
    expect(calls).toEqual(['update', 'lifetime 60'])
  })
})

describe('sensor', () => {
  it('changes at each interval within its bounds, and keeps its extremes', () => {
    let previous = store.get('/3303/0/5700')
    const seen = [Number(previous)]
    for (let round = 0; round < 2_000; round++) {
      behaviours.tick()
      const value = store.get('/3303/0/5700')
      expect(value).not.toBe(previous)
      previous = value
      seen.push(Number(value))
    }
    expect(Math.min(...seen)).toBeGreaterThanOrEqual(-20)
    expect(Math.max(...seen)).toBeLessThanOrEqual(60)
    expect([store.get('/3303/0/5601'), store.get('/3303/0/5602')]).toEqual([
      Math.min(...seen),
      Math.max(...seen),
    ])
    execute('/3303/0/5605')
    expect([store.get('/3303/0/5601'), store.get('/3303/0/5602')]).toEqual([previous, previous])
  })

  it('is the same for the same seed', () => {
    const run = (seed: number) => {
      build(seed)
      return Array.from({ length: 20 }, () => {
        behaviours.tick()
        return [
          store.get('/3303/0/5700'),
          store.get('/4/0/2'),
          store.get('/6/0/0'),
          store.get('/3342/0/5501'),
        ]
      })
    }
    const first = run(5)
    expect(run(5)).toEqual(first)
    expect(run(6)).not.toEqual(first)
  })
})

describe('light', () => {
  it('counts the seconds that it is on', () => {
    write('/3311/0/5850', true)
    clock.advance(2_500)
    behaviours.tick()
    expect(store.get('/3311/0/5852')).toBe(2)
    clock.advance(500)
    write('/3311/0/5850', false)
    clock.advance(9_000)
    behaviours.tick()
    expect(store.get('/3311/0/5852')).toBe(3)
  })

  it('starts again where the server sets the time', () => {
    write('/3311/0/5850', true)
    clock.advance(8_000)
    write('/3311/0/5852', 0)
    clock.advance(1_000)
    behaviours.tick()
    expect(store.get('/3311/0/5852')).toBe(1)
  })
})

it('refuses an object and a path that nobody knows', () => {
  const unknown = { id: 65000, instances: { 0: { 0: 1 } } }
  expect(() => new Store([unknown], builtinModel, '1.1')).toThrow(/no object 65000/)
  expect(() => store.set('/3303/1/5700', 1)).toThrow(/has no \/3303\/1\/5700/)
  expect(() => store.set('/3303/0/1', 1)).toThrow(/has no \/3303\/0\/1/)
})

it.each(['1.0', '1.1', '1.2'] as const)(
  'holds what the model of %s defines, mandatory resources included',
  (version) => {
    const enabled = new Store(standardObjects(clock, 300), builtinModel, version)
    for (const [id, { facts, instances }] of enabled.objects) {
      for (const instance of instances.values()) {
        const unknown = [...instance.keys()].filter((resource) => !facts.resources.has(resource))
        expect({ id, unknown }).toEqual({ id, unknown: [] })
        const demanded = [...facts.resources.values()].filter(
          (resource) => resource.mandatory && !resource.executable,
        )
        const missing = demanded
          .filter((resource) => !instance.has(resource.id))
          .map((resource) => resource.id)
        expect({ id, missing }).toEqual({ id, missing: [] })
        for (const resource of demanded) {
          expect(instance.get(resource.id) instanceof Map, `/${id}/0/${resource.id}`).toBe(resource.multiple)
        }
      }
    }
  },
)
