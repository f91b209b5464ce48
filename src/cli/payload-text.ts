const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** C0, DEL and C1: they would break the line, or command the terminal of whoever looks. */
const CONTROL = /\p{Cc}/u

/** A payload on one line: text as it is, text with control characters as a JSON string, bytes as base64. */
export function payloadText(payload: Uint8Array): string {
  try {
    return safeText(utf8.decode(payload))
  } catch {
    return `base64:${Buffer.from(payload).toString('base64')}`
  }
}

/** Text from a stranger, fit for a terminal. JSON leaves DEL and C1 as they are. */
export function safeText(text: string): string {
  if (!CONTROL.test(text)) return text
  const escaped = (letter: string) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`
  return JSON.stringify(text).replaceAll(/[\u007f-\u009f]/g, escaped)
}
