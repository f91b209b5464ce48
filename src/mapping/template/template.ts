import type { JsonValue } from '../../lib/json.ts'
import type { Scope } from '../expression/expression.ts'

/** What a template gave: JSON, or bytes where a single expression gave bytes; undefined is left out. */
export type Produced = JsonValue | Uint8Array | undefined

/** A part of a document, compiled: it becomes JSON for each event. */
export interface Template {
  /**
   * @returns undefined for what is to be left out: `$when` does not hold, or an optional key has nothing
   * @throws CodedError `mapping_failed`, `mapping_budget`
   */
  evaluate(scope: Scope): Produced
}
