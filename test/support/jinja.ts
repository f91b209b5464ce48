/** What a template may read: `value_json`, `red`, ... */
export type Names = Readonly<Record<string, unknown>>

/**
 * Evaluates a template of Home Assistant, as far as our payloads use them: text with `{{ ... }}` in it, which holds
 * names with `.field` and `[from:to]`, texts in single quotes, `A if B == C else D`, and the filters `lower`,
 * `int(base=N)` and `format(...)`. What is printed is printed as Python does: True, False, None.
 * @throws Error for everything else, and for names that are not there
 */
export function render(template: string, names: Names): string {
  return template.replaceAll(/\{\{(.*?)\}\}/gs, (_, source: string) => {
    const parser = new Parser(tokensOf(source), names)
    const value = parser.conditional()
    parser.end()
    return printed(value)
  })
}

function printed(value: unknown): string {
  if (value === true) return 'True'
  if (value === false) return 'False'
  if (value === null) return 'None'
  if (typeof value === 'string' || typeof value === 'number') return String(value)
  throw new Error(`a template prints ${typeof value}`)
}

function tokensOf(source: string): string[] {
  const tokens = source.match(/'[^']*'|[A-Za-z_]\w*|\d+|==|[^\s]/g) ?? []
  if (tokens.join('') !== source.replaceAll(/('[^']*')|\s+/g, '$1')) throw new Error(`no template: ${source}`)
  return tokens
}

class Parser {
  readonly #tokens: string[]
  readonly #names: Names

  constructor(tokens: string[], names: Names) {
    this.#tokens = tokens
    this.#names = names
  }

  conditional(): unknown {
    const value = this.#filtered()
    if (!this.#takes('if')) return value
    const left = this.#filtered()
    this.#expect('==')
    const right = this.#filtered()
    this.#expect('else')
    const other = this.conditional()
    return left === right ? value : other
  }

  end(): void {
    if (this.#tokens.length > 0) throw new Error(`left over: ${this.#tokens.join(' ')}`)
  }

  #filtered(): unknown {
    let value = this.#primary()
    while (this.#takes('|')) value = this.#filter(value)
    return value
  }

  #filter(value: unknown): unknown {
    const name = this.#next()
    switch (name) {
      case 'lower':
        return printed(value).toLowerCase()
      case 'int':
        return this.#integer(value)
      case 'format':
        return formatted(String(value), this.#list())
      default:
        throw new Error(`no filter ${name}`)
    }
  }

  #integer(value: unknown): number {
    for (const token of ['(', 'base', '=']) this.#expect(token)
    const base = Number(this.#next())
    this.#expect(')')
    const number = Number.parseInt(String(value), base)
    if (Number.isNaN(number)) throw new Error(`int of ${String(value)}`)
    return number
  }

  #list(): unknown[] {
    this.#expect('(')
    const list = [this.#filtered()]
    while (this.#takes(',')) list.push(this.#filtered())
    this.#expect(')')
    return list
  }

  #primary(): unknown {
    const token = this.#next()
    if (token.startsWith("'")) return token.slice(1, -1)
    if (!Object.hasOwn(this.#names, token)) throw new Error(`no name ${token}`)
    let value: unknown = this.#names[token]
    for (;;) {
      if (this.#takes('.')) value = fieldOf(value, this.#next())
      else if (this.#takes('[')) value = this.#slice(value)
      else return value
    }
  }

  #slice(value: unknown): string {
    const from = Number(this.#next())
    this.#expect(':')
    const to = Number(this.#next())
    this.#expect(']')
    if (typeof value !== 'string') throw new Error('a slice of what is no text')
    return value.slice(from, to)
  }

  #next(): string {
    const token = this.#tokens.shift()
    if (token === undefined) throw new Error('the template ends too early')
    return token
  }

  #takes(token: string): boolean {
    if (this.#tokens[0] !== token) return false
    this.#tokens.shift()
    return true
  }

  #expect(token: string): void {
    if (!this.#takes(token)) throw new Error(`expected ${token} before ${this.#tokens.join(' ')}`)
  }
}

function fieldOf(value: unknown, name: string): unknown {
  if (typeof value === 'object' && value !== null && Object.hasOwn(value, name)) return (value as Names)[name]
  throw new Error(`no field ${name}`)
}

function formatted(text: string, values: unknown[]): string {
  return text.replaceAll('%02x', () => Number(values.shift()).toString(16).padStart(2, '0'))
}
