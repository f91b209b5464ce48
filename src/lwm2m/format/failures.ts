import { CodedError } from '../../lib/errors.ts'
import type { ResourceType } from '../value.ts'

/** The bytes are not of the format. `place` is a position inside the payload, such as `byte 12` or `record 3`. */
export function malformed(message: string, place: string, cause?: unknown): CodedError {
  return new CodedError('payload_malformed', `${message} (${place})`, { place, cause })
}

/** A value does not fit the type of its resource. */
export function mismatch(type: ResourceType, found: string, place: string): CodedError {
  return new CodedError('payload_type', `the resource is of type ${type}, but ${place} holds ${found}`, {
    place,
  })
}

/** The format cannot hold these values. */
export function unsupported(message: string, place?: string): CodedError {
  return new CodedError('payload_unsupported', message, { place })
}
