import type { Objection } from './guard.ts'

/** A slip, and what is written in CEL instead. */
export interface Slip extends Objection {
  readonly suggestion: string | undefined
}

const TEXTS = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\/\/[^\n]*/g

/** What other languages write otherwise. The order matters: `===` holds a `=`. */
const SLIPS: readonly (readonly [pattern: RegExp, instead: string | undefined])[] = [
  [/===/, '=='],
  [/!==/, '!='],
  [/<>/, '!='],
  [/(?<![=!<>])=(?!=)/, '=='],
  [/(?<![.\w])and(?!\w)/i, '&&'],
  [/(?<![.\w])or(?!\w)/i, '||'],
  [/(?<![.\w])not(?!\w)/i, '!'],
  [/(?<!&)&(?!&)/, '&&'],
  [/(?<!\|)\|(?!\|)/, '||'],
  [/\?\?/, 'default(VALUE, OTHER)'],
  [/[“”„‘’‚]/, `' or "`],
  [/\*\*/, undefined],
]

/** What is not CEL but another language, in an expression that cannot be parsed. */
export function slipIn(source: string): Slip | undefined {
  const bare = source.replaceAll(TEXTS, (text) => ' '.repeat(text.length))
  const quote = bare.search(/["']/)
  if (quote >= 0)
    return { message: `the quote ${bare[quote]} is not closed`, start: quote, suggestion: undefined }
  const found = SLIPS.flatMap(([pattern, suggestion]) => {
    const match = pattern.exec(bare)
    return match === null ? [] : [{ text: match[0], start: match.index, suggestion }]
  })
  const [first] = found.toSorted((one, other) => one.start - other.start)
  if (first === undefined) return undefined
  const { text, start, suggestion } = first
  return { message: `'${text}' is no operator`, start, suggestion }
}

const SYMBOLS: Readonly<Record<string, string>> = {
  RPAREN: 'a )',
  RBRACKET: 'a ]',
  RBRACE: 'a }',
  LPAREN: 'a (',
  COLON: 'a :',
  IDENTIFIER: 'a name',
}

/**
 * What the parser says, in plain words.
 * @param start offset at which it says it
 */
export function parserWords(message: string, source: string, start: number): string {
  if (source.trim() === '') return 'the expression is empty'
  const [, expected, got] = /^Expected (\w+), got (\w+)$/.exec(message) ?? []
  const here = /^(?:\w+|.)/.exec(source.slice(start))?.[0]
  if (expected !== undefined) {
    const place = got === 'EOF' || here === undefined ? 'at the end' : `before '${here}'`
    return `${SYMBOLS[expected] ?? expected} is missing ${place}`
  }
  if (message === 'Unexpected token: EOF' || here === undefined)
    return 'the expression breaks off: something is missing at the end'
  const [, word] = /^Reserved identifier: (\w+)$/.exec(message) ?? []
  if (word === 'if') return "there is no 'if': write CONDITION ? VALUE : OTHER"
  if (word !== undefined) return `'${word}' is a word that CEL keeps to itself`
  return message.startsWith('Unexpected') ? `'${here}' does not belong here` : message
}
