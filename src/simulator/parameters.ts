import { Refusal } from './message.ts'

const QUOTE = "'"
const isDigit = (character: string | undefined) =>
  character !== undefined && character >= '0' && character <= '9'

/**
 * Parameters of an Execute, `0='abc',2`, by number; a parameter without a value has the empty text.
 * LwM2M Core, 6.3.5: `arglist = arg *( "," arg )`, `arg = DIGIT [ "=" "'" *CHAR "'" ]`.
 * @throws Refusal 4.00 for anything else
 */
export function parseParameters(payload: Uint8Array): Map<number, string> {
  const text = new TextDecoder().decode(payload)
  const parameters = new Map<number, string>()
  let at = 0
  while (at < text.length || (at > 0 && text[at - 1] === ',')) {
    const end = readParameter(text, at, parameters)
    if (end < text.length && text[end] !== ',') throw bad(text)
    at = end + 1
  }
  return parameters
}

/** Reads the parameter at `at` and returns where it ends. */
function readParameter(text: string, at: number, parameters: Map<number, string>): number {
  if (!isDigit(text[at])) throw bad(text)
  const number = Number(text[at])
  if (text[at + 1] !== '=') {
    parameters.set(number, '')
    return at + 1
  }
  const close = text.indexOf(QUOTE, at + 3)
  if (text[at + 2] !== QUOTE || close < 0) throw bad(text)
  parameters.set(number, text.slice(at + 3, close))
  return close + 1
}

function bad(text: string): Refusal {
  return new Refusal('4.00', `parameters '${text.slice(0, 80)}'`)
}
