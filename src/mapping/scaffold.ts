import { isJsonObject, type JsonObject, type JsonValue, stringifyJson } from '../lib/json.ts'
import type { ObjectModel } from '../lwm2m/model/model.ts'
import {
  boundsOf,
  type ScaffoldResource,
  type ScaffoldSource,
  scaffoldResources,
  slug,
} from './scaffold-resources.ts'
import { encodeTopicLevel } from './topic.ts'

/** A list of a file has 256 entries at most; with both, and two commands of a resource, the examples fill it. */
const MAX_TOLD = 128
const MAX_ASKED = 64
/** In examples: milliseconds since the epoch. */
const TIME = 1_764_000_000_000

/**
 * Writes a mapping file for a device: a publication for each resource that it has told or must have, a command for
 * each that can be written or executed, and an example of each.
 * @param schema where editors find the schema
 * @returns YAML; undefined where the device has nothing that could be mapped
 */
export function scaffold(source: ScaffoldSource, model: ObjectModel, schema: string): string | undefined {
  const resources = scaffoldResources(source, model)
  if (resources.length === 0) return undefined
  const { endpoint } = source
  const readable = resources.filter(({ isReadable }) => isReadable)
  const changeable = resources.filter(({ isWritable, isExecutable }) => isWritable || isExecutable)
  const told = readable.slice(0, MAX_TOLD)
  const asked = changeable.slice(0, MAX_ASKED)
  const left = readable.length + changeable.length - told.length - asked.length
  const objects = [...new Set(resources.map(({ object }) => object))]
  const lines = [
    `# yaml-language-server: $schema=${comment(schema)}`,
    `# Made from what ${comment(endpoint)} registered. Change what you like, then: lwm2mqtt map test FILE`,
    `name: device-${slug(endpoint)}`,
    'version: 1',
    `description: ${text(`What ${endpoint} tells and takes.`)}`,
    'extends: plain # everything else stays as the default says',
    `match: { endpoint: ${text(endpoint)} } # or all that have the objects: match: { objects: [${objects.slice(0, MAX_ASKED).join(', ')}] }`,
    '# device: "${registration.attributes.room}" # what topics call a device; else its endpoint name',
    ...(left > 0 ? [`# The device has ${left} more publications and commands than one file takes.`] : []),
    ...section('observe', told.filter(isMeasured).map(observed)),
    ...section('publish', told.flatMap(published)),
    ...section('commands', asked.flatMap(commanded)),
    ...section('examples', [
      ...told.flatMap((resource) => publishExample(resource, endpoint)),
      ...asked.flatMap((resource) => commandExample(resource, endpoint)),
    ]),
  ]
  return `${lines.join('\n')}\n`
}

function section(key: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `${key}:`, ...lines]
}

/** What changes by itself; texts hardly ever do. */
function isMeasured({ type, object }: ScaffoldResource): boolean {
  return !MANAGEMENT.has(object) && ['float', 'integer', 'unsigned', 'boolean'].includes(type)
}

/** Device, Connectivity Monitoring, Firmware Update, Connectivity Statistics, Software Management. */
const MANAGEMENT: ReadonlySet<number> = new Set([3, 4, 5, 7, 9])

function pathOf({ object, resource }: ScaffoldResource, instance: string | number): string {
  return `/${object}/${instance}/${resource}`
}

/** Below the name of the device. */
function topicOf({ levels: [object, resource] }: ScaffoldResource, instance: string | number): string {
  return `${object}/${instance}/${resource}`
}

function observed(resource: ScaffoldResource): string {
  return `  - ${pathOf(resource, '*')} # ${comment(resource.title)}`
}

function published(resource: ScaffoldResource): string[] {
  const { name, title, unit, isMultiple } = resource
  const more = isMultiple ? '/${resourceInstance}' : ''
  return [
    `  - name: ${name} # ${comment(title)}${unit === undefined ? '' : `, in ${comment(unit)}`}`,
    '    on: value',
    `    path: ${pathOf(resource, '*')}`,
    `    topic: ${text(`home/\${device}/${topicOf(resource, '${instance}')}${more}`)}`,
    '    payload: { value: "${value}", unit?: "${unit}" }',
    '    retain: true',
  ]
}

function commanded(resource: ScaffoldResource): string[] {
  return [
    ...(resource.isWritable ? [...commandHead(resource, 'set', 'write'), ...writeBody(resource)] : []),
    ...(resource.isExecutable
      ? [...commandHead(resource, 'run', 'execute'), '    parse: text', '    arguments: "${text}"']
      : []),
  ]
}

function commandHead(resource: ScaffoldResource, verb: 'set' | 'run', operation: string): string[] {
  const { name, title } = resource
  return [
    `  - name: ${verb}-${name} # ${comment(title)}`,
    `    topic: ${text(`home/{device}/${topicOf(resource, '{instance}')}/${verb}`)}`,
    `    operation: ${operation}`,
    `    path: ${text(pathOf(resource, '${levels.instance}'))}`,
  ]
}

function writeBody({ type, range }: ScaffoldResource): string[] {
  const schema = schemaOf(type, range)
  const payload = schema === undefined ? '    parse: text' : `    payload: ${flow(schema)}`
  return [payload, '    value: "${payload}"']
}

/** The JSON schema of what may be written; undefined for texts. */
function schemaOf(type: ScaffoldResource['type'], range: string | undefined): JsonObject | undefined {
  if (type === 'boolean') return { type }
  const bounds = boundsOf(range)
  const limits = bounds === undefined ? undefined : { minimum: bounds[0], maximum: bounds[1] }
  if (type === 'float') return { type: 'number', ...limits }
  if (type === 'integer' || type === 'unsigned' || type === 'time') return { type: 'integer', ...limits }
  return undefined
}

function publishExample(resource: ScaffoldResource, endpoint: string): string[] {
  const { title, value, instance, isMultiple } = resource
  const more = isMultiple ? '/0' : ''
  const unit = resource.unit === undefined ? undefined : { unit: resource.unit }
  const path = `${pathOf(resource, instance)}${more}`
  const topic = `home/${encodeTopicLevel(endpoint)}/${topicOf(resource, instance)}${more}`
  return [
    `  - name: ${text(title)}`,
    ...deviceOf(resource),
    `    event: ${flow({ type: 'notify', endpoint, path, value, ...unit, time: TIME })}`,
    `    gives: [${flow({ topic, payload: { value, ...unit }, retain: true })}]`,
  ]
}

/** The version of the object matters to types and units; where nobody says, it is 1.0. */
function deviceOf({ object, version, instance }: ScaffoldResource): string[] {
  return version === '1.0' ? [] : [`    device: { objects: { "${object}_${version}": [${instance}] } }`]
}

function commandExample(resource: ScaffoldResource, endpoint: string): string[] {
  const { title, instance, value, isWritable, isExecutable } = resource
  const path = pathOf(resource, instance)
  const topic = `home/${encodeTopicLevel(endpoint)}/${topicOf(resource, instance)}`
  const example = (verb: string, payload: JsonValue, gives: JsonObject): string[] => [
    `  - name: ${text(`${title}, ${verb}`)}`,
    `    device: ${flow({ endpoint })}`,
    `    message: ${flow({ topic: `${topic}/${verb}`, payload })}`,
    `    gives: [${flow(gives)}]`,
  ]
  return [
    ...(isWritable ? example('set', value, { operation: 'write', path, value: { json: value } }) : []),
    ...(isExecutable ? example('run', '', { operation: 'execute', path }) : []),
  ]
}

/** A value in YAML's flow style, of which JSON is a part. */
function flow(value: JsonValue): string {
  if (typeof value === 'string') return text(value)
  if (!isJsonObject(value)) return stringifyJson(value)
  return `{ ${Object.entries(value)
    .map(([key, part]) => `${key}: ${flow(part)}`)
    .join(', ')} }`
}

/** A text in quotes. JSON leaves DEL and C1 as they are, which YAML does not take. */
function text(value: string): string {
  const escaped = (letter: string): string => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`
  return JSON.stringify(value).replaceAll(/[\u007f-\u009f\u2028\u2029\ufeff]/g, escaped)
}

/** What a device or a model says, on one line and without what YAML does not take. */
function comment(value: string): string {
  return value.replaceAll(/[\p{C}\u2028\u2029]/gu, ' ')
}
