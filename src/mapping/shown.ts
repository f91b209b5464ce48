import { type JsonObject, type JsonValue, parseJson } from '../lib/json.ts'
import type { Order, Rejection } from './mapping.ts'
import type { Publication } from './publication.ts'
import type { Failure } from './run.ts'

/** What a mapping makes, in the words of examples. */

/** A publication: without the id, its payload as JSON where it is JSON; of a text, whether it is JSON or bare. */
export function shownPublication(publication: Publication): JsonObject {
  const { topic, payload, qos, retain, connection, contentType, expiry, userProperties = {} } = publication
  const { id: _, ...properties } = userProperties
  return {
    topic,
    ...shownPayload(payload),
    qos,
    retain,
    ...(connection === undefined ? undefined : { connection }),
    ...(contentType === undefined ? undefined : { contentType }),
    ...(expiry === undefined ? undefined : { expiry }),
    ...(Object.keys(properties).length === 0 ? undefined : { properties }),
  }
}

function shownPayload(payload: Publication['payload']): JsonObject {
  if (typeof payload !== 'string') return { payload: { bytes: Buffer.from(payload).toString('hex') } }
  if (payload === '') return { payload }
  const json = jsonIn(payload)
  if (json === undefined) return { payload, encode: 'raw' }
  return typeof json === 'string' ? { payload: json, encode: 'json' } : { payload: json }
}

function jsonIn(text: string): JsonValue | undefined {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}

/** A command. */
export function shownOrder({ command, deadline }: Order): JsonObject {
  const { value, ...rest } = command as typeof command & { readonly value?: JsonValue }
  return {
    ...(rest as unknown as JsonObject),
    ...(value === undefined ? undefined : { value }),
    ...(deadline === undefined ? undefined : { deadline }),
  }
}

/** Why a message gave no command. */
export function shownRejection({ endpoint, name, id, code, message }: Rejection): JsonObject {
  const whom = name === undefined ? { endpoint } : { device: name }
  return { ...whom, ...(id === undefined ? undefined : { id }), rejected: message, code }
}

/** A rule that failed. */
export function shownFailure({ mapping, rule, code, reason }: Failure): JsonObject {
  return { failed: reason, mapping, rule, code }
}
