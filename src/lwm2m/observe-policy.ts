import type { DeviceSnapshot, NewAttributes } from './command.ts'
import { type DeviceMatch, DeviceMatcher } from './device-match.ts'
import type { ObjectModel } from './model/model.ts'
import { type PathPattern, parsePattern, pathsMeant } from './path-pattern.ts'

/** One thing to observe: a path pattern, on all devices; or with attributes, and on those that match. */
export type ObserveEntry = string | AttributedEntry

export interface AttributedEntry {
  /** Path pattern (`path-pattern.ts`). */
  readonly path: string
  /** Notification attributes by name (LwM2M Core, 7.3.2). */
  readonly attributes?: NewAttributes
  readonly match?: DeviceMatch
}

interface Rule {
  readonly pattern: PathPattern
  readonly attributes: NewAttributes | undefined
  readonly matcher: DeviceMatcher
}

/** Most paths that are asked of one device. */
const MAX_PATHS = 1_024

/** What is wanted of a device. */
export interface Wanted {
  /**
   * Paths to observe, in the order of the entries, with the attributes of the first entry that means the path. Equal
   * attributes are the same object.
   */
  readonly paths: Map<string, NewAttributes | undefined>
  /** What is left out, as the paths are too many. */
  readonly excess: ReadonlySet<string>
}

/** What is to be observed at whom. */
export class ObservePolicy {
  readonly #rules: readonly Rule[]
  readonly #model: ObjectModel

  /** @throws CodedError `path_invalid` */
  constructor(entries: readonly ObserveEntry[], model: ObjectModel) {
    const known = new Map<string, NewAttributes>()
    this.#rules = entries.map((entry) => ruleOf(typeof entry === 'string' ? { path: entry } : entry, known))
    this.#model = model
  }

  /** What to observe at this device, by all that is known of it. */
  wanted(device: DeviceSnapshot): Wanted {
    const paths = new Map<string, NewAttributes | undefined>()
    const excess = new Set<string>()
    const { registration } = device
    if (registration === undefined) return { paths, excess }
    for (const { pattern, attributes, matcher } of this.#rules) {
      if (!matcher.matches(device)) continue
      for (const path of pathsMeant(pattern, registration, this.#model)) {
        if (paths.has(path)) continue
        if (paths.size < MAX_PATHS) paths.set(path, attributes)
        else excess.add(path)
      }
    }
    return { paths, excess }
  }

  /** Paths of values that decide what is wanted. */
  needed(device: DeviceSnapshot): ReadonlySet<string> {
    return new Set(this.#rules.flatMap(({ matcher }) => matcher.needed(device)))
  }
}

/** @param known attributes so far, by their JSON */
function ruleOf({ path, attributes, match = {} }: AttributedEntry, known: Map<string, NewAttributes>): Rule {
  const matcher = new DeviceMatcher(match)
  return { pattern: parsePattern(path), attributes: interned(attributes, known), matcher }
}

function interned(
  attributes: NewAttributes | undefined,
  known: Map<string, NewAttributes>,
): NewAttributes | undefined {
  const names = Object.keys(attributes ?? {}).toSorted()
  if (attributes === undefined || names.length === 0) return undefined
  const key = JSON.stringify(names.map((name) => [name, attributes[name]]))
  const same = known.get(key) ?? attributes
  known.set(key, same)
  return same
}
