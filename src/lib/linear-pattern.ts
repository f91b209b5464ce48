import { type Pattern, readPattern } from './pattern-syntax.ts'

/** A step of the machine; `next` and `other` are indices of steps. */
type Step =
  | { readonly kind: 'character'; readonly fits: (character: string) => boolean; readonly next: number }
  | { readonly kind: 'split'; readonly next: number; readonly other: number }
  | { readonly kind: 'start' | 'end'; readonly next: number }
  | { readonly kind: 'match' }

const MAX_STEPS = 1000

/** Builds the machine from its end: each part is told what follows it. */
class Builder {
  readonly steps: Step[] = [{ kind: 'match' }]

  /** @returns index of the step that was added */
  #add(step: Step): number {
    if (this.steps.length >= MAX_STEPS)
      throw new SyntaxError(
        `a pattern of more than ${MAX_STEPS} steps cannot be used here: repeat less often`,
      )
    return this.steps.push(step) - 1
  }

  /** @returns where the part begins */
  build(pattern: Pattern, next: number): number {
    switch (pattern.kind) {
      case 'character':
        return this.#add({ kind: 'character', fits: pattern.fits, next })
      case 'start':
      case 'end':
        return this.#add({ kind: pattern.kind, next })
      case 'sequence':
        return pattern.parts.reduceRight((after, part) => this.build(part, after), next)
      case 'choice':
        return pattern.parts
          .map((part) => this.build(part, next))
          .reduceRight((other, begin) => this.#add({ kind: 'split', next: begin, other }))
      case 'repetition':
        return this.#repetition(pattern, next)
    }
  }

  #repetition({ part, least, most }: Pattern & { kind: 'repetition' }, end: number): number {
    let begin = end
    if (most === undefined) begin = this.#loop(part, end)
    else {
      for (let times = least; times < most; times++) {
        begin = this.#add({ kind: 'split', next: this.build(part, begin), other: end })
      }
    }
    for (let times = 0; times < least; times++) begin = this.#counted(part, begin)
    return begin
  }

  /** A part of no steps, `(?:){1000000}`, must not be built without end. */
  #counted(part: Pattern, next: number): number {
    const begin = this.build(part, next)
    return begin === next ? this.#add({ kind: 'split', next, other: next }) : begin
  }

  #loop(part: Pattern, end: number): number {
    const loop = this.#add({ kind: 'match' }) // a place, until its two ways are known
    this.steps[loop] = { kind: 'split', next: this.build(part, loop), other: end }
    return loop
  }
}

/**
 * A regular expression that looks at each character of a text once, with all that may follow at the same time (the
 * simulation of Thompson's automaton): no text can make it take more steps than its length times `size`.
 */
export class LinearPattern {
  readonly source: string
  readonly #steps: readonly Step[]
  readonly #begin: number
  /** At which position each step was last entered. */
  readonly #entered: Uint32Array
  #waiting: number[] = []
  #next: number[] = []

  /** @throws SyntaxError with the reason in words, for people */
  constructor(source: string) {
    const builder = new Builder()
    this.#begin = builder.build(readPattern(source), 0)
    this.source = source
    this.#steps = builder.steps
    this.#entered = new Uint32Array(builder.steps.length)
  }

  /** How many steps the machine has. */
  get size(): number {
    return this.#steps.length
  }

  /** Whether any part of the text fits, as `RegExp.test` tells. */
  test(text: string): boolean {
    this.#entered.fill(0)
    this.#waiting.length = 0
    let position = 1
    let left = text.length
    if (this.#enter(this.#begin, position, true, left === 0)) return true
    this.#turn()
    for (const character of text) {
      position++
      left -= character.length
      for (const index of this.#waiting) {
        const step = this.#steps[index]
        if (step?.kind !== 'character' || !step.fits(character)) continue
        if (this.#enter(step.next, position, false, left === 0)) return true
      }
      if (this.#enter(this.#begin, position, false, left === 0)) return true
      this.#turn()
    }
    return false
  }

  #turn(): void {
    const used = this.#waiting
    this.#waiting = this.#next
    this.#next = used
    used.length = 0
  }

  /** Goes on to all steps that wait for a character; true where the pattern is through. */
  #enter(index: number, position: number, atStart: boolean, atEnd: boolean): boolean {
    if (this.#entered[index] === position) return false
    this.#entered[index] = position
    const step = this.#steps[index]
    switch (step?.kind) {
      case 'character':
        this.#next.push(index)
        return false
      case 'split':
        return (
          this.#enter(step.next, position, atStart, atEnd) ||
          this.#enter(step.other, position, atStart, atEnd)
        )
      case 'start':
        return atStart && this.#enter(step.next, position, atStart, atEnd)
      case 'end':
        return atEnd && this.#enter(step.next, position, atStart, atEnd)
      default:
        return true
    }
  }

  /** A library that keeps patterns by their text asks for it. */
  toString(): string {
    return `linear:${this.source}`
  }
}
