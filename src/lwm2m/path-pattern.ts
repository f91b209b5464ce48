import { CodedError } from '../lib/errors.ts'
import type { RegisteredObject, Registration } from './fact.ts'
import type { ObjectModel } from './model/model.ts'
import { idsOf, parsePath } from './path.ts'

/** Ids of a path to observe, outermost first; undefined is any. From `/5` and `/3303/*` to `/3/0/7/0`. */
export type PathPattern = readonly (number | undefined)[]

/** The levels that may be any: object and instance. */
const ANY_LEVELS = 2

/**
 * @throws CodedError `path_invalid` for anything but a path, with `*` for any object or instance; any object has to
 *   be told by a resource
 */
export function parsePattern(text: string): PathPattern {
  const levels = text.split('/')
  const isAny = levels.map((level, depth) => level === '*' && depth <= ANY_LEVELS)
  try {
    const ids = idsOf(parsePath(levels.map((level, depth) => (isAny[depth] ? '0' : level)).join('/')))
    if (!isAny[1] || ids.length > ANY_LEVELS)
      return ids.map((id, index) => (isAny[index + 1] ? undefined : id))
  } catch {
    // told below, in terms of patterns
  }
  const rule = '* for any instance, or for any object where a resource follows'
  throw new CodedError(
    'path_invalid',
    `'${text.slice(0, 80)}' is no path to observe, such as /3303/*/5700: ${rule}`,
  )
}

/**
 * The paths that a pattern means for one device: what it registered, and, under `*` as object, what the model says is
 * readable there.
 */
export function pathsMeant(pattern: PathPattern, { objects }: Registration, model: ObjectModel): string[] {
  return objects
    .filter((object) => isMeant(pattern, object, model))
    .flatMap((object) => pathsOf(pattern, object))
}

function isMeant([id, , resource]: PathPattern, object: RegisteredObject, model: ObjectModel): boolean {
  if (id !== undefined || resource === undefined) return id === object.id
  return model.object(object.id, object.version)?.resources.get(resource)?.readable === true
}

/** The object itself, or what the pattern says of its instances. */
function pathsOf(pattern: PathPattern, { id, instances }: RegisteredObject): string[] {
  const [, wanted, ...below] = pattern
  if (pattern.length === 1) return [`/${id}`]
  const meant = instances.filter((instance) => wanted === undefined || wanted === instance)
  return meant.map((instance) => `/${[id, instance, ...below].join('/')}`)
}
