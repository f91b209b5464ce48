import { Code } from '../../coap/code.ts'
import type { Request } from '../../coap/handler.ts'
import { CodedError } from '../../lib/errors.ts'
import { type JsonValue, parseJson } from '../../lib/json.ts'
import type { WriteValue } from '../command.ts'
import { chooseFormat } from '../format/choose.ts'
import { encodePayload } from '../format/formats.ts'
import { writeSamples } from '../model/convert.ts'
import { uriPath } from '../path.ts'
import type { Sample } from '../value.ts'
import { coerce } from './coerce.ts'
import { requireWritable } from './permission.ts'
import type { CommandOf, Task } from './task.ts'

/**
 * Write (LwM2M Core, 6.3.3): PUT replaces, POST updates.
 * @throws CodedError `value_type`, `value_range`, `operation_not_allowed`, `path_depth`, and those of the formats
 */
export function writeRequest(command: CommandOf<'write'>, task: Task): Request {
  const { device, path, target } = task
  const json = jsonOf(command.value, task)
  const samples = writeSamples(target, json, task.lookup, task.isForced, command.types)
  if (!task.isForced) requireWritable(samples, task)
  // A resource is replaced (POST on it means the instances of a multiple one); an instance keeps what is not named.
  const mode = command.mode ?? (target.resource === undefined ? 'update' : 'replace')
  if (mode === 'update') requireUpdatable(samples, task)
  const contentFormat = command.format ?? chooseFormat(device.registration, path, samples)
  return {
    code: mode === 'replace' ? Code.put : Code.post,
    path: uriPath(device.registration, path),
    contentFormat,
    payload: encodePayload(contentFormat, samples, path),
  }
}

/** A POST on a single resource is an Execute (LwM2M Core, 6.3.5): a write must never become one. */
function requireUpdatable(samples: readonly Sample[], { target, path }: Task): void {
  const isBelow = samples.length > 0 && samples.every((sample) => sample.path !== path)
  if (target.resource === undefined || isBelow) return
  throw new CodedError('path_depth', `an update is of an instance or a multiple resource: replace ${path}`, {
    place: path,
  })
}

/** Typed text is a string where the resource is one; elsewhere it is JSON, and a word that is no JSON is itself. */
export function jsonOf(value: WriteValue, { target, lookup }: Pick<Task, 'target' | 'lookup'>): JsonValue {
  if ('json' in value) return value.coerce === true ? coerce(value.json, target, lookup) : value.json
  const { object, resource } = target
  const type = resource === undefined ? undefined : lookup.resource(object, resource)?.type
  if (type === 'string' || type === 'corelnk') return value.text
  try {
    return parseJson(value.text)
  } catch {
    return value.text
  }
}
