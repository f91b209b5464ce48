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

/** `/3303/0/5700` as its ids. */
export function idsOf(path: string): readonly number[] {
  return path === '/' ? [] : path.slice(1).split('/').map(Number)
}
