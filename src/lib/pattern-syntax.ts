/** A regular expression as a tree. */
export type Pattern =
  | { readonly kind: 'character'; readonly fits: (character: string) => boolean }
  | { readonly kind: 'start' | 'end' }
  | { readonly kind: 'sequence' | 'choice'; readonly parts: readonly Pattern[] }
  /** `most` undefined: any number of times. */
  | {
      readonly kind: 'repetition'
      readonly part: Pattern
      readonly least: number
      readonly most: number | undefined
    }

const MAX_LENGTH = 1000

const QUANTIFIER = /(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/uy
const GROUP = /\((?!\?)|\(\?:|\(\?<(?![=!])[^>]*>/uy
const REFUSED = /\(\?|\\[bBk1-9]/uy
/** One character, or a way to write one or a class of them; a surrogate pair in two escapes is one. */
const CHARACTER =
  /\[(?:\\.|[^\]\\])*\]|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\(?:u\{[0-9a-fA-F]+\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|c[A-Za-z]|[pP]\{[^}]*\}|.)|./suy

/**
 * Reads the regular expressions of ECMA-262 with the flag `u`, but for what needs a memory or a look around: references
 * back, lookahead and lookbehind, `\b`.
 */
class PatternReader {
  readonly #source: string
  #at = 0

  constructor(source: string) {
    this.#source = source
  }

  #next(): string | undefined {
    return this.#source[this.#at]
  }

  #take(token: RegExp): RegExpExecArray | undefined {
    token.lastIndex = this.#at
    const match = token.exec(this.#source) ?? undefined
    if (match !== undefined) this.#at += match[0].length
    return match
  }

  choice(): Pattern {
    const parts = [this.#sequence()]
    while (this.#next() === '|') {
      this.#at++
      parts.push(this.#sequence())
    }
    return { kind: 'choice', parts }
  }

  #sequence(): Pattern {
    const parts: Pattern[] = []
    for (let next = this.#next(); next !== undefined && next !== '|' && next !== ')'; next = this.#next()) {
      parts.push(this.#repeated(this.#atom(next)))
    }
    return { kind: 'sequence', parts }
  }

  #atom(next: string): Pattern {
    if (next === '^' || next === '$') {
      this.#at++
      return { kind: next === '^' ? 'start' : 'end' }
    }
    if (this.#take(GROUP) !== undefined) {
      const inner = this.choice()
      this.#at++ // its parenthesis: the engine has checked that it is there
      return inner
    }
    const refused = this.#take(REFUSED)?.[0]
    if (refused !== undefined) {
      const what = refused === '(?' ? 'lookahead, lookbehind and flags in groups' : refused
      throw new SyntaxError(`${what} cannot be used here: patterns are matched in linear time`)
    }
    return { kind: 'character', fits: fitting(this.#take(CHARACTER)?.[0] ?? '') }
  }

  #repeated(part: Pattern): Pattern {
    const quantifier = this.#take(QUANTIFIER)
    if (quantifier === undefined) return part
    const [, sign, count, comma, most = ''] = quantifier
    if (sign === '?') return { kind: 'repetition', part, least: 0, most: 1 }
    if (sign !== undefined) return { kind: 'repetition', part, least: sign === '+' ? 1 : 0, most: undefined }
    const least = Number(count)
    if (comma === '') return { kind: 'repetition', part, least, most: least }
    return { kind: 'repetition', part, least, most: most === '' ? undefined : Number(most) }
  }
}

/** The test for one character. The engine knows classes and escapes best; on one character it has nothing to try twice. */
function fitting(source: string): (character: string) => boolean {
  if (source.length === 1 && source !== '.') return (character) => character === source
  const one = new RegExp(`^(?:${source})$`, 'u')
  return (character) => one.test(character)
}

/**
 * Reads a regular expression.
 * @throws SyntaxError for what is none, is longer than 1000 characters, or needs more than linear time
 */
export function readPattern(source: string): Pattern {
  if (source.length > MAX_LENGTH)
    throw new SyntaxError(`a pattern of more than ${MAX_LENGTH} characters cannot be used here`)
  new RegExp(source, 'u') // throws for what is no regular expression
  return new PatternReader(source).choice()
}
