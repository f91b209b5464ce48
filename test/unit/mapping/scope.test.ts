import { describe, expect, it } from 'vitest'
import { LastValues } from '../../../src/lwm2m/last-values.ts'
import type { Sample } from '../../../src/lwm2m/value.ts'
import type { PublishDocument } from '../../../src/mapping/document.ts'
import { registration } from '../lwm2m/registration.ts'
import { layersOf } from './layers-rig.ts'
import { device, values } from './plain-rig.ts'

const LENGTH = 200

/** How often the value of a device, or of a message, is looked at while a rule is applied to as many of them. */
function looksAt(rule: PublishDocument, pathOf: (index: number) => string): number {
  let looks = 0
  const samples = Array.from({ length: LENGTH }, (_, index): Sample => {
    const sample = { path: pathOf(index), type: 'float', time: index } as const
    return Object.defineProperty({ ...sample, value: 0 }, 'value', { enumerable: true, get: () => looks++ })
  })
  const known = new LastValues()
  known.learn({ samples: samples.map((sample) => ({ ...sample, value: 0 })), late: false, at: 0 })
  const counting = {
    value: (path: string) => known.value(path),
    *[Symbol.iterator]() {
      for (const entry of known) {
        looks++
        yield entry
      }
    },
  }
  looks = 0
  const layers = layersOf({ name: 'mine', publish: [{ on: 'value', topic: 't', ...rule }] })
  const fact = values(samples, { path: '/3303' })
  const { publications, failures } = layers.up(fact, { ...device, values: counting as never }, {})
  expect(failures).toEqual([])
  expect(publications.map(({ payload }) => payload)).toEqual([String(LENGTH)])
  return looks
}

describe('what is as big as a device or a message is made once for each event', () => {
  it.each([
    ['values', '${samples.filter(s, s.path in values).size()}'],
    ['times', '${samples.filter(s, s.path in times).size()}'],
    ['samples', '${samples.filter(s, samples.size() > 1).size()}'],
    ['fields', '${samples.filter(s, has(fields.sensorValue)).size()}'],
    ['content', "${samples.filter(s, '0' in content).size()}"],
  ])('%s', (_, payload) => {
    const looks = looksAt({ per: 'notification', payload }, (index) => `/3303/${index}/5700`)
    expect(looks).toBeGreaterThan(0)
    expect(looks).toBeLessThan(5 * LENGTH)
  })

  it('series', () => {
    const payload = '${series.filter(s, series.size() > 1).size()}'
    expect(looksAt({ series: 'array', payload }, () => '/3303/0/5700')).toBeLessThan(5 * LENGTH)
  })
})

describe('a key `constructor` hides nothing from expressions', () => {
  const told = (payload: string, tables = {}, attributes = {}): unknown => {
    const layers = layersOf({ name: 'mine', tables, publish: [{ on: 'value', topic: 't', payload }] })
    const snapshot = { ...device, registration: registration({ attributes }) }
    const fact = values([{ path: '/3303/0/5700', type: 'float', value: 1 }])
    const { publications, failures } = layers.up(fact, snapshot, {})
    expect(failures).toEqual([])
    return publications.map((publication) => JSON.parse(String(publication.payload)))
  }

  it('in the attributes of a registration', () => {
    const attributes = { room: 'attic', constructor: '1' }
    const payload = "${registration.attributes.room + ' of ' + registration.endpoint}"
    expect(told(payload, {}, attributes)).toEqual(['attic of room-1'])
  })

  it('in a table', () => {
    const tables = { rooms: { 'room-1': 'attic', constructor: 'x' } }
    expect(told("${lookup(tables.rooms, device, '') + '!'}", tables)).toEqual(['attic!'])
    expect(told("${tables.rooms[device] + '!'}", tables)).toEqual(['attic!'])
  })
})
