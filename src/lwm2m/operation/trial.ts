import { CodedError } from '../../lib/errors.ts'
import type { Command, DeviceSnapshot } from '../command.ts'
import { writeSamples } from '../model/convert.ts'
import { formatPath, parseVersionedPath, type VersionedPath } from '../path.ts'
import { requireDepth } from './depth.ts'
import { requireAllowed, requireWritable } from './permission.ts'
import { jsonOf } from './write.ts'

/**
 * Why a command would be refused before it is sent, without a device: by its path, by the object model in the version
 * that the device registered, or by the value of a write.
 * @returns undefined where nothing speaks against it
 */
export function refusalOf(command: Command, device: DeviceSnapshot): CodedError | undefined {
  try {
    const target = parseVersionedPath(command.path)
    requireDepth(command.operation, target)
    checkByModel(command, target, device)
    return undefined
  } catch (error) {
    if (error instanceof CodedError) return error
    throw error
  }
}

function checkByModel(command: Command, target: VersionedPath, snapshot: DeviceSnapshot): void {
  const { registration } = snapshot
  if (registration === undefined) return
  const isForced = command.force === true
  const instances = (object: number): readonly number[] =>
    registration.objects.find(({ id }) => id === object)?.instances ?? []
  const device = { registration, instances, object: (id: number) => snapshot.object(id) }
  const task = { target, path: formatPath(target), lookup: snapshot, device }
  if (!isForced) requireAllowed(command.operation, task)
  if (command.operation !== 'write') return
  const samples = writeSamples(target, jsonOf(command.value, task), snapshot, isForced, command.types)
  if (!isForced) requireWritable(samples, task)
}
