import { ReasonCodes } from 'mqtt'
import type { ErrorCode } from '../lib/error-codes.ts'
import { CodedError, reasonOf } from '../lib/errors.ts'

/** Reason and return codes of the broker, and errors of sockets, as errors that a person can act on. */

/** MQTT 5, 3.14.2.1 */
export const SESSION_TAKEN_OVER = 0x8e
export const RETAIN_NOT_SUPPORTED = 0x9a
export const QOS_NOT_SUPPORTED = 0x9b
/** "The PUBLISH is valid but the receiver is not willing to accept it" (MQTT 5, 3.4.2.1). */
export const NOT_ACCEPTED = 0x83

/** Unsupported Protocol Version, in the words of MQTT 5 and of 3.1.1. */
export function refusesVersion(code: number | undefined): boolean {
  return code === 0x84 || code === 1
}

/** Reasons of a DISCONNECT that have nothing to do with what we sent (MQTT 5, 3.14.2.1). */
const NOT_OUR_FAULT: ReadonlySet<number> = new Set([
  0x00, 0x88, 0x89, 0x8b, 0x8d, 0x8e, 0x98, 0x9c, 0x9d, 0x9f, 0xa0,
])

/** Whether a broker that closed with this DISCONNECT, or with none, may have done it over a publication. */
export function mayBlamePublication(disconnect: number | undefined): boolean {
  return disconnect === undefined || !NOT_OUR_FAULT.has(disconnect)
}

/** The name of a reason code and its number, as in `Not authorized (0x87)`. */
export function reasonName(code: number): string {
  const name: string = (ReasonCodes as Readonly<Record<number, string>>)[code] || 'reason'
  return `${name} (0x${code.toString(16).padStart(2, '0')})`
}

const REFUSALS: Readonly<Record<number, ErrorCode>> = {
  1: 'mqtt_protocol',
  2: 'mqtt_client_id',
  4: 'mqtt_unauthorized',
  5: 'mqtt_unauthorized',
  129: 'mqtt_protocol',
  130: 'mqtt_protocol',
  132: 'mqtt_protocol',
  133: 'mqtt_client_id',
  134: 'mqtt_unauthorized',
  135: 'mqtt_unauthorized',
  138: 'mqtt_unauthorized',
  140: 'mqtt_unauthorized',
}

/** Of a CONNACK with a return code (3.1.1, 3.2.2.3) or a reason code (5, 3.2.2.2) other than 0. */
export function connackError(code: number, place: string): CodedError {
  return new CodedError(
    REFUSALS[code] ?? 'mqtt_unavailable',
    `the broker refuses the connection: ${reasonName(code)}`,
    {
      place,
    },
  )
}

/** Of a DISCONNECT that the broker sent. */
export function disconnectError(code: number, clientId: string, place: string): CodedError {
  if (code === SESSION_TAKEN_OVER) {
    return new CodedError(
      'mqtt_taken_over',
      `another client took over the session of '${clientId}': a second gateway runs with the same id`,
      { place },
    )
  }
  return new CodedError('mqtt_closed', `the broker closed the connection: ${reasonName(code)}`, { place })
}

/** A name with several addresses fails with one error for each; the first one speaks for them. */
function firstOf(error: unknown): unknown {
  return error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error
}

/** The code of a system call (`ECONNREFUSED`), of OpenSSL or of Node; numbers are MQTT.js's own. */
function socketCode(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined
  return typeof code === 'string' ? code : undefined
}

/** Names like `CERT_HAS_EXPIRED` and `DEPTH_ZERO_SELF_SIGNED_CERT` are OpenSSL's; those of system calls begin with E. */
function isTlsCode(code: string): boolean {
  return (
    !code.startsWith('E') || code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS') || code === 'EPROTO'
  )
}

function transportCode(code: string | undefined): ErrorCode {
  if (code === undefined) return 'mqtt_protocol'
  return isTlsCode(code) ? 'mqtt_tls' : 'mqtt_unreachable'
}

/** Of an error that a socket or MQTT.js gave. */
export function transportError(thrown: unknown, place: string): CodedError {
  if (thrown instanceof CodedError) return thrown
  const error = firstOf(thrown)
  const code = transportCode(socketCode(error))
  return new CodedError(code, `the connection to the broker failed: ${reasonOf(error)}`, {
    place,
    cause: thrown,
  })
}

/** Whether the peer ended an open connection, in the words of a socket. */
export function isReset(error: unknown): boolean {
  const code = socketCode(error)
  return code === 'ECONNRESET' || code === 'EPIPE'
}
