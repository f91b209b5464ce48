import { RegisteredDevice } from '../../../src/lwm2m/device.ts'
import type { Registration } from '../../../src/lwm2m/fact.ts'
import { builtinModel } from '../../../src/lwm2m/model/builtin.ts'
import { peer } from './peer.ts'
import { registration } from './registration.ts'
import { FakeRequester } from './requester.ts'

/** A registered device with some of everything, changed by what a test is about; texts are what it has told, by path. */
export function deviceWith(
  changes: Partial<Registration> = {},
  told: Readonly<Record<string, string>> = {},
): RegisteredDevice {
  const device = new RegisteredDevice(registration(changes), peer('a'), builtinModel, new FakeRequester())
  const samples = Object.entries(told).map(([path, value]) => ({ path, type: 'string', value }) as const)
  device.values.learn({ samples, late: false, at: 0 })
  return device
}
