/**
 * An endpoint name as one level of a topic, and back. Everything outside `[A-Za-z0-9._:-]` becomes `%XX` for each
 * byte of its UTF-8, `%` included: no name can break out of its level, and the way back is exact.
 */

const SAFE = new Set('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-')

const ALL_SAFE = /^[A-Za-z0-9._:-]*$/

const ESCAPES = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte)
  return SAFE.has(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
})

const utf8 = new TextEncoder()
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** `urn:dev:1` stays as it is, `küche/1` becomes `k%C3%BCche%2F1`. */
export function encodeTopicLevel(name: string): string {
  if (ALL_SAFE.test(name)) return name
  let level = ''
  for (const byte of utf8.encode(name)) level += ESCAPES[byte]
  return level
}

/** The byte that stands at `at`, escaped or not; -1 for what no encoder writes. */
function byteAt(level: string, at: number): number {
  if (level[at] !== '%') return SAFE.has(level.charAt(at)) ? level.charCodeAt(at) : -1
  const digits = level.slice(at + 1, at + 3)
  const byte = /^[0-9A-Fa-f]{2}$/.test(digits) ? Number.parseInt(digits, 16) : -1
  return byte
}

/**
 * The name behind a level. Escapes of characters that needed none are understood, so that a person may write
 * `%2d`; anything else that `encodeTopicLevel` would not write is refused.
 * @returns undefined for a level that holds a bare unsafe character, half an escape, or bytes that are no UTF-8
 */
export function decodeTopicLevel(level: string): string | undefined {
  const bytes: number[] = []
  for (let at = 0; at < level.length; at += level[at] === '%' ? 3 : 1) {
    const byte = byteAt(level, at)
    if (byte < 0) return undefined
    bytes.push(byte)
  }
  try {
    return strictUtf8.decode(Uint8Array.from(bytes))
  } catch {
    return undefined
  }
}
