import { CodedError } from '../../lib/errors.ts'
import type { Operation } from '../command.ts'
import type { ResourceFacts } from '../model/model.ts'
import { parsePath } from '../path.ts'
import type { Sample } from '../value.ts'
import type { Task } from './task.ts'

/** What a command is about, as far as permission depends on it. */
export interface Addressed extends Pick<Task, 'target' | 'path' | 'lookup'> {
  readonly device: Pick<Task['device'], 'object' | 'instances'> & {
    readonly registration: Pick<Task['device']['registration'], 'version'>
  }
}

type Permission = 'readable' | 'writable' | 'executable'

/** What an operation on a resource or resource instance asks of it. */
const NEEDED: Readonly<Record<Operation, Permission | undefined>> = {
  read: 'readable',
  observe: 'readable',
  'write-attributes': 'readable',
  write: 'writable',
  execute: 'executable',
  cancel: undefined,
  create: undefined,
  delete: undefined,
  discover: undefined,
}

const WORDS: readonly (readonly [Permission, string])[] = [
  ['readable', 'read, observe'],
  ['writable', 'write'],
  ['executable', 'execute'],
]

function notAllowed(message: string, place: string): CodedError {
  return new CodedError('operation_not_allowed', message, { place })
}

function requirePermission(facts: ResourceFacts, needed: Permission, operation: string, path: string): void {
  if (facts[needed]) return
  const allowed = WORDS.filter(([permission]) => facts[permission]).map(([, word]) => word)
  const shown = allowed.length === 0 ? 'nothing' : allowed.join(', ')
  throw notAllowed(`${path} (${facts.name}) does not take ${operation}; allowed: ${shown}`, path)
}

function requireMultiple(facts: ResourceFacts, path: string): void {
  if (facts.multiple) return
  const resource = path.slice(0, path.lastIndexOf('/'))
  throw notAllowed(`${resource} (${facts.name}) is a single resource: it has no ${path}`, path)
}

/** What a single object has is instance 0, unless the device has listed another one. */
function requireObjectMultiple(operation: Operation, { device, path, target }: Addressed): void {
  const { object, instance, version } = target
  const facts = device.object(object, version)
  if (facts === undefined || facts.multiple) return
  const listed = device.instances(object)
  const isCreate = operation === 'create'
  const isThere = isCreate ? listed.length === 0 && (instance ?? 0) === 0 : isPossible(listed, instance)
  if (isThere) return
  const has = listed.length === 0 ? 'instance 0 alone' : `instance ${listed.join(', ')} alone`
  const what = `/${object} (${facts.name}) is a single object`
  throw notAllowed(`${what}: ${path} does not take ${operation}; it has ${has}`, path)
}

function isPossible(listed: readonly number[], instance = 0): boolean {
  return instance === 0 || listed.includes(instance)
}

/** Deleting a resource instance came with 1.2 (LwM2M Core 1.2, 6.3.6). */
function requireVersion({ device, path, target }: Addressed): void {
  const { version } = device.registration
  if (target.resourceInstance === undefined || version === '1.2') return
  throw notAllowed(`${path}: only instances can be deleted before LwM2M 1.2, this is ${version}`, path)
}

/**
 * Whether the object model allows an operation at this path. What it does not know passes: the device has the last
 * word.
 * @throws CodedError `operation_not_allowed`, naming what is allowed
 */
export function requireAllowed(operation: Operation, task: Addressed): void {
  const { path, lookup, target } = task
  if (operation === 'cancel') return
  if (operation === 'delete') requireVersion(task)
  else requireObjectMultiple(operation, task) // whether an instance can be deleted, the device says
  const { object, resource, resourceInstance } = target
  const facts = resource === undefined ? undefined : lookup.resource(object, resource)
  if (facts === undefined) return
  const needed = NEEDED[operation]
  if (needed !== undefined) requirePermission(facts, needed, operation, path)
  if (resourceInstance !== undefined) requireMultiple(facts, path)
}

/**
 * Whether all that a new instance holds are values: those that can only be read are the device's to take.
 * @throws CodedError `operation_not_allowed`
 */
export function requireCreatable(samples: readonly Sample[], { lookup }: Pick<Task, 'lookup'>): void {
  for (const { path } of samples) {
    const { object, resource } = parsePath(path)
    const facts = resource === undefined ? undefined : lookup.resource(object, resource)
    if (facts !== undefined && !facts.readable) requirePermission(facts, 'writable', 'create', path)
  }
}

/**
 * Whether all that a write of an instance holds can be written.
 * @throws CodedError `operation_not_allowed`
 */
export function requireWritable(samples: readonly Sample[], { lookup }: Pick<Task, 'lookup'>): void {
  for (const { path } of samples) {
    const { object, resource } = parsePath(path)
    const facts = resource === undefined ? undefined : lookup.resource(object, resource)
    if (facts !== undefined) requirePermission(facts, 'writable', 'write', path)
  }
}
