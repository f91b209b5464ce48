import { Code } from '../coap/code.ts'
import { CodedError } from '../lib/errors.ts'
import type { EnablerVersion, RegisteredObject } from './fact.ts'
import { type Link, parseLinks } from './format/link-format.ts'
import { defaultVersion } from './model/enabler.ts'
import { type Path, parsePath } from './path.ts'
import { Refusal } from './refusal.ts'

/** Most links of a payload, and most objects and instances among them: many times what the largest devices have. */
const MAX_LINKS = 8_192
const MAX_OBJECTS = 1_024
const MAX_INSTANCES = 4_096

/** What the payload of a Register or Update says of the device's tree (LwM2M Core, 6.2.1.3). */
export interface ObjectList {
  readonly objects: readonly RegisteredObject[]
  /** `/` unless the device keeps its tree elsewhere. */
  readonly alternatePath: string
  /** Content-Format ids that the root link offers. */
  readonly contentFormats: readonly number[]
}

const ROOT_TYPE = 'oma.lwm2m'
/** As long as one segment of a request's path may be (RFC 7252, 5.10). */
const MAX_ROOT_BYTES = 255
const VERSION = /^\d{1,3}\.\d{1,3}$/

function findRoot(links: readonly Link[]): Link | undefined {
  return links.find(isTyped) ?? links.find((link) => link.target === '/')
}

/** `rt` holds one type or several. */
function isTyped(link: Link): boolean {
  return link.attributes.get('rt')?.split(' ').includes(ROOT_TYPE) === true
}

/** The root link's target, without the slash that may stand at its end; one that is no path is the root. */
function rootPath({ target }: Link): string {
  const path = target.endsWith('/') ? target.slice(0, -1) : target
  const isPath = path.startsWith('/') && !path.includes('//') && Buffer.byteLength(path) <= MAX_ROOT_BYTES
  return isPath ? Buffer.from(path).toString() : '/' // a copy: a slice would keep the whole text
}

function formatsOf(root: Link): number[] {
  const formats = root.attributes.get('ct')?.split(' ') ?? []
  return formats.filter((format) => /^\d{1,5}$/.test(format)).map(Number)
}

/** The link's path in the device's tree; undefined for a link that is none of it (`/.well-known/core`). */
function pathOfLink(target: string, alternatePath: string): Path | undefined {
  const isBelow = alternatePath !== '/' && target.startsWith(`${alternatePath}/`)
  try {
    const path = parsePath(isBelow ? target.slice(alternatePath.length) : target)
    return path.resource === undefined ? path : undefined
  } catch {
    return undefined
  }
}

/** By far the most frequent lists of instances, shared by all objects that have them. */
const NO_INSTANCE: readonly number[] = Object.freeze([])
const JUST_THE_FIRST: readonly number[] = Object.freeze([0])

function compact(instances: ReadonlySet<number>): readonly number[] {
  if (instances.size === 0) return NO_INSTANCE
  if (instances.size === 1 && instances.has(0)) return JUST_THE_FIRST
  return [...instances].sort((one, other) => one - other)
}

/** @throws Refusal 4.00 for more than is allowed */
class ObjectCollector {
  readonly #objects = new Map<number, { version: string | undefined; instances: Set<number> }>()
  #instances = 0

  add(path: Path, version: string | undefined): void {
    let object = this.#objects.get(path.object)
    if (object === undefined) {
      if (this.#objects.size === MAX_OBJECTS) throw refuseSize(MAX_OBJECTS, 'objects')
      object = { version: undefined, instances: new Set() }
      this.#objects.set(path.object, object)
    }
    if (version !== undefined && VERSION.test(version)) object.version = version
    if (path.instance === undefined || object.instances.has(path.instance)) return
    if (++this.#instances > MAX_INSTANCES) throw refuseSize(MAX_INSTANCES, 'instances')
    object.instances.add(path.instance)
  }

  finish(enabler: EnablerVersion): RegisteredObject[] {
    const ascending = [...this.#objects].sort(([one], [other]) => one - other)
    return ascending.map(([id, { version, instances }]) => ({
      id,
      version: version ?? defaultVersion(id, enabler),
      instances: compact(instances),
    }))
  }
}

function refuseSize(most: number, what: string): Refusal {
  return new Refusal(Code.badRequest, 'register_links', `the payload names more than ${most} ${what}`)
}

function linksOf(payload: Uint8Array): Link[] {
  try {
    return parseLinks(payload, MAX_LINKS)
  } catch (error) {
    if (error instanceof CodedError) throw new Refusal(Code.badRequest, 'register_links', error.message)
    throw error
  }
}

/**
 * Reads the object list. Links that are no objects are passed over.
 * @param before what held until now: the list of an Update may leave the root link out, or its formats (Leshan)
 * @throws Refusal 4.00 for a payload that is no link format, that names no object, or more than a device has
 */
export function readObjectList(
  payload: Uint8Array,
  version: EnablerVersion,
  before?: ObjectList,
): ObjectList {
  const links = linksOf(payload)
  const root = findRoot(links)
  const alternatePath = root === undefined ? (before?.alternatePath ?? '/') : rootPath(root)
  const collector = new ObjectCollector()
  for (const link of links) {
    const path = link === root ? undefined : pathOfLink(link.target, alternatePath)
    if (path !== undefined) collector.add(path, link.attributes.get('ver'))
  }
  const objects = collector.finish(version)
  if (objects.length === 0)
    throw new Refusal(Code.badRequest, 'register_links', 'the payload names no object')
  const contentFormats = root?.attributes.has('ct') ? formatsOf(root) : (before?.contentFormats ?? [])
  return { objects, alternatePath, contentFormats }
}
