/**
 * A text pattern in which `*` stands for any characters, none included, and everything else for itself. Matching
 * looks for the texts between the stars from left to right, and never goes back.
 */
export class Glob {
  readonly #head: string
  /** What must follow, in this order; the last at the very end. Empty: the head is all. */
  readonly #parts: readonly string[]

  constructor(text: string) {
    const [head = '', ...parts] = text.split('*')
    this.#head = head
    this.#parts = parts
  }

  matches(text: string): boolean {
    const parts = this.#parts
    const tail = parts.at(-1)
    if (tail === undefined) return text === this.#head
    if (!text.startsWith(this.#head) || !text.endsWith(tail)) return false
    let at = this.#head.length
    for (let index = 0; index < parts.length - 1; index++) {
      const part = parts[index] ?? ''
      const found = text.indexOf(part, at)
      if (found < 0) return false
      at = found + part.length
    }
    return at + tail.length <= text.length
  }
}
