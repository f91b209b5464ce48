/** Odd constants of well mixed bits. */
const FIRST = 0x9e3779b1
const SECOND = 0x85ebca77

/** The two halves turn by different distances, so that changes which cancel out in one stay in the other. */
const FIRST_TURN = 13
const SECOND_TURN = 19

function stir(state: number, word: number, factor: number, turn: number): number {
  const product = Math.imul(state ^ word, factor)
  const turned = (product << turn) | (product >>> (32 - turn))
  return turned ^ (turned >>> 7)
}

function finish(state: number): number {
  const once = Math.imul(state ^ (state >>> 16), SECOND)
  return (once ^ (once >>> 13)) >>> 0
}

/** The last one to three bytes as one word. */
function rest(bytes: Uint8Array, from: number): number {
  let word = bytes.length - from
  for (let at = from; at < bytes.length; at++) word = (word << 8) | (bytes[at] as number)
  return word
}

/**
 * 53 bits that tell one datagram from another, so that what a message said need not be kept to recognise its
 * repetition. Not for secrets: with a seed that nobody else knows, it is no help to forgers either.
 */
export function fingerprint(bytes: Uint8Array, seed: number): number {
  let one = seed ^ bytes.length
  let other = ~seed
  const whole = bytes.length & ~3
  for (let at = 0; at < whole; at += 4) {
    const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8)
    const word = low | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24)
    one = stir(one, word, FIRST, FIRST_TURN)
    other = stir(other, word, SECOND, SECOND_TURN)
  }
  const word = rest(bytes, whole)
  one = finish(stir(one, word, FIRST, FIRST_TURN))
  other = finish(stir(other, word, SECOND, SECOND_TURN))
  return one * 2 ** 21 + (other >>> 11)
}
