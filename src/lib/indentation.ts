/** A line whose indentation does not go with the lines before it. */
export interface IndentationFault {
  /** From 1. */
  readonly line: number
  readonly message: string
}

/** Keys, or entries of a list, that begin in one column. */
interface Level {
  readonly indent: number
  readonly kind: 'keys' | 'list'
}

/** Texts that begin so are no keys, at least not plain ones. */
const NO_PLAIN_KEY = /^[#[\]{},&*!|>%@`"']/
const QUOTED_KEY = /^(?:"(?:\\.|[^"\\])*"|'[^']*')\s*:(?=\s|$)/
/** One after the other: a line may be long. */
const COLON_OR_COMMENT = /:(?=\s|$)|\s#/
const QUOTED = /"(?:\\.|[^"\\])*"|'[^']*'/g

/**
 * Finds what a parser of YAML tells in words of its own, and often lines later: an indentation that fits nothing before
 * it, or a list that goes on without its dash. For text that is known to be faulty.
 * @param last the line to look up to, from 1
 */
export function indentationFault(lines: readonly string[], last: number): IndentationFault | undefined {
  const outline = new Outline()
  for (const [index, line] of lines.slice(0, last).entries()) {
    const message = outline.take(line.trimEnd())
    if (message !== undefined) return { line: index + 1, message }
  }
  return undefined
}

/** The groups and lists around a line, as the lines before it have opened them. */
class Outline {
  #levels: Level[] = []
  /** The last line ended with a key or a dash: what belongs to it follows. */
  #isOpen = true
  /** The text of a key that follows as a block: its lines are indented by so much; undefined before the first. */
  #block: { readonly key: number; readonly indent: number | undefined } | undefined
  /** Brackets and quotes that are open: what stands in them has no indentation. */
  #brackets = 0
  #quote = ''

  /** @returns what is wrong with the line */
  take(line: string): string | undefined {
    const indent = line.search(/[^ ]/)
    if (this.#quote !== '' || this.#brackets > 0) {
      this.#goOn(line)
      return undefined
    }
    if (indent < 0 || line[indent] === '#') return undefined
    if (this.#isInBlock(indent)) return undefined
    return this.#place(indent, line.slice(indent))
  }

  #isInBlock(indent: number): boolean {
    if (this.#block === undefined) return false
    const { key, indent: first = indent } = this.#block
    this.#block = indent > key && indent >= first ? { key, indent: first } : undefined
    return this.#block !== undefined
  }

  #place(indent: number, text: string): string | undefined {
    const isList = /^-(\s|$)/.test(text)
    const key = isList ? undefined : keyOf(text)
    if (!isList && key === undefined) {
      this.#value(text, indent)
      return undefined
    }
    const fault = this.#enter({ indent, kind: isList ? 'list' : 'keys' })
    if (fault !== undefined) return fault
    if (key !== undefined) {
      this.#value(text.slice(key.length).trimStart(), indent)
      return undefined
    }
    const rest = text.slice(1).trimStart()
    this.#isOpen = true
    return rest === '' || rest.startsWith('#')
      ? undefined
      : this.#place(indent + text.length - rest.length, rest)
  }

  #enter({ indent, kind }: Level): string | undefined {
    let before: Level | undefined
    while ((this.#levels.at(-1)?.indent ?? -1) > indent) before = this.#levels.pop()
    const around = this.#levels.at(-1)
    if (around === undefined || (around.indent < indent && before === undefined && this.#isOpen)) {
      this.#levels.push({ indent, kind })
      return undefined
    }
    if (around.indent < indent) return misplaced(indent, before?.indent ?? around.indent)
    if (around.kind === kind) return undefined
    return this.#change({ indent, kind })
  }

  /** A list may stand in the column of the key that it belongs to. */
  #change({ indent, kind }: Level): string | undefined {
    if (kind === 'list') {
      if (this.#isOpen) this.#levels.push({ indent, kind })
      return this.#isOpen ? undefined : 'a dash does not belong here: the lines before it are keys of a group'
    }
    if (this.#levels.at(-2)?.indent !== indent)
      return 'each entry of this list begins with a dash and a space: "- "'
    this.#levels.pop()
    return undefined
  }

  /** What stands behind a key or a dash. */
  #value(text: string, indent: number): void {
    this.#isOpen = text === '' || /^(#|&\S+$)/.test(text)
    if (/^[|>][-+0-9]*(\s+#.*)?$/.test(text)) this.#block = { key: indent, indent: undefined }
    else if (/^[[{"']/.test(text)) this.#goOn(text)
  }

  #goOn(line: string): void {
    let rest = line
    if (this.#quote !== '') {
      const end = rest.indexOf(this.#quote)
      if (end < 0) return
      rest = rest.slice(end + 1)
      this.#quote = ''
    }
    const bare = rest.replaceAll(QUOTED, '').replace(/(^|\s)#.*/, '')
    this.#quote = /["']/.exec(bare)?.[0] ?? ''
    const known = this.#quote === '' ? bare : bare.slice(0, bare.indexOf(this.#quote))
    for (const character of known) {
      if (character === '{' || character === '[') this.#brackets++
      if (character === '}' || character === ']') this.#brackets = Math.max(0, this.#brackets - 1)
    }
  }
}

/** The key with its colon that a line begins with. */
function keyOf(text: string): string | undefined {
  if (NO_PLAIN_KEY.test(text)) return QUOTED_KEY.exec(text)?.[0]
  const found = COLON_OR_COMMENT.exec(text)
  return found?.[0] === ':' && found.index > 0 ? text.slice(0, found.index + 1) : undefined
}

function misplaced(indent: number, others: number): string {
  return `this line is indented by ${spaces(indent)}, what it goes with by ${others}`
}

const spaces = (count: number): string => (count === 1 ? '1 space' : `${count} spaces`)
