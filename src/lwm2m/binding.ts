import type { EnablerVersion } from './fact.ts'

export interface Binding {
  /** As the device said it. */
  readonly text: string
  readonly queueMode: boolean
}

/** LwM2M 1.0, 5.3.1.1: here queue mode is a letter of the binding. */
const BINDINGS_OF_1_0: ReadonlySet<string> = new Set(['U', 'UQ', 'S', 'SQ', 'US', 'UQS'])
/** LwM2M Core 1.1, 6.2.1.2: any combination of these; queue mode is the parameter `Q`. */
const LETTERS_FROM_1_1 = 'UMHTSN'
const LETTERS_OF_ALL = `${LETTERS_FROM_1_1}Q`

/** Whether `text` is made of these letters, each at most once. */
function consistsOf(text: string, letters: string): boolean {
  if (text.length === 0 || text.length > letters.length) return false
  for (let at = 0; at < text.length; at++) {
    const letter = text.charAt(at)
    if (!letters.includes(letter) || text.indexOf(letter) !== at) return false
  }
  return true
}

function isValid(text: string, version: EnablerVersion, strict: boolean): boolean {
  if (!strict) return consistsOf(text, LETTERS_OF_ALL)
  return version === '1.0' ? BINDINGS_OF_1_0.has(text) : consistsOf(text, LETTERS_FROM_1_1)
}

/**
 * Reads the `b` and `Q` parameters together.
 * @param strict off: the forms of all versions are taken from any version, since old modems mix them
 * @returns undefined where the version does not know this form
 */
export function readBinding(
  text: string,
  queueParameter: boolean,
  version: EnablerVersion,
  strict: boolean,
): Binding | undefined {
  if (!isValid(text, version, strict)) return undefined
  if (strict && queueParameter && version === '1.0') return undefined
  return { text, queueMode: queueParameter || text.includes('Q') }
}
