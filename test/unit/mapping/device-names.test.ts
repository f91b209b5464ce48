import { expect, it } from 'vitest'
import { DeviceNames } from '../../../src/mapping/device-names.ts'

it('a device whose endpoint name another one has taken keeps a name of its own', () => {
  const names = new DeviceNames()
  expect(names.claim('evil', 'victim', 'evil')).toBeUndefined()
  expect(names.claim('victim', 'victim', 'victim')).toBe('evil')
  expect(names.nameOf('victim')).toBe('victim%')
  expect(names.endpointOf('victim')).toBe('evil')
  names.release('victim')
  expect(names.endpointOf('victim')).toBe('evil')
})
