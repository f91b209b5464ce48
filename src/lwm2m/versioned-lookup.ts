import { CodedError } from '../lib/errors.ts'
import type { RegisteredDevice } from './device.ts'
import type { ResourceLookup } from './model/convert.ts'
import type { ResourceFacts } from './model/model.ts'
import { formatPath, type VersionedPath } from './path.ts'

/** The facts of one object in another version than the device registered; of all others as registered. */
class VersionedLookup implements ResourceLookup {
  readonly #device: RegisteredDevice
  readonly #object: number
  readonly #version: string

  constructor(device: RegisteredDevice, object: number, version: string) {
    this.#device = device
    this.#object = object
    this.#version = version
  }

  resource(object: number, resource: number): ResourceFacts | undefined {
    return this.#device.resource(object, resource, object === this.#object ? this.#version : undefined)
  }
}

/**
 * The facts to use for a command: of the version that its path names, else of those that the device registered.
 * @param forced a version that the device did not register is taken all the same
 * @throws CodedError `path_version`
 */
export function lookupFor(device: RegisteredDevice, path: VersionedPath, forced: boolean): ResourceLookup {
  const { object, version } = path
  if (version === undefined) return device
  const registered = device.version(object)
  if (registered !== undefined && registered !== version && !forced) {
    const { endpoint } = device.registration
    throw new CodedError(
      'path_version',
      `'${endpoint}' registered object ${object} in version ${registered}, not ${version}`,
      { place: formatPath(path) },
    )
  }
  return new VersionedLookup(device, object, version)
}
