import { describe, expect, it } from 'vitest'
import type { Fact } from '../../../src/lwm2m/fact.ts'
import type { ExampleDevice } from '../../../src/mapping/example-device.ts'
import type { MappingState } from '../../../src/mapping/state.ts'
import type { Discovery } from '../../support/homeassistant-rules.ts'
import { AT, components, deviceWith, discoveries, layers, lifecycle, TOPIC } from './homeassistant-rig.ts'

describe('discovery in the course of time', () => {
  const both = deviceWith([3303, 3304])
  const one = deviceWith([3303])

  function happen(fact: Fact, device: ExampleDevice, state: MappingState = {}) {
    const mapped = layers.up(fact, device, state)
    return { found: discoveries(mapped), state: mapped.state }
  }

  it('a component that is gone is sent once with its platform alone, then left out', () => {
    const { state } = happen(lifecycle('registered', both), both)
    const { found, state: later } = happen(lifecycle('updated', one, AT + 5000), one, state)
    const [farewell, after] = found.map(({ text }) => (JSON.parse(text) as Discovery).cmps)
    expect(farewell?.['3304_0_5700']).toEqual({ p: 'sensor' })
    expect(farewell?.['3303_0_5700']).toEqual(after?.['3303_0_5700'])
    expect(Object.keys(after ?? {})).toEqual(['3303_0_5700'])
    expect(found).toHaveLength(2)
    expect(happen(lifecycle('updated', one, AT + 9000), one, later).found).toEqual([])
  })

  it('an update that changes nothing is not told, a registration always', () => {
    const { state } = happen(lifecycle('registered', both), both)
    expect(happen(lifecycle('updated', both, AT + 5000), both, state).found).toEqual([])
    expect(happen(lifecycle('registered', both), both, state).found).toHaveLength(1)
  })

  it('values that come one by one when it registers are told together', () => {
    const { state } = happen(lifecycle('registered', both), both)
    const device = deviceWith([3303, 3304], { '/3303/0/5701': 'K', '/3304/0/5750': 'Bath' })
    const samples = [device.sample('/3304/0/5750', 'Bath')]
    const come = {
      id: 'v',
      at: AT + 100,
      endpoint: 'room-1',
      path: '/3304/0/5750',
      samples,
      late: false,
    } as const
    const mapped = layers.up({ ...come, type: 'values', source: 'observe' }, device, state)
    expect(discoveries(mapped)).toEqual([])
    expect(mapped.timers).toEqual([{ key: 'homeassistant/discovery/device', at: AT + 2000 }])
    const due = { key: 'homeassistant/discovery/device', at: AT + 2000 }
    const [found, ...others] = discoveries(layers.due(due, 'room-1', device, mapped.state))
    expect(others).toEqual([])
    const { cmps } = JSON.parse(found?.text ?? '') as Discovery
    expect([cmps['3303_0_5700']?.unit_of_measurement, cmps['3304_0_5700']?.name]).toEqual(['K', 'Bath'])
  })

  it('a device that says goodbye is taken away, and comes back when it registers', () => {
    const { state } = happen(lifecycle('registered', one), one)
    const { found, state: gone } = happen(lifecycle('deregistered', one), one, state)
    expect(found).toEqual([{ topic: TOPIC, text: '' }])
    expect(happen(lifecycle('registered', one), one, gone).found).toHaveLength(1)
  })

  it('everything is told again to a broker that is back, and when Home Assistant starts', () => {
    const { state } = happen(lifecycle('registered', both), both)
    expect(discoveries(layers.standing(both, state))).toHaveLength(1)
    const birth = {
      topic: 'homeassistant/status',
      payload: new TextEncoder().encode('online'),
      retain: false,
    }
    expect(layers.filtersOf()).toContain('homeassistant/status')
    const triggered = layers.triggered(birth, 's', AT)
    expect(triggered?.endpoints).toBeUndefined()
    expect(discoveries(triggered?.tell(both, state) ?? layers.standing(both, state))).toHaveLength(1)
    expect(
      layers.triggered({ ...birth, payload: new TextEncoder().encode('offline') }, 's', AT),
    ).toBeUndefined()
  })

  it('ids stay the same', () => {
    const ids = (device: ExampleDevice) => Object.values(components(device)).map(({ unique_id }) => unique_id)
    expect(ids(both)).toEqual(['lwm2m-room-1-3303-0-5700', 'lwm2m-room-1-3304-0-5700'])
    expect(ids(both)).toEqual(
      ids(deviceWith([3303, 3304], { '/3303/0/5750': 'Boiler', '/3303/0/5701': 'K' })),
    )
  })
})
