import type { Sample } from '../value.ts'
import { textOf } from './checked.ts'
import type { Codec, DecodeContext } from './codec.ts'
import { malformed, mismatch } from './failures.ts'
import { MAX_ENTRIES } from './limits.ts'
import { readUtf8 } from './scalar.ts'
import { singleSample, singleType } from './single.ts'

/** A link of CoRE link format (RFC 6690, 2). */
export interface Link {
  /** What stands between the angle brackets. */
  readonly target: string
  /** Values without their quotes, in the payload's order; the empty text where an attribute has no value. */
  readonly attributes: ReadonlyMap<string, string>
}

/** More attributes on one link than anyone has; it bounds the work for a repeated name. */
const MAX_ATTRIBUTES = 64

const QUOTE = 0x22
const COMMA = 0x2c
const SEMICOLON = 0x3b
const EQUALS = 0x3d
const BACKSLASH = 0x5c

class LinkParser {
  readonly #text: string
  readonly #most: number
  #at = 0

  constructor(text: string, most: number) {
    this.#text = text
    this.#most = most
  }

  links(): Link[] {
    const links: Link[] = []
    this.#skipSpace()
    while (this.#at < this.#text.length) {
      if (links.length === this.#most) throw this.#fault(`more than ${this.#most} links`)
      links.push(this.#link())
      if (this.#at < this.#text.length) this.#expect(COMMA, 'a comma between links')
      this.#skipSpace()
    }
    return links
  }

  #link(): Link {
    const end = this.#text.indexOf('>', this.#at)
    if (this.#text[this.#at] !== '<' || end < 0) throw this.#fault('a link starts with <target>')
    const target = this.#text.slice(this.#at + 1, end)
    this.#at = end + 1
    const attributes = new Map<string, string>()
    this.#skipSpace()
    for (let count = 0; this.#peek() === SEMICOLON; count++) {
      if (count === MAX_ATTRIBUTES) throw this.#fault(`more than ${MAX_ATTRIBUTES} attributes`)
      this.#at++
      this.#attribute(attributes)
    }
    return { target, attributes }
  }

  /** Of a repeated attribute the first counts (RFC 6690, 2). */
  #attribute(attributes: Map<string, string>): void {
    this.#skipSpace()
    const name = this.#token()
    if (name === '') throw this.#fault('an attribute has a name')
    const hasValue = this.#peek() === EQUALS
    if (hasValue) this.#at++
    const value = hasValue ? this.#value() : ''
    if (!attributes.has(name)) attributes.set(name, value)
    this.#skipSpace()
  }

  /** An attribute's name: up to `=` or what ends the attribute. */
  #token(): string {
    const start = this.#at
    while (!isDelimiter(this.#peek()) && this.#peek() !== EQUALS) this.#at++
    return this.#text.slice(start, this.#at).trimEnd()
  }

  #value(): string {
    if (this.#peek() === QUOTE) return this.#quoted()
    const start = this.#at
    while (!isDelimiter(this.#peek())) this.#at++
    return this.#text.slice(start, this.#at).trimEnd()
  }

  #quoted(): string {
    let value = ''
    let from = ++this.#at
    for (let code = this.#peek(); code !== QUOTE; code = this.#peek()) {
      if (code === undefined) throw this.#fault('a quoted value has no end')
      if (code === BACKSLASH) {
        value += this.#text.slice(from, this.#at)
        from = ++this.#at // the escaped character starts the next piece
      }
      this.#at++
    }
    value += this.#text.slice(from, this.#at)
    this.#at++
    return value
  }

  #peek(): number | undefined {
    return this.#at < this.#text.length ? this.#text.charCodeAt(this.#at) : undefined
  }

  /** No white space is allowed, and some clients write it. */
  #skipSpace(): void {
    while (this.#peek() === 0x20 || this.#peek() === 0x0a || this.#peek() === 0x0d || this.#peek() === 0x09)
      this.#at++
  }

  #expect(code: number, what: string): void {
    if (this.#peek() !== code) throw this.#fault(what)
    this.#at++
  }

  #fault(what: string) {
    return malformed(`no link format: ${what}`, `character ${Math.min(this.#at, this.#text.length)}`)
  }
}

function isDelimiter(code: number | undefined): boolean {
  return code === undefined || code === COMMA || code === SEMICOLON
}

/**
 * The links of a payload in CoRE link format; none for an empty one.
 * @param most how many there may be
 * @throws CodedError `payload_malformed` with the position of the fault
 */
export function parseLinks(payload: Uint8Array, most = MAX_ENTRIES): Link[] {
  const text = readUtf8(payload, 0, payload.length)
  if (text === undefined) throw malformed('the text is no UTF-8', 'byte 0')
  return new LinkParser(text, most).links()
}

/** Digits and dots need no quotes (`ver=1.1`, `ct=110`); all else is safe within them. */
const BARE = /^[0-9.]+$/
const TO_ESCAPE = /["\\]/g

function formatAttribute([name, value]: readonly [string, string]): string {
  if (value === '') return `;${name}`
  return BARE.test(value) ? `;${name}=${value}` : `;${name}="${value.replace(TO_ESCAPE, '\\$&')}"`
}

/** Text of links, as RFC 6690 writes them: `</>;rt="oma.lwm2m";ct=110,</3/0>`. */
export function formatLinks(links: readonly Link[]): string {
  return links
    .map(({ target, attributes }) => `<${target}>${Array.from(attributes, formatAttribute).join('')}`)
    .join(',')
}

/** application/link-format as the value of one Corelnk resource; the text is checked and kept as it came. */
export const linkCodec: Codec = {
  contentFormat: 40,
  name: 'application/link-format',

  decode(payload: Uint8Array, context: DecodeContext): Sample[] {
    const type = singleType(context, 'application/link-format') ?? 'corelnk'
    if (type !== 'corelnk') throw mismatch(type, 'links', 'the payload')
    parseLinks(payload)
    return [{ path: context.base, type, value: Buffer.from(payload).toString('utf8') }]
  },

  encode(samples: readonly Sample[], base: string): Uint8Array {
    return Buffer.from(textOf(singleSample(samples, base, 'application/link-format')), 'utf8')
  },
}
