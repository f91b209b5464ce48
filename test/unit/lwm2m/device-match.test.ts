import { describe, expect, it } from 'vitest'
import type { DeviceSnapshot } from '../../../src/lwm2m/command.ts'
import { type DeviceMatch, DeviceMatcher } from '../../../src/lwm2m/device-match.ts'
import { LastValues } from '../../../src/lwm2m/last-values.ts'
import { deviceWith } from './device-with.ts'

const MANUFACTURER = '/3/0/0'
const MODEL = '/3/0/1'

const device = deviceWith({ endpoint: 'room-1', version: '1.1' }, { [MANUFACTURER]: 'ACME', [MODEL]: 'TX-7' })

describe('a match', () => {
  it.each<[DeviceMatch, boolean]>([
    [{}, true],
    [{ endpoint: 'room-*' }, true],
    [{ endpoint: ['cellar', 'room-1'] }, true],
    [{ endpoint: 'cellar' }, false],
    [{ version: '1.1' }, true],
    [{ version: '1.2' }, false],
    [{ objects: [3303] }, true],
    [{ objects: [3303, 5] }, true], // an object without instances is there
    [{ objects: [3303, 3304] }, false],
    [{ manufacturer: 'AC*' }, true],
    [{ manufacturer: 'Other' }, false],
    [{ model: ['TX-7', 'TX-8'] }, true],
    [{ model: 'tx-7' }, false],
    [{ endpoint: 'room-*', version: '1.1', objects: [3], manufacturer: 'ACME', model: '*' }, true],
    [{ endpoint: 'room-*', version: '1.1', objects: [3], manufacturer: 'ACME', model: 'TX-8' }, false],
  ])('%j: %s', (match, holds) => {
    expect(new DeviceMatcher(match).matches(device)).toBe(holds)
  })

  it('is held against the last value', () => {
    const matcher = new DeviceMatcher({ model: 'TX-8' })
    const changed = deviceWith({}, { [MODEL]: 'TX-7' })
    expect(matcher.matches(changed)).toBe(false)
    changed.values.learn({ samples: [{ path: MODEL, type: 'string', value: 'TX-8' }], late: false, at: 1 })
    expect(matcher.matches(changed)).toBe(true)
  })

  it('is not for a device that is not registered', () => {
    const gone: DeviceSnapshot = {
      registration: undefined,
      object: () => undefined,
      resource: () => undefined,
      values: new LastValues(),
    }
    expect(new DeviceMatcher({}).matches(gone)).toBe(false)
    expect(new DeviceMatcher({ model: '*' }).needed(gone)).toEqual([])
  })

  it('takes a value that is no text for none', () => {
    const odd = deviceWith()
    odd.values.learn({ samples: [{ path: MODEL, type: 'integer', value: 7 }], late: false, at: 0 })
    expect(new DeviceMatcher({ model: '*' }).matches(odd)).toBe(false)
  })
})

describe('what is needed to tell', () => {
  const both: DeviceMatch = { manufacturer: 'ACME', model: '*' }

  it('is what the match asks for, whether the device has told it already or not', () => {
    expect(new DeviceMatcher(both).needed(deviceWith())).toEqual([MANUFACTURER, MODEL])
    expect(new DeviceMatcher({ model: '*' }).needed(deviceWith())).toEqual([MODEL])
    expect(new DeviceMatcher(both).needed(device)).toEqual([MANUFACTURER, MODEL])
    expect(new DeviceMatcher({ endpoint: '*' }).needed(deviceWith())).toEqual([])
  })

  it('is nothing where the registration decides already', () => {
    expect(new DeviceMatcher({ ...both, endpoint: 'cellar' }).needed(deviceWith())).toEqual([])
    expect(new DeviceMatcher({ ...both, version: '1.2' }).needed(deviceWith())).toEqual([])
    expect(new DeviceMatcher({ ...both, objects: [9] }).needed(deviceWith())).toEqual([])
  })

  it('is nothing where the device has no /3/0 to ask', () => {
    const temperature = { id: 3303, version: '1.0', instances: [0] }
    expect(new DeviceMatcher(both).needed(deviceWith({ objects: [temperature] }))).toEqual([])
    const empty = { id: 3, version: '1.1', instances: [] }
    expect(new DeviceMatcher(both).needed(deviceWith({ objects: [empty] }))).toEqual([])
  })
})
