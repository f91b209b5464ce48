/** A level of a filter: a literal, or any level, with the name under which expressions see it. */
type Level = { readonly literal: string } | { readonly name: string | undefined }

const NAMED = /^\{([A-Za-z][A-Za-z0-9]{0,31})(#?)\}$/

/**
 * A topic filter with names for its levels: `home/{device}/light/set`, `dn/{path#}`. To the broker it is
 * `home/+/light/set` and `dn/#`.
 */
export class TopicFilter {
  /** In MQTT's terms. */
  readonly filter: string
  readonly #levels: readonly Level[]
  /** The name of all levels that follow, or '' where they have none; undefined: none follow. */
  readonly #rest: string | undefined

  private constructor(filter: string, levels: readonly Level[], rest: string | undefined) {
    this.filter = filter
    this.#levels = levels
    this.#rest = rest
  }

  /** @returns the fault of a text that is no filter */
  static parse(text: string): TopicFilter | string {
    const parts = text.split('/')
    const levels: Level[] = []
    let rest: string | undefined
    for (const [index, part] of parts.entries()) {
      const [, name, isRest] = NAMED.exec(part) ?? []
      if (part === '#' || isRest === '#') {
        if (index !== parts.length - 1) return `'${part}' must be the last level`
        rest = name ?? ''
      } else if (part === '+' || name !== undefined) levels.push({ name })
      else if (/[+#{}]/.test(part))
        return `'${part}' is no level: a name in braces stands alone between slashes`
      else levels.push({ literal: part })
    }
    if (text === '' || Buffer.byteLength(text) > 1024) return 'a topic has 1 to 1024 bytes'
    const filter = [...levels.map(filterOf), ...(rest === undefined ? [] : ['#'])].join('/')
    return new TopicFilter(filter, levels, rest)
  }

  /** Names of the levels. */
  get names(): readonly string[] {
    const names = this.#levels.flatMap((level) =>
      'name' in level && level.name !== undefined ? [level.name] : [],
    )
    return this.#rest === undefined || this.#rest === '' ? names : [...names, this.#rest]
  }

  /**
   * @param topic cut at its slashes
   * @returns the named levels; undefined where the filter does not match
   */
  match(topic: readonly string[]): Record<string, string> | undefined {
    const levels = this.#levels
    const fits = this.#rest === undefined ? topic.length === levels.length : topic.length >= levels.length
    if (!fits) return undefined
    const named: Record<string, string> = {}
    for (let index = 0; index < levels.length; index++) {
      const level = levels[index] as Level
      const text = topic[index] ?? ''
      if ('literal' in level) {
        if (level.literal !== text) return undefined
      } else if (level.name !== undefined) named[level.name] = text
    }
    if (this.#rest !== undefined && this.#rest !== '')
      named[this.#rest] = topic.slice(levels.length).join('/')
    return named
  }
}

function filterOf(level: Level): string {
  return 'literal' in level ? level.literal : '+'
}

/** Whether some topic matches both filters (MQTT 5, 4.7). */
export function overlap(one: string, other: string): boolean {
  return levelsOverlap(one.split('/'), other.split('/'))
}

function levelsOverlap(one: readonly string[], other: readonly string[]): boolean {
  for (let depth = 0; ; depth++) {
    const [left, right] = [one[depth], other[depth]]
    if (left === '#' || right === '#') return true
    if (left === undefined || right === undefined) return left === right
    if (left !== '+' && right !== '+' && left !== right) return false
  }
}

/** Whether a filter matches every topic that another one matches. */
export function covers(wide: string, narrow: string): boolean {
  const [all, some] = [wide.split('/'), narrow.split('/')]
  for (let depth = 0; depth < all.length; depth++) {
    const [level, other] = [all[depth], some[depth]]
    if (level === '#') return true
    if (other === undefined || other === '#') return false
    if (level !== '+' && level !== other) return false
  }
  return all.length === some.length
}

/**
 * Filters that match no topic twice: a broker delivers a message once for each filter that matches it. Where two
 * overlap, one that covers both takes their place.
 */
export function disjoint(filters: Iterable<string>): readonly string[] {
  const kept: string[] = []
  for (const filter of filters) {
    let wide = filter
    for (let index = kept.findIndex((other) => overlap(other, wide)); index >= 0; ) {
      wide = union(kept[index] ?? '', wide)
      kept.splice(index, 1)
      index = kept.findIndex((other) => overlap(other, wide))
    }
    kept.push(wide)
  }
  return kept
}

/** The narrowest filter that matches all that either matches. */
function union(one: string, other: string): string {
  const [left, right] = [one.split('/'), other.split('/')]
  const levels: string[] = []
  for (let depth = 0; ; depth++) {
    const [mine, theirs] = [left[depth], right[depth]]
    if (mine === undefined && theirs === undefined) return levels.join('/')
    // `a/#` matches `a` as well, so that it covers a filter that ends here.
    if (mine === undefined || theirs === undefined || mine === '#' || theirs === '#')
      return [...levels, '#'].join('/')
    levels.push(mine === theirs ? mine : '+')
  }
}
