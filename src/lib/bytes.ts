/** A short byte string as a map key: one character for each byte. */
export function bytesKey(bytes: Uint8Array): string {
  let key = ''
  for (const byte of bytes) key += String.fromCharCode(byte)
  return key
}

export const noBytes: Uint8Array = new Uint8Array(0)
