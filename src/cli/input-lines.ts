/** A line of an input. */
export interface InputLine {
  /** From 1. */
  readonly number: number
  /** Undefined where the line is longer than is read. */
  readonly text: string | undefined
}

/** Characters of one line. */
const LONGEST = 1_048_576

/** Lines of an input as they come, each without its line break; empty ones are left out. */
export async function* inputLines(input: AsyncIterable<Uint8Array>): AsyncGenerator<InputLine> {
  const decoder = new TextDecoder()
  let rest = ''
  let number = 0
  let isTooLong = false
  const line = (text: string): InputLine => {
    const isWhole = !isTooLong && text.length <= LONGEST
    isTooLong = false
    return { number: ++number, text: isWhole ? text.replace(/\r$/, '') : undefined }
  }
  for await (const chunk of input) {
    const [first = '', ...others] = decoder.decode(chunk, { stream: true }).split('\n')
    rest += first
    for (const next of others) {
      const complete = line(rest)
      if (complete.text !== '') yield complete
      rest = next
    }
    if (rest.length <= LONGEST) continue
    isTooLong = true
    rest = ''
  }
  rest += decoder.decode()
  if (rest !== '' || isTooLong) yield line(rest)
}
