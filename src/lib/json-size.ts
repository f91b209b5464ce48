import type { JsonValue } from './json.ts'

/** What an object, a list or a key costs besides its texts. */
const NODE_BYTES = 32

/** Bytes that JSON takes in memory, roughly. However deep it is, no call is nested. */
export function jsonBytes(json: JsonValue): number {
  let bytes = 0
  const rest: JsonValue[] = [json]
  for (let value = rest.pop(); value !== undefined; value = rest.pop()) {
    if (typeof value === 'string') bytes += value.length
    if (typeof value === 'object' && value !== null) {
      for (const [key, part] of Object.entries(value)) {
        bytes += NODE_BYTES + key.length
        rest.push(part as JsonValue)
      }
    }
    bytes += NODE_BYTES
  }
  return bytes
}
