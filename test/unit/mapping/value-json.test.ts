import { describe, expect, it } from 'vitest'
import type { Sample, Value } from '../../../src/lwm2m/value.ts'
import { contentOf } from '../../../src/mapping/value-json.ts'

function sample(path: string, value: Value, time?: number): Sample {
  return { path, type: 'string', value, ...(time === undefined ? {} : { time }) }
}

describe('contentOf', () => {
  it('a resource is its bare value', () => {
    expect(contentOf('/3/0/0', [sample('/3/0/0', 'Acme')])).toBe('Acme')
    expect(contentOf('/3/0/7/0', [sample('/3/0/7/0', 3.3)])).toBe(3.3)
    expect(contentOf('/9/0/1', [sample('/9/0/1', Uint8Array.of(1, 2))])).toBe('AQI=')
  })

  it('a multiple resource is an object by instance', () => {
    const samples = [sample('/3/0/7/0', 3800), sample('/3/0/7/1', 5000n)]
    expect(contentOf('/3/0/7', samples)).toEqual({ 0: 3800, 1: 5000n })
  })

  it('an instance and an object are objects by ids', () => {
    const samples = [sample('/3/0/0', 'Acme'), sample('/3/0/7/0', 3800), sample('/3/1/0', 'Other')]
    expect(contentOf('/3/0', samples.slice(0, 2))).toEqual({ 0: 'Acme', 7: { 0: 3800 } })
    expect(contentOf('/3', samples)).toEqual({ 0: { 0: 'Acme', 7: { 0: 3800 } }, 1: { 0: 'Other' } })
  })

  it('several values of one path are a series', () => {
    const samples = [sample('/3303/0/5700', 1, 1000), sample('/3303/0/5700', 2)]
    const series = [{ value: 1, time: 1000 }, { value: 2 }]
    expect(contentOf('/3303/0/5700', samples)).toEqual(series)
    expect(contentOf('/3303/0', samples)).toEqual({ 5700: series })
    expect(contentOf('/3303', samples)).toEqual({ 0: { 5700: series } })
  })

  it('nothing at all is an empty object', () => {
    expect(contentOf('/3/0/7', [])).toEqual({})
  })

  it('what lies outside the path keeps its whole path', () => {
    const samples = [sample('/3/0/0', 'in'), sample('/3/00/0', 'near'), sample('/30/0/0', 'out')]
    expect(contentOf('/3/0', samples)).toEqual({ 0: 'in', '/3/00/0': 'near', '/30/0/0': 'out' })
    expect(contentOf('/3/0/0', [sample('/3/0/1', 'other')])).toEqual({ '/3/0/1': 'other' })
  })

  it('a resource that came both whole and in instances is no crash', () => {
    const samples = [sample('/3/0/7', 'whole'), sample('/3/0/7/0', 'part')]
    expect(contentOf('/3/0', samples)).toEqual({ 7: { 0: 'part' } })
    expect(contentOf('/3/0/7', samples)).toEqual({ '/3/0/7': 'whole', 0: 'part' })
  })
})
