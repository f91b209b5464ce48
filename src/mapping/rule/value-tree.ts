import { CodedError } from '../../lib/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'

/** Values, branch by branch of their paths. */
type Branch = Map<string, JsonValue | Branch>

/** Object, instance, resource and resource instance. */
const MAX_IDS = 4

/**
 * Values by their paths, absolute or below `path`, as a document by ids: `{"0/5850": true}` becomes
 * `{"0": {"5850": true}}`.
 * @throws CodedError `request_invalid` for what is no object, and for paths that lie elsewhere or are too long
 */
export function documentByIds(path: string, values: JsonValue): JsonObject {
  if (!isJsonObject(values)) throw invalid('values must be an object from paths to values')
  const root: Branch = new Map()
  for (const [key, value] of Object.entries(values)) place(root, idsBelow(path, key), value)
  return documentOf(root)
}

function idsBelow(path: string, key: string): string[] {
  const base = path.endsWith('/') ? path : `${path}/`
  const isAbsolute = key.startsWith('/')
  if (isAbsolute && !key.startsWith(base))
    throw invalid(`${key.slice(0, 40)} does not lie below ${path.slice(0, 40)}`)
  const ids = (isAbsolute ? key.slice(base.length) : key).split('/', MAX_IDS + 1)
  if (ids.length <= MAX_IDS) return ids
  throw invalid(`${key.slice(0, 40)} has more than ${MAX_IDS} ids`)
}

function place(root: Branch, ids: readonly string[], value: JsonValue): void {
  let branch = root
  for (const id of ids.slice(0, -1)) {
    const next = branch.get(id)
    const inner: Branch = next instanceof Map ? next : new Map()
    branch.set(id, inner)
    branch = inner
  }
  branch.set(ids.at(-1) ?? '', value)
}

function documentOf(branch: Branch): JsonObject {
  const entries = [...branch].map(
    ([id, value]) => [id, value instanceof Map ? documentOf(value) : value] as const,
  )
  return Object.fromEntries(entries)
}

function invalid(message: string): CodedError {
  return new CodedError('request_invalid', message, { place: 'values' })
}
