import type { EnablerVersion } from '../lwm2m/fact.ts'
import { defaultVersion } from '../lwm2m/model/enabler.ts'
import { formatPath, type Path } from '../lwm2m/path.ts'
import type { Attributes } from './attributes.ts'
import type { Instance, Store, StoredObject } from './store.ts'

/** The Security object is never shown (LwM2M Core, 6.2.1.3). */
const SECURITY = 0

const ascending = (map: ReadonlyMap<number, unknown>) => [...map.keys()].sort((a, b) => a - b)

/** Payload of a Register or Update in link format; the root link says what the device speaks, from 1.1. */
export function registrationLinks(store: Store, enabler: EnablerVersion, formats: readonly number[]): string {
  const links = enabler === '1.0' ? [] : [rootLink(formats)]
  for (const [id, object] of store.objects) {
    if (id !== SECURITY) links.push(...objectLinks(id, object, enabler))
  }
  return links.join(',')
}

function rootLink(formats: readonly number[]): string {
  const structured = formats.filter((format) => format >= 100)
  return `</>;rt="oma.lwm2m";ct="${structured.join(' ')}"`
}

function objectLinks(id: number, object: StoredObject, enabler: EnablerVersion): string[] {
  const version = object.version === defaultVersion(id, enabler) ? '' : `;ver=${object.version}`
  const instances = ascending(object.instances).map((instance) => `</${id}/${instance}>`)
  return version === '' && instances.length > 0 ? instances : [`</${id}>${version}`, ...instances]
}

/**
 * Discover (LwM2M Core, 6.3.2) on an object, object instance or resource that is known to exist.
 */
export function discover(store: Store, attributes: Attributes, path: Path): string {
  const object = store.object(path)
  if (path.instance === undefined) return discoverObject(object, attributes, path.object)
  const instance = store.instance(path)
  if (path.resource === undefined)
    return discoverInstance(object, instance, attributes, formatPath(path)).join(',')
  return resourceLink(instance, attributes, formatPath(path), path.resource)
}

function discoverObject(object: StoredObject, attributes: Attributes, id: number): string {
  const links = [`</${id}>;ver=${object.version}${attributes.link(`/${id}`)}`]
  for (const instanceId of ascending(object.instances)) {
    const instance = object.instances.get(instanceId)
    const base = `/${id}/${instanceId}`
    if (instance !== undefined) links.push(...discoverInstance(object, instance, attributes, base))
  }
  return links.join(',')
}

/** Executable resources hold nothing, and are there all the same. */
function discoverInstance(
  object: StoredObject,
  instance: Instance,
  attributes: Attributes,
  base: string,
): string[] {
  const executable = [...object.facts.resources.values()].filter((facts) => facts.executable)
  const ids = new Set([...instance.keys(), ...executable.map((facts) => facts.id)])
  const resources = [...ids].sort((a, b) => a - b)
  return [
    `<${base}>${attributes.link(base)}`,
    ...resources.map((id) => resourceLink(instance, attributes, `${base}/${id}`, id)),
  ]
}

function resourceLink(instance: Instance, attributes: Attributes, path: string, id: number): string {
  const content = instance.get(id)
  const dimension = content instanceof Map ? `;dim=${content.size}` : ''
  return `<${path}>${dimension}${attributes.link(path)}`
}
