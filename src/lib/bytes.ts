/** A short byte string as a map key: one character for each byte. */
export function bytesKey(bytes: Uint8Array): string {
  if (bytes.length === 8) return keyOfEight(bytes as EightBytes)
  let key = ''
  for (const byte of bytes) key += String.fromCharCode(byte)
  return key
}

type EightBytes = Uint8Array & Readonly<Record<0 | 1 | 2 | 3 | 4 | 5 | 6 | 7, number>>

/** Tokens of our own are that long, so that each notification brings one: in one call it takes a quarter of the time. */
function keyOfEight(at: EightBytes): string {
  return String.fromCharCode(at[0], at[1], at[2], at[3], at[4], at[5], at[6], at[7])
}

/** The bytes that `bytesKey` made a key of. */
export function keyBytes(key: string): Uint8Array {
  return Uint8Array.from(key, (character) => character.charCodeAt(0))
}

export const noBytes: Uint8Array = new Uint8Array(0)
