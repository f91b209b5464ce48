import { Glob } from '../lib/glob.ts'

/** A text, or several of which one has to fit: globs (`*` is any characters). */
export type TextMatch = string | readonly string[]

const isGlob = (text: string): boolean => text.includes('*')

/** A TextMatch, ready to be held against texts. A list may name a whole fleet: what is no glob costs the same for any number. */
export class TextMatcher {
  readonly #exact: ReadonlySet<string>
  readonly #globs: readonly Glob[]

  constructor(match: TextMatch) {
    const texts = [match].flat()
    this.#exact = new Set(texts.filter((text) => !isGlob(text)))
    this.#globs = texts.filter(isGlob).map((text) => new Glob(text))
  }

  matches(text: string): boolean {
    return this.#exact.has(text) || this.#globs.some((glob) => glob.matches(text))
  }
}
