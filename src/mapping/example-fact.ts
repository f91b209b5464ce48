import { CodedError, type ErrorCode } from '../lib/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts'
import { closest } from '../lib/suggestion.ts'
import type { Fact, ValuesFact } from '../lwm2m/fact.ts'
import type { Sample } from '../lwm2m/value.ts'
import { eventNames } from './events.ts'
import type { ExampleDevice } from './example-device.ts'

const SOURCES: Readonly<Record<string, ValuesFact['source']>> = {
  value: 'notify',
  late: 'notify',
  notify: 'notify',
  observe: 'observe',
  read: 'read',
}

const LIFECYCLE = ['registered', 're-registered', 'updated', 'deregistered', 'expired'] as const
const INCIDENTS = [
  'observed',
  'observation-ended',
  'observation-failed',
  'attributes-refused',
  'body-lost',
] as const

/**
 * What an example says that happens, as the fact that it stands for.
 * @param at when, if the example does not say
 * @throws CodedError `mapping_invalid` for what is no event of a device
 */
export function factOf(event: JsonObject, device: ExampleDevice, at: number): Fact {
  const { type, id = 'event', at: given = at, path = '/', reason = '' } = event
  const { endpoint } = device.registration
  const base = { id: String(id), at: Number(given), endpoint }
  const source = SOURCES[String(type)]
  if (source !== undefined) {
    const samples = samplesOf(event, device)
    const sequence = typeof event.sequence === 'number' ? { sequence: event.sequence } : undefined
    return {
      ...base,
      type: 'values',
      source,
      path: String(path),
      samples,
      late: type === 'late',
      ...sequence,
      ...(event.asked === true ? { asked: true } : undefined),
    }
  }
  const lifecycle = LIFECYCLE.find((known) => known === type)
  if (lifecycle === 're-registered')
    return {
      ...base,
      type: lifecycle,
      registration: device.registration,
      predecessor: String(event.predecessor ?? 'before'),
    }
  if (lifecycle !== undefined) return { ...base, type: lifecycle, registration: device.registration }
  const incident = INCIDENTS.find((known) => known === type)
  const code = typeof event.code === 'string' ? { code: event.code } : undefined
  if (incident !== undefined)
    return { ...base, type: incident, path: String(path), reason: String(reason), ...code }
  if (type === 'undecodable')
    return { ...base, type, path: String(path), reason: String(reason), ...undecodedOf(event) }
  throw new CodedError('mapping_invalid', `nothing can happen as '${String(type)}'`)
}

function undecodedOf({ contentFormat, payload = '', code = 'payload_invalid' }: JsonObject): {
  readonly contentFormat: number | undefined
  readonly payload: Uint8Array
  readonly code: ErrorCode
} {
  return {
    contentFormat: typeof contentFormat === 'number' ? contentFormat : undefined,
    payload: new Uint8Array(Buffer.from(String(payload), 'base64')),
    code: String(code) as ErrorCode,
  }
}

/**
 * What is wrong with the `type` of an event.
 * @returns what, and what was probably meant
 */
export function typeFault(
  type: JsonValue | undefined,
): readonly [message: string, suggestion?: string] | undefined {
  if (type === undefined || type === '') return ['an event needs a `type`, a word of `on`']
  const word = String(type)
  const instead = INSTEAD[word]
  if (instead !== undefined) return [`'${word}' is no event of its own: ${instead}`]
  if (eventNames.some((name) => name === word)) return undefined
  const meant = closest(word, eventNames)
  return meant === undefined ? [`there is no event '${word}'`] : [`there is no event '${word}'`, meant]
}

const INSTEAD: Readonly<Record<string, string>> = {
  presence: 'write what causes it: registered, deregistered or expired',
  message: 'write the message under `message`',
  send: 'the gateway takes no Send yet',
}

/** `value` of `path`, or `values` by their paths; each may be `{value, time, unit}`, or a list of such: a series. */
function samplesOf({ path = '/', value, values, time, unit }: JsonObject, device: ExampleDevice): Sample[] {
  const more = {
    ...(typeof time === 'number' ? { time } : undefined),
    ...(typeof unit === 'string' ? { unit } : undefined),
  }
  if (!isJsonObject(values)) return value === undefined ? [] : [device.sample(String(path), value, more)]
  return Object.entries(values).flatMap(([at, given]) =>
    seriesOf(given).map(({ json, ...own }) => device.sample(at, json, { ...more, ...own })),
  )
}

function seriesOf(
  given: JsonValue,
): { readonly json: JsonValue; readonly time?: number; readonly unit?: string }[] {
  const list = Array.isArray(given) ? (given as readonly JsonValue[]) : [given]
  return list.map((one) => {
    if (!isJsonObject(one)) return { json: one }
    const { value = null, time, unit } = one
    return {
      json: value,
      ...(typeof time === 'number' ? { time } : undefined),
      ...(typeof unit === 'string' ? { unit } : undefined),
    }
  })
}

const PATH = /^(\/\d{1,5}){1,4}$/

/** The paths that stand in a document, wherever: an example's device has them. */
export function pathsIn(document: JsonValue): string[] {
  if (typeof document === 'string') return PATH.test(document) ? [document] : []
  if (typeof document !== 'object' || document === null) return []
  const keys = isJsonObject(document) ? Object.keys(document).filter((key) => PATH.test(key)) : []
  return [...keys, ...Object.values(document).flatMap((part: JsonValue) => pathsIn(part))]
}
