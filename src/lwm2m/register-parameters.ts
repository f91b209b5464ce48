import { Code } from '../coap/code.ts'
import { readBinding } from './binding.ts'
import type { EnablerVersion } from './fact.ts'
import { Refusal } from './refusal.ts'

/** The query of a Register or Update, sorted into what the specification knows and the rest. */
export interface QueryParameters {
  readonly endpoint: string | undefined
  readonly lifetime: number | undefined
  readonly version: string | undefined
  readonly binding: string | undefined
  readonly queue: boolean
  readonly sms: string | undefined
  readonly profile: string | undefined
  /** What the specification does not know, kept for mappings; a parameter without a value is an empty string. */
  readonly attributes: Readonly<Record<string, string>>
}

/** LwM2M Core, 6.2.1.1: what a Register without `lt` means, in seconds. */
const DEFAULT_LIFETIME = 86_400
const MAX_LIFETIME = 2 ** 32 - 1
const MAX_ENDPOINT_BYTES = 255
const MAX_PARAMETERS = 32
/** What the specification knows, and foresees once. */
const KNOWN: ReadonlySet<string> = new Set(['ep', 'lt', 'lwm2m', 'b', 'Q', 'sms', 'pid'])

function splitQuery(query: readonly string[]): Map<string, string> {
  if (query.length > MAX_PARAMETERS) {
    throw new Refusal(Code.badRequest, 'register_parameter', `more than ${MAX_PARAMETERS} query parameters`)
  }
  const parameters = new Map<string, string>()
  for (const item of query) {
    const equals = item.indexOf('=')
    const name = equals < 0 ? item : item.slice(0, equals)
    if (!parameters.has(name)) parameters.set(name, equals < 0 ? '' : item.slice(equals + 1))
    else if (KNOWN.has(name)) {
      throw new Refusal(Code.badRequest, 'register_parameter', `the query names '${name.slice(0, 40)}' twice`)
    }
  }
  return parameters
}

function readLifetime(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const lifetime = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  if (lifetime <= MAX_LIFETIME) return lifetime
  throw new Refusal(
    Code.badRequest,
    'register_parameter',
    `lt=${text.slice(0, 40)} is no lifetime: whole seconds from 0 (for ever) to ${MAX_LIFETIME}`,
  )
}

function takeFrom(parameters: Map<string, string>, name: string): string | undefined {
  const value = parameters.get(name)
  parameters.delete(name)
  return value
}

/**
 * @throws Refusal 4.00 for a parameter of the specification given twice, too many of them, or a lifetime that is none
 */
export function readQuery(query: readonly string[]): QueryParameters {
  const parameters = splitQuery(query)
  return {
    endpoint: takeFrom(parameters, 'ep'),
    lifetime: readLifetime(takeFrom(parameters, 'lt')),
    version: takeFrom(parameters, 'lwm2m'),
    binding: takeFrom(parameters, 'b') || undefined, // some clients send an empty one: it says nothing
    queue: takeFrom(parameters, 'Q') !== undefined,
    sms: takeFrom(parameters, 'sms'),
    profile: takeFrom(parameters, 'pid'),
    attributes: Object.fromEntries(parameters),
  }
}

/**
 * What an Update leaves of the attributes of a registration.
 * @throws Refusal 4.00 where Updates have brought too many, one by one
 */
export function mergeAttributes(
  before: QueryParameters['attributes'],
  changed: QueryParameters['attributes'],
): QueryParameters['attributes'] {
  const merged = { ...before, ...changed }
  if (Object.keys(merged).length <= MAX_PARAMETERS) return merged
  throw new Refusal(
    Code.badRequest,
    'register_parameter',
    `more than ${MAX_PARAMETERS} query parameters in one registration`,
  )
}

export function lifetimeOf(parameters: QueryParameters): number {
  return parameters.lifetime ?? DEFAULT_LIFETIME
}

/**
 * The enabler version of a Register: only major and minor count (`1.0.2` is 1.0), absent is 1.0.
 * @throws Refusal 4.12, upon which a newer client tries an older version
 */
export function versionOf(parameters: QueryParameters): EnablerVersion {
  const text = parameters.version
  if (text === undefined) return '1.0'
  const version = /^(1\.[012])(\.\d{1,5})?$/.exec(text)?.[1]
  if (version !== undefined) return version as EnablerVersion
  throw new Refusal(
    Code.preconditionFailed,
    'register_version',
    `lwm2m=${text.slice(0, 40)} is not supported: 1.0, 1.1 and 1.2 are`,
  )
}

/**
 * The endpoint name that the query gives.
 * @returns undefined where there is none; that is legal where the security identity names the endpoint
 * @throws Refusal 4.00 for an empty name or one above 255 bytes
 */
export function endpointOf(parameters: QueryParameters): string | undefined {
  return parameters.endpoint === undefined ? undefined : checkEndpoint(parameters.endpoint)
}

/**
 * @throws Refusal 4.00 for an empty name or one above 255 bytes
 */
export function checkEndpoint(endpoint: string): string {
  if (endpoint.length > 0 && Buffer.byteLength(endpoint) <= MAX_ENDPOINT_BYTES) return endpoint
  throw new Refusal(
    Code.badRequest,
    'register_endpoint',
    `an endpoint name has 1 to ${MAX_ENDPOINT_BYTES} bytes, this one has ${Buffer.byteLength(endpoint)}`,
  )
}

/**
 * Binding and queue mode; an absent or empty `b` is `U`, or what held before.
 * @throws Refusal 4.00 where the enabler version does not know this form
 */
export function bindingOf(
  parameters: QueryParameters,
  version: EnablerVersion,
  strict: boolean,
  before?: { readonly binding: string; readonly queueMode: boolean },
): { readonly binding: string; readonly queueMode: boolean } {
  const text = parameters.binding ?? before?.binding ?? 'U'
  const binding = readBinding(text, parameters.queue, version, strict)
  if (binding === undefined) {
    throw new Refusal(
      Code.badRequest,
      'register_binding',
      `binding '${text.slice(0, 20)}'${parameters.queue ? ' with Q' : ''} is none of LwM2M ${version}` +
        ' (1.0: U UQ S SQ US UQS, later: letters of UMHTSN, and Q as a parameter of its own)',
    )
  }
  // An Update that is silent about it changes nothing; from 1.1 it cannot withdraw queue mode (LwM2M Core 1.1, 6.2.2).
  const keeps = before?.queueMode === true && (version !== '1.0' || parameters.binding === undefined)
  return { binding: text, queueMode: binding.queueMode || keeps }
}
