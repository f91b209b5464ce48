import { DocumentErrors } from '../lib/document-errors.ts'
import { CodedError, type ErrorCode } from '../lib/errors.ts'

/** What the process ends with; documented in docs/reference/command-line.md, which is generated from the texts. */
export const exitCodes = { ok: 0, failure: 1, usage: 2, configuration: 3, unavailable: 4 } as const

export const exitCodeMeanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  ok: 'Done; for `run` and `sub` also: stopped by SIGINT or SIGTERM, in order.',
  failure: 'It failed, for a reason that the last lines on standard error name.',
  usage: 'The command line cannot be understood.',
  configuration: 'The configuration, or a file that it names, is faulty or cannot be read.',
  unavailable:
    'The broker cannot be reached, refuses the connection or closed it; or an address to listen on is taken.',
}

const UNAVAILABLE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'mqtt_unreachable',
  'mqtt_tls',
  'mqtt_timeout',
  'mqtt_protocol',
  'mqtt_unauthorized',
  'mqtt_client_id',
  'mqtt_unavailable',
  'mqtt_taken_over',
  'mqtt_closed',
  'mqtt_embedded',
  'listener_failed',
])

/** Files that a configuration names. */
const FAULTY: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['model_folder', 'mapping_unreadable'])

/** The exit code for something that a command threw. */
export function exitCodeOf(thrown: unknown): number {
  if (!(thrown instanceof CodedError)) return exitCodes.failure
  if (thrown.code === 'usage') return exitCodes.usage
  if (thrown instanceof DocumentErrors) return exitCodes.configuration
  if (FAULTY.has(thrown.code) || thrown.code.startsWith('config_')) return exitCodes.configuration
  return UNAVAILABLE.has(thrown.code) ? exitCodes.unavailable : exitCodes.failure
}
