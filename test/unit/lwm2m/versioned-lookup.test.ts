import { describe, expect, it } from 'vitest'
import { RegisteredDevice } from '../../../src/lwm2m/device.ts'
import { builtinModel } from '../../../src/lwm2m/model/builtin.ts'
import { parseVersionedPath } from '../../../src/lwm2m/path.ts'
import { lookupFor } from '../../../src/lwm2m/versioned-lookup.ts'
import { peer } from './peer.ts'
import { registration } from './registration.ts'
import { FakeRequester } from './requester.ts'

const objects = [
  { id: 3, version: '1.0', instances: [0] },
  { id: 3303, version: '1.1', instances: [0] },
]
const device = new RegisteredDevice(
  { ...registration(), version: '1.1', objects },
  peer('x'),
  builtinModel,
  new FakeRequester(),
)
const rangeOf = (path: string, forced = false) =>
  lookupFor(device, parseVersionedPath(path), forced).resource(3, 9)?.range

describe('the facts for a path', () => {
  it('without a version are those of the version that the device registered', () => {
    expect(rangeOf('/3/0/9')).toBe('0-100')
  })

  it('with the version that the device registered are the same', () => {
    expect(rangeOf('/3_1.0/0/9')).toBe('0-100')
  })

  it('with another version are refused', () => {
    expect(() => rangeOf('/3_1.1/0/9')).toThrow(
      expect.objectContaining({
        code: 'path_version',
        place: '/3/0/9',
        message: expect.stringMatching(/object 3 in version 1\.0, not 1\.1/),
      }),
    )
  })

  it('with another version are of that version where it is forced, and only for that object', () => {
    expect(rangeOf('/3_1.1/0/9', true)).toBe('0..100')
    const lookup = lookupFor(device, parseVersionedPath('/3303_1.0/0'), true)
    expect(lookup.resource(3, 9)?.range).toBe('0-100')
    const quality = 6042 // came with 1.1 of object 3303
    expect([lookup.resource(3303, quality), device.resource(3303, quality)?.id]).toEqual([undefined, quality])
  })

  it('of an object that the device did not list are of any version', () => {
    expect(lookupFor(device, parseVersionedPath('/6_1.0/0'), false).resource(6, 0)?.name).toBe('Latitude')
  })

  it('decode what comes back', () => {
    const lookup = lookupFor(device, parseVersionedPath('/3_1.1/0/9'), true)
    expect(device.decodeContext('/3/0/9', 0, lookup).resource(3, 9)?.range).toBe('0..100')
    expect(device.decodeContext('/3/0/9', 0).resource(3, 9)?.range).toBe('0-100')
  })
})

describe('an object without version, which the device did not list', () => {
  it('is of the version that belongs to the release', () => {
    expect(device.version(1)).toBeUndefined()
    const muteSend = 23 // came with 1.1 of object 1, which belongs to LwM2M 1.1
    const older = new RegisteredDevice(
      { ...registration(), version: '1.0', objects },
      peer('x'),
      builtinModel,
      new FakeRequester(),
    )

    expect(device.resource(1, muteSend)?.name).toBe('Mute Send')
    expect(older.resource(1, muteSend)).toBeUndefined()
  })
})
