import type { JsonValue } from '../../lib/json.ts'
import type { MappingState } from '../state.ts'

/** What was published last: what filters compare with. Plain data, kept for the mapping. */
export interface LastPublished {
  readonly value: JsonValue
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** Keys under which the state keeps what a filter let through last, rule by rule and subject by subject. */
const LAST = 'last/'

/** @param rule id of the rule: its mapping stands before the first slash */
export function lastKey(rule: string, subject: string): string {
  return `${LAST}${rule}/${subject}`
}

/**
 * @param isMeant mappings, by their ids
 * @returns the state in which filters of these mappings know nothing of the past; the same one where they knew nothing
 */
export function withoutLast(state: MappingState, isMeant: (mapping: string) => boolean): MappingState {
  const isForgotten = (key: string): boolean =>
    key.startsWith(LAST) && isMeant(key.slice(LAST.length, key.indexOf('/', LAST.length)))
  const entries = Object.entries(state)
  const kept = entries.filter(([key]) => !isForgotten(key))
  return kept.length === entries.length ? state : Object.fromEntries(kept)
}
