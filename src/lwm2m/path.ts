import { CodedError } from '../lib/errors.ts'

/**
 * A path in a device's tree (LwM2M Core, 7.3): object, object instance, resource, resource instance; each a number
 * from 0 to 65534. In facts, commands and maps a path is its text (`/3303/0/5700`), which is also its topic tail.
 */
export interface Path {
  readonly object: number
  readonly instance?: number
  readonly resource?: number
  readonly resourceInstance?: number
}

/** 65535 is reserved: as an id it means "no object", "no instance" (LwM2M Core, 7.2). */
const MAX_ID = 65534

/** One id: digits without a leading zero, at most 65534; -1 where it is none. No regular expression: a hot path. */
function readId(text: string, from: number, to: number): number {
  if (to === from || (to > from + 1 && text.charCodeAt(from) === 0x30)) return -1
  let id = 0
  for (let at = from; at < to; at++) {
    const digit = text.charCodeAt(at) - 0x30
    if (digit < 0 || digit > 9) return -1
    id = id * 10 + digit
    if (id > MAX_ID) return -1
  }
  return id
}

/** The ids of a path text, from one to four; undefined where it is none. */
function readIds(text: string): number[] | undefined {
  const ids: number[] = []
  let from = 1
  while (from <= text.length) {
    const slash = text.indexOf('/', from)
    const to = slash < 0 ? text.length : slash
    const id = readId(text, from, to)
    if (id < 0 || ids.length === 4) return undefined
    ids.push(id)
    if (slash < 0) return ids
    from = to + 1
  }
  return undefined
}

/**
 * Parses `/3303/0/5700`.
 * @throws CodedError `path_invalid` for anything else: other characters, leading zeros, ids above 65534, a depth
 *   above four, the root
 */
export function parsePath(text: string): Path {
  const ids = text.startsWith('/') ? readIds(text) : undefined
  if (ids === undefined) {
    throw new CodedError(
      'path_invalid',
      `'${text.slice(0, 80)}' is no LwM2M path: /object[/instance[/resource[/resourceInstance]]] with numbers from 0 to ${MAX_ID}`,
    )
  }
  return pathOf(ids)
}

/** A path as a person may write it: the object with the version that is meant, `/3_1.2/0/9`. */
export interface VersionedPath extends Path {
  readonly version?: string
}

const VERSION = /^\d{1,3}\.\d{1,3}$/

/**
 * Parses the path of a command. What goes to the device, and up in facts, is the path without the version
 * (`formatPath`): in payloads and links of devices there is none, and `parsePath` takes none.
 * @throws CodedError `path_invalid`
 */
export function parseVersionedPath(text: string): VersionedPath {
  const slash = text.indexOf('/', 1)
  const end = slash < 0 ? text.length : slash
  const mark = text.indexOf('_')
  if (mark < 0 || mark > end) return parsePath(text)
  const version = text.slice(mark + 1, end)
  if (VERSION.test(version)) return { ...parsePath(text.slice(0, mark) + text.slice(end)), version }
  const shown = text.slice(0, 80)
  throw new CodedError('path_invalid', `'${version.slice(0, 20)}' in '${shown}' is no version such as 1.2`)
}

/** A path from one to four ids that are known to be valid. */
export function pathOf(ids: readonly number[]): Path {
  const [object = 0, instance, resource, resourceInstance] = ids
  // Written out: each value of each notification comes by here, and spreads cost more than the rest of it.
  const path: { -readonly [Key in keyof Path]: Path[Key] } = { object }
  if (instance !== undefined) path.instance = instance
  if (resource !== undefined) path.resource = resource
  if (resourceInstance !== undefined) path.resourceInstance = resourceInstance
  return path
}

/** The ids of a path, outermost first. */
export function idsOf(path: Path): number[] {
  const ids = [path.object]
  if (path.instance !== undefined) ids.push(path.instance)
  if (path.resource !== undefined) ids.push(path.resource)
  if (path.resourceInstance !== undefined) ids.push(path.resourceInstance)
  return ids
}

export function formatPath(path: Path): string {
  return `/${idsOf(path).join('/')}`
}

/** Whether `inner` is `outer` or lies below it; both are path texts. */
export function isWithin(inner: string, outer: string): boolean {
  return inner.startsWith(outer) && (inner.length === outer.length || inner.charCodeAt(outer.length) === 0x2f)
}

/**
 * The segments of a request's path: what lies in the device's tree, below the device's alternate path.
 * @param path text of a valid path
 */
export function uriPath(device: { readonly alternatePath: string }, path: string): string[] {
  const prefix = device.alternatePath === '/' ? '' : device.alternatePath
  return `${prefix}${path}`.slice(1).split('/')
}

/** A target that a device names: without its alternate path, which may stand before it or not. */
export function withoutPrefix(target: string, alternatePath: string): string {
  const isPrefixed = alternatePath !== '/' && target.startsWith(`${alternatePath}/`)
  return isPrefixed ? target.slice(alternatePath.length) : target
}
