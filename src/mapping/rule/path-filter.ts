/** Ids of a path, outermost first; undefined is any. */
type Levels = readonly (number | undefined)[]

/** Which paths a rule is for: one or several, in which any level may be any id; and what lies below them. */
export class PathFilter {
  readonly #patterns: readonly Levels[]

  /** @param patterns as the schema allows them */
  constructor(patterns: readonly string[]) {
    this.#patterns = patterns.map((pattern) =>
      pattern
        .slice(1)
        .split('/')
        .map((level) => (level === '*' ? undefined : Number(level))),
    )
  }

  /** @param ids of the path, outermost first */
  matches(ids: readonly number[]): boolean {
    return this.#patterns.some((levels) => isBelow(levels, ids))
  }
}

function isBelow(levels: Levels, ids: readonly number[]): boolean {
  if (ids.length < levels.length) return false
  for (let depth = 0; depth < levels.length; depth++) {
    const level = levels[depth]
    if (level !== undefined && level !== ids[depth]) return false
  }
  return true
}

const SLASH = 0x2f
const ZERO = 0x30

const isDigit = (character: number): boolean => character >= ZERO && character < ZERO + 10

/** `/3303/0/5700` as its ids. Read digit by digit: it is asked for each value, and to split costs several times more. */
export function idsOf(path: string): readonly number[] {
  const ids: number[] = []
  if (path === '/') return ids
  let id = 0
  for (let at = 1; at < path.length; at++) {
    const character = path.charCodeAt(at)
    if (character === SLASH) {
      ids.push(id)
      id = 0
    } else id = isDigit(character) ? id * 10 + character - ZERO : Number.NaN
  }
  ids.push(id)
  return ids
}
