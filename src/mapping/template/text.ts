import { CodedError } from '../../lib/errors.ts'
import type { Expression, Scope } from '../expression/expression.ts'
import { jsonOfResult, textOfResult } from '../expression/result.ts'
import type { Produced, Template } from './template.ts'

/**
 * A text that is one expression, `"${value}"`: what it gives keeps its type. Where it asks for what is not there, it is
 * left out if that was allowed (a key that ends in `?`), else that is an error.
 */
export class SingleExpression implements Template {
  readonly #source: string
  readonly #expression: Expression
  readonly #mayLack: boolean

  constructor(source: string, expression: Expression, mayLack: boolean) {
    this.#source = source
    this.#expression = expression
    this.#mayLack = mayLack
  }

  evaluate(scope: Scope): Produced {
    const result = this.#expression.evaluate(scope)
    if (typeof result === 'string' || result instanceof Uint8Array) return result
    if (result !== undefined) return jsonOfResult(result)
    if (this.#mayLack) return undefined
    throw lacking(this.#source)
  }
}

function lacking(source: string): CodedError {
  return new CodedError('mapping_failed', `what '${source}' asks for is not there`)
}

/** A text with expressions in it, `"home/${device}/temp"`. */
export class TextWithExpressions implements Template {
  readonly #source: string
  readonly #parts: readonly (string | Expression)[]
  readonly #mayLack: boolean

  /** @param mayLack whether the text is left out where a part of it is not there, or null */
  constructor(source: string, parts: readonly (string | Expression)[], mayLack: boolean) {
    this.#source = source
    this.#parts = parts
    this.#mayLack = mayLack
  }

  evaluate(scope: Scope): string | undefined {
    let text = ''
    for (const part of this.#parts) {
      const result = typeof part === 'string' ? part : part.evaluate(scope)
      if (this.#mayLack && (result === undefined || result === null)) return undefined
      if (result === undefined) throw lacking(this.#source)
      text += textOfResult(result)
    }
    return text
  }
}

/** A stretch of a text: literal, or the source of an expression with the offset at which it stands. */
export type Stretch = string | { readonly source: string; readonly start: number }

/**
 * Cuts a text at its `${...}`. `$${` stands for `${` itself. An expression may hold maps, texts and comments, with
 * braces and quotes of their own.
 * @returns undefined for an expression that is not closed
 */
export function cutText(text: string): readonly Stretch[] | undefined {
  const stretches: Stretch[] = []
  let literal = ''
  let at = 0
  while (at < text.length) {
    const open = text.indexOf('${', at)
    if (open < 0) break
    if (text[open - 1] === '$' && open > at) {
      literal += `${text.slice(at, open - 1)}\${`
      at = open + 2
      continue
    }
    const close = endOfExpression(text, open + 2)
    if (close === undefined) return undefined
    literal += text.slice(at, open)
    if (literal !== '') stretches.push(literal)
    literal = ''
    stretches.push({ source: text.slice(open + 2, close), start: open + 2 })
    at = close + 1
  }
  literal += text.slice(at)
  if (literal !== '') stretches.push(literal)
  return stretches
}

/** Where the first expression that is not closed begins, for a text that `cutText` could not cut. */
export function unclosedAt(text: string): number {
  let open = text.indexOf('${')
  while (open >= 0) {
    const isLiteral = text[open - 1] === '$'
    const close = isLiteral ? open + 1 : endOfExpression(text, open + 2)
    if (close === undefined) return open
    open = text.indexOf('${', close + 1)
  }
  return text.length
}

/** Offset of the brace that closes an expression. */
function endOfExpression(text: string, start: number): number | undefined {
  let depth = 0
  for (let at = start; at < text.length; at++) {
    const character = text[at]
    if (character === "'" || character === '"') at = endOfString(text, at, character)
    else if (character === '/' && text[at + 1] === '/') at = endOfLine(text, at)
    else if (character === '{') depth++
    else if (character === '}' && depth-- === 0) return at
  }
  return undefined
}

/** Offset of the last character of a text in CEL, which begins with one quote or three; CEL minds `\` in raw ones too. */
function endOfString(text: string, start: number, quote: string): number {
  const end = text.startsWith(quote.repeat(3), start) ? quote.repeat(3) : quote
  for (let at = start + end.length; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text.startsWith(end, at)) return at + end.length - 1
  }
  return text.length
}

function endOfLine(text: string, start: number): number {
  const end = text.indexOf('\n', start)
  return end < 0 ? text.length : end
}
