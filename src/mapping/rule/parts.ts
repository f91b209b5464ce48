import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import type { Origin } from '../publication.ts'
import type { TopicKey } from '../retained-key.ts'
import type { MappingState } from '../state.ts'

/** What the broker has of a document whose vanished parts are to be taken away (`removal`): plain data of the state. */
export interface KnownParts {
  /** With its connection (`retained-key.ts`). */
  readonly topic: TopicKey
  /** The `p` of each part: all that is said of one that has vanished. */
  readonly kinds: JsonObject
}

const PARTS = 'parts/'

/** @param rule id of the rule */
export function partsKey(rule: string, subject: string): string {
  return `${PARTS}${rule}/${subject}`
}

export function kindsOf(parts: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(parts).map(([name, part]) => [name, isJsonObject(part) ? (part.p ?? null) : null]),
  )
}

/** Parts that the broker has and the document has not, as they are taken away. On another topic it has none of them. */
export function farewells(known: KnownParts | undefined, topic: TopicKey, parts: JsonObject): JsonObject {
  if (known?.topic !== topic) return {}
  const vanished = Object.entries(known.kinds).filter(([part]) => !Object.hasOwn(parts, part))
  return Object.fromEntries(vanished.map(([part, p]) => [part, { p }]))
}

/** @returns the state with parts that were not taken away after all; the same one where it knows nothing of the topic */
export function withFarewells(
  state: MappingState,
  topic: TopicKey,
  { rule, subject, farewells: lost = {} }: Origin,
): MappingState {
  const key = partsKey(rule, subject)
  const known = state[key] as KnownParts | undefined
  if (known?.topic !== topic) return state
  return { ...state, [key]: { topic, kinds: { ...kindsOf(lost), ...known.kinds } } }
}

/** Keys under which the state keeps parts that the broker had on these topics, which are empty now. */
export function partsOn(state: MappingState, topics: ReadonlySet<TopicKey>): readonly string[] {
  const isOnThese = (key: string): boolean =>
    key.startsWith(PARTS) && topics.has((state[key] as unknown as KnownParts).topic)
  return Object.keys(state).filter(isOnThese)
}

/** @returns the state without these parts; the same one where it has none */
export function withoutParts(state: MappingState, topics: ReadonlySet<TopicKey>): MappingState {
  const gone = new Set(partsOn(state, topics))
  return gone.size === 0 ? state : Object.fromEntries(Object.entries(state).filter(([key]) => !gone.has(key)))
}
