import { expect, test } from 'vitest'
import { builtinModel } from '../../../src/lwm2m/model/builtin.ts'
import { ExampleDevice } from '../../../src/mapping/example-device.ts'
import { exampleSurroundings } from '../../../src/mapping/examples.ts'
import { fields, resourceFields } from '../../../src/mapping/fields.ts'
import { rejectionFacts, resultFacts } from '../../../src/mapping/result.ts'
import { DeviceScope } from '../../../src/mapping/scope/device.ts'

const device = new ExampleDevice(
  { endpoint: 'room-1', values: { '/3/0/9': 77, '/3303/0/5700': 21.5 } },
  [],
  builtinModel,
  0,
)
const scope = new DeviceScope(
  { ...exampleSurroundings, tables: {}, units: new Map(), integers: 'number' },
  { event: 'value', id: 'i', at: 0 },
  { endpoint: 'room-1', name: 'room-1', snapshot: device },
)
const namesOf = (known: readonly { readonly name: string }[]) => known.map(({ name }) => name)

test('the reference knows every field of a result', () => {
  const question = { id: '1', endpoint: 'room-1', operation: 'read', path: '/3' } as const
  const samples = [{ path: '/3/0/9', type: 'integer', value: 5, time: 1, unit: '%' }] as const
  const all = {
    ...resultFacts({ ...question, status: 'ok', code: '2.05', samples, location: '/3/0', links: [] }),
    ...resultFacts({ ...question, status: 'error', error: { code: 'device_refused', message: 'no' } }),
    ...rejectionFacts({ id: undefined, code: 'request_invalid', message: 'no' } as never),
  }
  expect(Object.keys(all).toSorted()).toEqual(namesOf(fields.result).toSorted())
})

test('and of the gateway, of a registration and of resources', () => {
  expect(Object.keys(scope.gateway).toSorted()).toEqual(namesOf(fields.gateway).toSorted())
  const optional = ['sms', 'identity']
  const known = namesOf(fields.registration).filter((name) => !optional.includes(name))
  expect(Object.keys(scope.registration ?? {}).toSorted()).toEqual(known.toSorted())
  expect(Object.keys(scope.resources[0] ?? {}).toSorted()).toEqual(namesOf(resourceFields).toSorted())
})

test('names of values are those of object, instance and resource', () => {
  expect(scope.names).toEqual({
    device: { batteryLevel: 77 },
    temperature: { '0': { sensorValue: 21.5 } },
  })
})

test('names have one order, whichever value came last', () => {
  const values = { '/3303/10/5700': 1, '/3303/2/5700': 2, '/3/0/11/1': 3, '/3/0/9': 4, '/3/0/11/0': 5 }
  const later = new ExampleDevice({ values }, [], builtinModel, 0)
  const { names } = new DeviceScope(
    { ...exampleSurroundings, tables: {}, units: new Map(), integers: 'number' },
    { event: 'value', id: 'i', at: 0 },
    { endpoint: 'e', name: 'e', snapshot: later },
  )
  expect(JSON.stringify(names)).toBe(
    '{"device":{"batteryLevel":4,"errorCode":{"0":5,"1":3}},"temperature":{"2":{"sensorValue":2},"10":{"sensorValue":1}}}',
  )
})
