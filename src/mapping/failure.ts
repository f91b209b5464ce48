import { CodedError, reasonOf } from '../lib/errors.ts'

/** What went wrong in a rule, as an error that has a code, whatever was thrown: no rule may end the gateway. */
export function failureOf(thrown: unknown): CodedError {
  if (thrown instanceof CodedError) return thrown
  return new CodedError('mapping_failed', reasonOf(thrown), { cause: thrown })
}
