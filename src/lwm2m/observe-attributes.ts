import type { Request } from '../coap/handler.ts'
import { CodedError } from '../lib/errors.ts'
import type { NewAttributes } from './command.ts'
import type { RegisteredDevice } from './device.ts'
import type { ActiveObservation } from './observation.ts'
import { attributesRequest } from './operation/attributes.ts'
import { parsePath } from './path.ts'

/** Whether the policy has nothing to change about what stands: it leaves alone what somebody asked for by a command. */
export function isAsWanted(
  standing: ActiveObservation | undefined,
  attributes: NewAttributes | undefined,
): boolean {
  return standing !== undefined && (!standing.terms.isOfPolicy || standing.terms.attributes === attributes)
}

/** The attributes to write so that these hold and none of those before; undefined where there is nothing to write. */
export function changesOf(
  before: NewAttributes | undefined,
  attributes: NewAttributes | undefined,
): NewAttributes | undefined {
  if (before === undefined) return attributes
  const gone = Object.keys(before).map((name) => [name, null])
  return { ...Object.fromEntries(gone), ...attributes }
}

/** The request that writes attributes, or why these cannot be written. */
export function requestFor(
  device: RegisteredDevice,
  path: string,
  attributes: NewAttributes,
): Request | CodedError {
  try {
    const place = { device, target: parsePath(path), path, lookup: device, isForced: false }
    return attributesRequest({ attributes }, place)
  } catch (error) {
    if (error instanceof CodedError) return error
    throw error
  }
}
