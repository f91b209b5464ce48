import type { CodedError } from '../lib/errors.ts'
import type { Report } from '../mapping/mapping.ts'
import type { LoadedMappings } from './mapping-files.ts'

/** What is told of mapping files in the log and on the gateway's event topic. */

/** @param files those that were changed */
export function loadedReport(files: readonly string[], at: number): Report {
  const reason = `changed mapping files took over: ${files.join(', ')}`
  return { event: 'mapping-loaded', id: `mapping-loaded/${at}`, at, reason }
}

export function refusedReport({ code, message }: CodedError, at: number): Report {
  const reason = `changed mapping files are refused, and those before stay in force: ${message}`
  return { event: 'mapping-refused', id: `mapping-refused/${at}`, at, reason, code }
}

/** The mappings in force with their versions, in their order: `house 2, plain 1`. */
export function namesInForce({ files }: Pick<LoadedMappings, 'files'>): string {
  return files
    .map(({ document: { name, version } }) => (version === undefined ? name : `${name} ${version}`))
    .join(', ')
}
