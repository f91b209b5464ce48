import { describe, expect, it } from 'vitest'
import type { DeviceSnapshot } from '../../../src/lwm2m/command.ts'
import type { Fact, ValuesFact } from '../../../src/lwm2m/fact.ts'
import { notificationOf } from '../../bench/subjects/map-alone.ts'
import { handwritten, presets } from '../../bench/subjects/mappings.ts'

const { fact, device } = notificationOf(7)
const { registration } = device
const told: DeviceSnapshot['values'] = {
  value: (path) => (path === '/3303/0/5701' ? { value: 'K', time: 1, unit: undefined } : undefined),
  *[Symbol.iterator]() {},
}
const { id, at, endpoint } = fact
const sensor = { path: '/3303/0/5700', type: 'float', value: 1.5 } as const

/** What the load generator makes the gateway tell, and what a device may tell besides. */
const facts: Record<string, Fact> = {
  'a notification': fact,
  'a series that is out of order': {
    ...fact,
    samples: [{ ...sensor, time: 1_000 }, { ...sensor, time: 500, unit: 'V' }, sensor],
  } satisfies ValuesFact,
  'a resource that the model does not know': {
    ...fact,
    samples: [{ path: '/3303/0/60000', type: 'string', value: 'x' }],
  } satisfies ValuesFact,
  'an observation': { type: 'observed', id, at, endpoint, path: '/3303/0/5700', reason: 'observed' },
}

describe('the mapping that plain is measured by', () => {
  for (const [name, one] of Object.entries(facts)) {
    it(`publishes what plain does: ${name}`, () => {
      for (const values of [device.values, told]) {
        const known = { ...device, values }
        const { publications } = presets(['plain']).up(one, known, {})
        expect(publications.length).toBeGreaterThan(0)
        expect(handwritten().up(one, known, {}).publications).toEqual(publications)
      }
    })
  }

  it('publishes what plain does: a registration', () => {
    if (registration === undefined) throw new Error('the thermometer is not registered')
    const one: Fact = { type: 'registered', id, at, endpoint, registration }
    const { publications } = presets(['plain']).up(one, device, {})
    expect(publications).toHaveLength(3)
    const own = handwritten().up(one, device, {}).publications
    const read = (all: typeof publications): object[] =>
      all.map((publication) => ({ ...publication, payload: JSON.parse(String(publication.payload)) }))
    expect(read(own)).toEqual(read(publications))
  })
})
