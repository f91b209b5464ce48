import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'

/** How much there is to look at in a payload. */
export class Measure {
  /** Values and keys, inner ones too. */
  values = 0
  /** Characters of texts and keys. */
  characters = 0
  depth = 0
  holdsBigint = false

  /** @param maxDepth what lies deeper is not counted, but `depth` tells that there is something */
  constructor(payload: JsonValue, maxDepth: number) {
    this.#add(payload, 1, maxDepth)
  }

  #add(value: JsonValue, depth: number, maxDepth: number): void {
    this.values++
    if (depth > this.depth) this.depth = depth
    if (typeof value === 'string') this.characters += value.length
    else if (typeof value === 'bigint') this.holdsBigint = true
    else if (Array.isArray(value)) {
      if (depth <= maxDepth) for (const item of value) this.#add(item, depth + 1, maxDepth)
    } else if (isJsonObject(value) && depth <= maxDepth) {
      for (const key in value) {
        this.values++
        this.characters += key.length
        this.#add(value[key] ?? null, depth + 1, maxDepth)
      }
    }
  }
}

/** A copy in which integers beyond 2^53 are the nearest double: a schema knows no others. */
export function withDoubles(value: JsonValue): JsonValue {
  if (typeof value === 'bigint') return nearest(value)
  if (typeof value !== 'object' || value === null) return value
  if (!isJsonObject(value)) return value.map(withDoubles)
  const entries = Object.entries(value).map(([key, child]) => [key, withDoubles(child)] as const)
  return Object.fromEntries(entries) satisfies JsonObject
}

/** Beyond the doubles, the greatest one stands for it: it is a number all the same. */
function nearest(value: bigint): number {
  return Math.min(Math.max(Number(value), -Number.MAX_VALUE), Number.MAX_VALUE)
}
