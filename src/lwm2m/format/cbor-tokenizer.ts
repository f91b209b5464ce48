import { type DecodeOptions, Token, Tokenizer, Type } from 'cborg'
import { MAX_ENTRIES } from './limits.ts'
import { readUtf8 } from './scalar.ts'
import { joinBytes } from './tlv-entry.ts'

const BYTES = 2
const TEXT = 3
const INDEFINITE = 31
const BREAK = 0xff

/**
 * cborg's tokens, with three things that it does not do by itself: strings in chunks of indefinite length (RFC 8949,
 * 3.2.3), refusal of text that is not UTF-8 instead of a replacement character, and a bound to the arrays and maps
 * that small payloads can make.
 */
export class BoundedTokenizer extends Tokenizer {
  #containers = 0

  constructor(bytes: Uint8Array, options: DecodeOptions) {
    super(bytes, options)
  }

  override next(): Token {
    const head = this.data[this._pos] ?? BREAK
    const major = head >>> 5
    if (major === BYTES && (head & 0x1f) === INDEFINITE) return this.#chunked(BYTES)
    if (major === TEXT) return (head & 0x1f) === INDEFINITE ? this.#chunked(TEXT) : this.#text()
    if ((major === 4 || major === 5) && ++this.#containers > MAX_ENTRIES + 1) {
      throw new Error(`more than ${MAX_ENTRIES} arrays and maps`)
    }
    return super.next()
  }

  #text(): Token {
    const start = this._pos
    const [from, to] = this.#extent()
    this._pos = to
    return new Token(Type.string, this.#utf8(this.data, from, to), to - start)
  }

  #chunked(major: number): Token {
    const start = this._pos++
    const parts: Uint8Array[] = []
    while (this.data[this._pos] !== BREAK) {
      const head = this.data[this._pos] ?? 0
      if (head >>> 5 !== major || (head & 0x1f) === INDEFINITE) throw new Error('a chunk of another kind')
      const [from, to] = this.#extent()
      parts.push(this.data.subarray(from, to))
      this._pos = to
    }
    this._pos++
    const joined = joinBytes(parts)
    const value = major === BYTES ? joined : this.#utf8(joined, 0, joined.length)
    return new Token(major === BYTES ? Type.bytes : Type.string, value, this._pos - start)
  }

  /** Where the bytes of the definite-length string at the position lie. */
  #extent(): [from: number, to: number] {
    const minor = (this.data[this._pos] ?? 0) & 0x1f
    if (minor > 27) throw new Error(`reserved length ${minor} at byte ${this._pos}`)
    const size = minor < 24 ? 0 : 2 ** (minor - 24)
    let length = size === 0 ? minor : 0
    for (let at = 1; at <= size; at++) length = length * 256 + (this.data[this._pos + at] ?? 0)
    const from = this._pos + 1 + size
    if (from + length > this.data.length) throw new Error(`cut short at byte ${this._pos}`)
    return [from, from + length]
  }

  #utf8(bytes: Uint8Array, from: number, to: number): string {
    const text = readUtf8(bytes, from, to)
    if (text === undefined) throw new Error(`text that is no UTF-8 before byte ${this._pos}`)
    return text
  }
}
