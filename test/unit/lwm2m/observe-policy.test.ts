import { describe, expect, it } from 'vitest'
import type { DeviceSnapshot } from '../../../src/lwm2m/command.ts'
import { builtinModel } from '../../../src/lwm2m/model/builtin.ts'
import { type ObserveEntry, ObservePolicy } from '../../../src/lwm2m/observe-policy.ts'
import { deviceWith } from './device-with.ts'

const policy = (...entries: ObserveEntry[]) => {
  const made = new ObservePolicy(entries, builtinModel)
  return {
    wanted: (device: DeviceSnapshot) => made.wanted(device).paths,
    excess: (device: DeviceSnapshot) => [...made.wanted(device).excess],
    needed: (device: DeviceSnapshot) => made.needed(device),
  }
}

describe('what a policy wants', () => {
  it('stands in the order of the entries, each path once', () => {
    const wanted = policy('/3303/*/5700', '/3/0/9', '/*/*/5700').wanted(deviceWith())
    expect([...wanted]).toEqual([
      ['/3303/0/5700', undefined],
      ['/3303/7/5700', undefined],
      ['/3/0/9', undefined],
    ])
  })

  it('has the attributes of the first entry that means the path', () => {
    const special = { path: '/3303/0/5700', attributes: { pmin: 1 } }
    const general = { path: '/3303/*/5700', attributes: { pmin: 60 } }
    expect([...policy(special, general).wanted(deviceWith())]).toEqual([
      ['/3303/0/5700', { pmin: 1 }],
      ['/3303/7/5700', { pmin: 60 }],
    ])
    expect(policy(general, special).wanted(deviceWith()).get('/3303/0/5700')).toEqual({ pmin: 60 })
  })

  it('is for those that match alone', () => {
    const mixed = policy(
      { path: '/3303/*/5700', attributes: { st: 1 }, match: { endpoint: 'cold-*' } },
      '/3303/*/5700',
      { path: '/3/0/9', match: { version: '1.2' } },
    )
    expect(mixed.wanted(deviceWith({ endpoint: 'cold-1' })).get('/3303/0/5700')).toEqual({ st: 1 })
    expect(mixed.wanted(deviceWith({ endpoint: 'warm-1' })).get('/3303/0/5700')).toBeUndefined()
    expect([...mixed.wanted(deviceWith({ version: '1.2' })).keys()]).toContain('/3/0/9')
    expect([...mixed.wanted(deviceWith()).keys()]).not.toContain('/3/0/9')
  })

  it('says the same of equal attributes by the same object, so that nothing is asked anew', () => {
    const changing = policy(
      { path: '/3303/0/5700', attributes: { pmin: 1, pmax: 60 }, match: { model: 'TX-7' } },
      { path: '/3303/0/5700', attributes: { pmax: 60, pmin: 1 } },
    )
    const before = changing.wanted(deviceWith()).get('/3303/0/5700')
    const after = changing.wanted(deviceWith({}, { '/3/0/1': 'TX-7' })).get('/3303/0/5700')
    expect(before).toEqual({ pmin: 1, pmax: 60 })
    expect(after).toBe(before)
  })

  it('takes empty attributes for none', () => {
    expect(policy({ path: '/3/0/9', attributes: {} }).wanted(deviceWith()).get('/3/0/9')).toBeUndefined()
  })

  it('is at most 1,024 paths of a device: the rest is left out', () => {
    const instances = Array.from({ length: 1_030 }, (_, instance) => instance)
    const large = deviceWith({ objects: [{ id: 3303, version: '1.0', instances }] })
    const many = policy('/3303/*/5700', '/3303/0/5700')
    expect([...many.wanted(large).keys()].at(-1)).toBe('/3303/1023/5700')
    expect(many.wanted(large).size).toBe(1_024)
    expect(many.excess(large)).toEqual([1024, 1025, 1026, 1027, 1028, 1029].map((id) => `/3303/${id}/5700`))
    expect(many.excess(deviceWith())).toEqual([])
  })

  it('is nothing at a device that is not registered', () => {
    const { values } = deviceWith()
    const gone = { registration: undefined, object: () => undefined, resource: () => undefined, values }
    expect(policy('/3/0/9').wanted(gone).size).toBe(0)
  })

  it('cannot be a path that is none', () => {
    expect(() => policy('/3/0/9', '/x')).toThrow(expect.objectContaining({ code: 'path_invalid' }))
  })
})

describe('what is needed to tell what a policy wants', () => {
  it('is named once, however many entries ask for it', () => {
    const entries = ['TX-*', 'RX-*'].map((model) => ({ path: '/3/0/9', match: { model } }))
    const needed = policy(...entries, { path: '/3/0/9', match: { manufacturer: '*' } }).needed(deviceWith())
    expect([...needed]).toEqual(['/3/0/1', '/3/0/0'])
  })

  it('is nothing without entries that ask', () => {
    expect(policy('/3/0/9', { path: '/3/0/11', match: { endpoint: '*' } }).needed(deviceWith()).size).toBe(0)
  })
})
