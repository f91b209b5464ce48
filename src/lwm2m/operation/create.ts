import { Code } from '../../coap/code.ts'
import type { ReceivedResponse, Request } from '../../coap/handler.ts'
import { CodedError } from '../../lib/errors.ts'
import { isJsonObject, type JsonValue } from '../../lib/json.ts'
import { chooseFormat } from '../format/choose.ts'
import { encodePayload, TLV } from '../format/formats.ts'
import { encodeInstances } from '../format/tlv.ts'
import { writeSamples } from '../model/convert.ts'
import { parsePath, uriPath, withoutPrefix } from '../path.ts'
import type { ResourceTypes, Sample } from '../value.ts'
import { coerce } from './coerce.ts'
import { requireCreatable } from './permission.ts'
import { type CommandOf, codeOf, type Ending, type Task } from './task.ts'
import { jsonOf } from './write.ts'

/** A new instance: the values that it gets, under its path. */
interface NewInstance {
  readonly path: string
  readonly samples: readonly Sample[]
}

/**
 * Create (LwM2M Core, 6.3.7): a POST on the object. Whether what is mandatory is there, the device decides.
 * @throws CodedError `value_type`, `value_range`, `operation_not_allowed`, and those of the formats
 */
export function createRequest(command: CommandOf<'create'>, task: Task): Request {
  const { device, target } = task
  const object = `/${target.object}`
  const isNamed = target.instance !== undefined || 'instances' in command
  const instances = instancesOf(command, task)
  const contentFormat = command.format ?? formatOf(isNamed, instances, task)
  const payload = isNamed
    ? namedPayload(instances, contentFormat, object)
    : namelessPayload(instances, contentFormat, object)
  return { code: Code.post, path: uriPath(device.registration, object), contentFormat, payload }
}

function instancesOf(command: CommandOf<'create'>, task: Task): NewInstance[] {
  const { object, instance } = task.target
  if ('instances' in command) return severalOf(command, task)
  // Without an id, the values are read as if they were of instance 0, of which nothing is left on the wire.
  const path = `/${object}/${instance ?? 0}`
  return [newInstance(path, jsonOf(command.value, task), command.types, task)]
}

function severalOf(
  { instances, coerce: isLenient, types }: Extract<CommandOf<'create'>, { readonly instances: JsonValue }>,
  task: Task,
): NewInstance[] {
  const { target, path, lookup } = task
  if (target.instance === undefined && isJsonObject(instances) && Object.keys(instances).length > 0)
    return Object.entries(instances).map(([id, given]) => {
      const json = isLenient === true ? coerce(given, { object: target.object }, lookup) : given
      return newInstance(`${path}/${id}`, json, types, task)
    })
  throw new CodedError(
    'value_type',
    `instances of ${path}: send an object from instance ids to values, and an object as path`,
    { place: path },
  )
}

function newInstance(
  path: string,
  json: JsonValue,
  types: ResourceTypes | undefined,
  task: Task,
): NewInstance {
  const { lookup, isForced } = task
  const target = parsePath(path)
  if (target.instance === undefined || target.resource !== undefined)
    throw new CodedError('path_invalid', `'${path.slice(0, 80)}' is no path of an instance`)
  const samples = writeSamples(target, json, lookup, isForced, types)
  if (!isForced) requireCreatable(samples, task)
  return { path, samples }
}

/** An instance without an id, or without values, can be said in TLV alone. */
function formatOf(isNamed: boolean, instances: readonly NewInstance[], { device, path }: Task): number {
  if (!isNamed || instances.some(({ samples }) => samples.length === 0)) return TLV
  const samples = instances.flatMap((instance) => instance.samples)
  return chooseFormat(device.registration, path, samples)
}

function namedPayload(instances: readonly NewInstance[], format: number, object: string): Uint8Array {
  if (format === TLV) return encodeInstances(instances)
  const empty = instances.find(({ samples }) => samples.length === 0)
  if (empty === undefined) {
    const samples = instances.flatMap((instance) => instance.samples)
    return encodePayload(format, samples, object)
  }
  throw new CodedError('payload_unsupported', `only TLV can hold ${empty.path} without any value`, {
    place: empty.path,
  })
}

function namelessPayload([instance]: readonly NewInstance[], format: number, object: string): Uint8Array {
  if (format === TLV && instance !== undefined) return encodePayload(TLV, instance.samples, instance.path)
  throw new CodedError(
    'payload_unsupported',
    `only TLV can leave the id of the instance to the device: name one, as in ${object}/1, or leave the format out`,
    { place: object },
  )
}

/** The device says the path where it chose the id; else it is what was asked for. */
export function createdEnding(response: ReceivedResponse, { device, target, path }: Task): Ending {
  const { locationPath = [] } = response
  if (locationPath.length > 0) {
    const location = withoutPrefix(`/${locationPath.join('/')}`, device.registration.alternatePath)
    return { ...codeOf(response), location }
  }
  return { ...codeOf(response), ...(target.instance === undefined ? undefined : { location: path }) }
}
