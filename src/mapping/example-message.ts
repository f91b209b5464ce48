import { isJsonObject, type JsonObject, stringifyJson } from '../lib/json.ts'
import type { ExampleDevice } from './example-device.ts'
import type { Order } from './mapping.ts'
import type { OrderResult } from './order-command.ts'
import type { Message } from './publication.ts'

const encoder = new TextEncoder()

/**
 * A message as an example writes it: a payload that is no text is JSON.
 * @param connection that it comes over; undefined for the main one
 */
export function messageOf(
  { topic = '', payload = '', properties, responseTopic, retain = false }: JsonObject,
  connection: string | undefined,
): Message {
  return {
    topic: String(topic),
    ...(connection === undefined ? undefined : { connection }),
    payload: encoder.encode(typeof payload === 'string' ? payload : stringifyJson(payload)),
    retain: retain === true,
    ...(isJsonObject(properties)
      ? { userProperties: properties as Readonly<Record<string, string>> }
      : undefined),
    ...(typeof responseTopic === 'string' ? { responseTopic } : undefined),
  }
}

/** How the device answers a command in an example: `code`, `values`, `error`, `location`, `links`. */
export function resultOf(given: JsonObject, { command }: Order, device: ExampleDevice): OrderResult {
  const { id, endpoint, operation, path } = command
  const base = { id, endpoint, operation, path }
  const { code = '2.05', values, error, location, links } = given
  if (isJsonObject(error)) {
    const { code: errorCode = 'device_refused', message = '' } = error
    const coded = given.code === undefined ? undefined : { code: String(code) }
    return {
      ...base,
      ...coded,
      status: 'error',
      error: { code: errorCode as never, message: String(message) },
    }
  }
  const samples = isJsonObject(values)
    ? Object.entries(values).map(([at, value]) => device.sample(at, value))
    : undefined
  return {
    ...base,
    status: 'ok',
    code: String(code),
    ...(samples === undefined ? undefined : { samples }),
    ...(typeof location === 'string' ? { location } : undefined),
    ...(Array.isArray(links) ? { links: links as never } : undefined),
  }
}
