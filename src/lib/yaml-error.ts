import { isMap, isScalar, isSeq, type Node, type parseDocument, visit, type YAMLError } from 'yaml'
import { indentationFault } from './indentation.ts'

/** What a parser stumbled over, in the words of who wrote the file, and where its cause stands. */
export interface Explanation {
  readonly message: string
  /** Offset in the text. */
  readonly offset: number
}

type ParsedYaml = ReturnType<typeof parseDocument>

const NO_TABS = 'a tab stands here: YAML does not allow tabs for indentation, so write spaces'
/** Before what a line says. */
const TAB = /^ *\t\s*[^\s#]/

/**
 * Explains the first error of a text; those after it may follow from it.
 * @param text without a byte order mark
 */
export function explain(error: YAMLError, text: string, yaml: ParsedYaml): Explanation {
  const lines = text.split('\n')
  const [start] = error.pos
  const ends = yaml.errors.filter(({ pos }) => pos[0] === start).map(({ pos }) => pos[1] - 1)
  const last = lineAt(text, Math.max(start, ...ends))
  return (
    tab(error, text, lines) ??
    openQuote(error, yaml) ??
    openBracket(error, yaml) ??
    indentation(lines, last) ?? { message: plainWords(error), offset: start }
  )
}

/** From 1. */
function lineAt(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++
  return line
}

function offsetOfLine(lines: readonly string[], line: number): number {
  return lines.slice(0, line - 1).reduce((sum, { length }) => sum + length + 1, 0)
}

/** A tab makes YAML stumble over the line after it at times. */
function tab({ pos }: YAMLError, text: string, lines: readonly string[]): Explanation | undefined {
  const line = lineAt(text, pos[0])
  const guilty = [line - 1, line].find((one) => TAB.test(lines[one - 1] ?? ''))
  if (guilty === undefined) return undefined
  return { message: NO_TABS, offset: offsetOfLine(lines, guilty) + (lines[guilty - 1] ?? '').indexOf('\t') }
}

function openQuote({ message, pos }: YAMLError, yaml: ParsedYaml): Explanation | undefined {
  const [, quote] = /^Missing closing (["'])quote/.exec(message) ?? []
  if (quote === undefined) return undefined
  const type = quote === '"' ? 'QUOTE_DOUBLE' : 'QUOTE_SINGLE'
  const offset = lastBefore(yaml, pos[0], (node) => isScalar(node) && node.type === type)
  return { message: `the quote ${quote} that begins here is not closed`, offset: offset ?? pos[0] }
}

function openBracket({ message, pos }: YAMLError, yaml: ParsedYaml): Explanation | undefined {
  const [, kind, close] = /^Flow (map|sequence) .*end with a ([}\]])$/.exec(message) ?? []
  if (kind === undefined) return undefined
  const isMeant = (node: Node): boolean =>
    (kind === 'map' ? isMap(node) : isSeq(node)) && (node as { flow?: boolean }).flow === true
  const offset = lastBefore(yaml, pos[0], isMeant)
  const open = close === '}' ? '{' : '['
  return {
    message: `the bracket ${open} that opens here is not closed: it needs a ${close}`,
    offset: offset ?? pos[0],
  }
}

/** Where the last such node begins that begins before an offset. */
function lastBefore(yaml: ParsedYaml, offset: number, isMeant: (node: Node) => boolean): number | undefined {
  let last: number | undefined
  visit(yaml, {
    Node(_, node) {
      const start = node.range?.[0] ?? offset
      if (start < offset && start >= (last ?? 0) && isMeant(node)) last = start
    },
  })
  return last
}

function indentation(lines: readonly string[], last: number): Explanation | undefined {
  const fault = indentationFault(lines, last)
  if (fault === undefined) return undefined
  const start = offsetOfLine(lines, fault.line)
  const indent = (lines[fault.line - 1] ?? '').search(/\S/)
  return { message: fault.message, offset: start + Math.max(0, indent) }
}

const NO_COLON = 'a colon and a space are missing behind a key: write "key: value"'
const IS_NO_KEY = 'a dash does not belong here: the lines before it are keys of a group'

/** For what the library says to programmers. */
const BY_CODE: Readonly<Record<string, string>> = {
  MULTIPLE_DOCS: 'a second document begins here: a file holds one, so remove this line (---)',
  TAG_RESOLVE_FAILED: 'a tag such as !secret or !!binary has no meaning here: remove it',
  BAD_ALIAS: 'a text that begins with * wants quotes',
  BAD_DQ_ESCAPE: 'this \\ stands for nothing in double quotes: write \\\\, or use single quotes',
  BAD_INDENT: 'the keys of a group, and the entries of a list, begin in one column',
  BAD_SCALAR_START: 'a text that begins with @ or ` wants quotes',
  MULTILINE_IMPLICIT_KEY: NO_COLON,
}
const BY_MESSAGE: Readonly<Record<string, string>> = {
  'Nested mappings are not allowed in compact mappings':
    'the text that begins here has a colon and a space in it: it wants quotes',
  'A block sequence may not be used as an implicit map key': IS_NO_KEY,
  'Implicit map keys need to be followed by map values': NO_COLON,
  'Sequence item without - indicator': 'each entry of this list begins with a dash and a space: "- "',
  'Missing directives-end indicator line': 'a line that begins with % wants quotes',
}

/** The library's own message where there is no better one. */
export function plainWords({ code, message }: YAMLError): string {
  const [, token] = /^Unexpected .* token in YAML stream: "(.*)"$/s.exec(message) ?? []
  if (token !== undefined) return `${token.slice(0, 40)} does not belong here`
  if (/^Unexpected .* at node end$/.test(message))
    return 'the value before this has ended: what belongs together wants quotes'
  return BY_MESSAGE[message] ?? BY_CODE[code] ?? message
}
