import type { ErrorCode } from '../lib/errors.ts'
import type { JsonObject, JsonValue } from '../lib/json.ts'
import type { DiscoveredLink } from '../lwm2m/command.ts'
import type { Rejection } from './mapping.ts'
import type { OrderResult } from './order-command.ts'
import { contentOf, jsonOfValue } from './value-json.ts'

/** How a command ended, in one word, for answers that tell apart what other dialects tell apart. */
type Ending = 'ok' | 'refused' | 'timeout' | 'reset' | 'expired' | 'cancelled' | 'rejected' | 'failed'

const ENDINGS: ReadonlyMap<ErrorCode, Ending> = new Map([
  ['device_refused', 'refused'],
  ['coap_no_ack', 'timeout'],
  ['coap_no_response', 'timeout'],
  ['coap_reset', 'reset'],
  ['command_expired', 'expired'],
  ['coap_cancelled', 'cancelled'],
])

/** `result` in expressions: keys that do not apply are not there. */
export function resultFacts(result: OrderResult): JsonObject {
  const { id, operation, path, status, code } = result
  const common = { id, status, operation, path, ...(code === undefined ? undefined : { code }) }
  if (result.status === 'error') {
    return { ...common, kind: ENDINGS.get(result.error.code) ?? 'failed', error: { ...result.error } }
  }
  const { samples, location, links } = result
  return {
    ...common,
    kind: 'ok',
    ...(samples === undefined
      ? undefined
      : { content: contentOf(path, samples), values: samples.map(valueFacts) }),
    ...(location === undefined ? undefined : { location }),
    ...(links === undefined
      ? undefined
      : { links: links.map((link) => ({ ...link })), linkFormat: links.map(linkText) }),
  }
}

/** The same of a message that gave no command. */
export function rejectionFacts({ id, code, message }: Rejection): JsonObject {
  return { id: id ?? null, status: 'error', kind: 'rejected', error: { code, message } }
}

function valueFacts({
  path,
  value,
  time,
  unit,
}: NonNullable<(OrderResult & { status: 'ok' })['samples']>[number]): JsonObject {
  return {
    path,
    value: jsonOfValue(value),
    ...(time === undefined ? undefined : { time }),
    ...(unit === undefined ? undefined : { unit }),
  }
}

/** As the device writes it: `</3/0>;pmin=10` (RFC 6690). */
function linkText({ path, attributes }: DiscoveredLink): JsonValue {
  const texts = Object.entries(attributes).map(([name, value]) =>
    value === true ? name : `${name}=${quoted(value)}`,
  )
  return [`<${path}>`, ...texts].join(';')
}

function quoted(value: string | number): string {
  return typeof value === 'number'
    ? String(value)
    : `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
