import type { JsonObject, JsonValue } from '../lib/json.ts'
import type { Sample, Value } from '../lwm2m/value.ts'

/**
 * A value in JSON: the type depends on the resource, never on the value. Integers are exact digits, opaque is
 * base64, a link is `66:0`, times are epoch seconds. A float that JSON does not know is its name as text.
 */
export function jsonOfValue(value: Value): JsonValue {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value !== 'object') return value
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')
  return `${value.object}:${value.instance}`
}

type Branch = { [id: string]: JsonValue | Branch }

/**
 * The content of an answer, in the shape in which it would be written: a resource is its bare value, everything
 * above an object by ids. Several values of one path are a series: an array of `{value, time}`. What a device
 * answers from outside the path keeps its whole path.
 */
export function contentOf(path: string, samples: readonly Sample[]): JsonValue {
  const groups = groupByPath(samples)
  const own = groups.get(path)
  if (own !== undefined && groups.size === 1) return leafOf(own)
  const root: Branch = {}
  for (const [at, series] of groups) place(root, idsBelow(path, at), series)
  return root as JsonObject
}

function groupByPath(samples: readonly Sample[]): Map<string, Sample[]> {
  const groups = new Map<string, Sample[]>()
  for (const sample of samples) {
    const group = groups.get(sample.path)
    if (group === undefined) groups.set(sample.path, [sample])
    else group.push(sample)
  }
  return groups
}

function idsBelow(path: string, at: string): string[] {
  return at.startsWith(`${path}/`) ? at.slice(path.length + 1).split('/') : [at]
}

function leafOf(samples: readonly Sample[]): JsonValue {
  const [only] = samples
  if (only !== undefined && samples.length === 1) return jsonOfValue(only.value)
  return samples.map(({ value, time }) => ({
    value: jsonOfValue(value),
    ...(time === undefined ? undefined : { time }),
  }))
}

function place(root: Branch, ids: readonly string[], series: readonly Sample[]): void {
  let branch = root
  for (const id of ids.slice(0, -1)) {
    const next = branch[id]
    const inner: Branch = typeof next === 'object' && next !== null ? (next as Branch) : {}
    branch[id] = inner
    branch = inner
  }
  branch[ids.at(-1) ?? ''] = leafOf(series)
}
