/** CEL asks a value for its `constructor` to know a map: an own key of that name hides the answer, whatever it holds. */
const HIDING = 'constructor'
/** As in `result.ts`; what is nested deeper stays as it is, and CEL says that it does not know it. */
const MAX_DEPTH = 100
/** A JSON text that holds the key holds it as it is, or with an escape. */
const MAY_HOLD = /constructor|\\u/

/**
 * What comes from outside, as expressions may see it: an object with a key `constructor` becomes a Map, which CEL
 * knows by something else than its keys. Nearly always that is the value itself, and nothing is made anew.
 */
export function seen<T>(value: T): T {
  return hides(value, MAX_DEPTH) ? (sound(value, MAX_DEPTH) as T) : value
}

/** The same for what was read from a JSON text: where the key does not stand in the text, the value is not looked at. */
export function seenIn<T>(text: string, value: T): T {
  return MAY_HOLD.test(text) ? seen(value) : value
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  const kind: unknown = Object.getPrototypeOf(value)
  return kind === Object.prototype || kind === null
}

function hides(value: unknown, depth: number): boolean {
  if (depth === 0) return false
  if (Array.isArray(value)) return value.some((element) => hides(element, depth - 1))
  if (!isPlain(value)) return false
  if (Object.hasOwn(value, HIDING)) return true
  for (const key in value) if (hides(value[key], depth - 1)) return true
  return false
}

function sound(value: unknown, depth: number): unknown {
  if (depth === 0) return value
  if (Array.isArray(value)) return value.map((element) => sound(element, depth - 1))
  if (!isPlain(value)) return value
  const entries = Object.entries(value).map(([key, inner]) => [key, sound(inner, depth - 1)] as const)
  return Object.hasOwn(value, HIDING) ? new Map(entries) : Object.fromEntries(entries)
}
