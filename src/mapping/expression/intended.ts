import type { Environment, TypeCheckResult } from '@marcbachmann/cel-js'
import { closest } from '../../lib/suggestion.ts'
import { charges } from './charging.ts'

const INTERNAL: ReadonlySet<string> = new Set(Object.values(charges))

/** Whether a function is the gateway's own affair. */
export function isInternal(name: string): boolean {
  return INTERNAL.has(name)
}

/** What functions are called elsewhere. */
const ALIASES: Readonly<Record<string, string>> = {
  len: 'size',
  length: 'size',
  lower: 'lowerAscii',
  toLowerCase: 'lowerAscii',
  upper: 'upperAscii',
  toUpperCase: 'upperAscii',
  toString: 'text',
  str: 'text',
}

/** The variable or function that was probably meant by one that is not known. */
export function intended(error: TypeCheckResult['error'], environment: Environment): string | undefined {
  const node = error?.node
  const { variables, functions } = environment.getDefinitions()
  if (error?.code === 'unknown_variable' && node?.op === 'id' && typeof node.args === 'string') {
    return closest(
      node.args,
      variables.map(({ name }) => name),
    )
  }
  const isCall = node?.op === 'call' || node?.op === 'rcall'
  const called: unknown = isCall && Array.isArray(node.args) ? node.args[0] : undefined
  const names = functions.map(({ name }) => name).filter((name) => !isInternal(name))
  if (typeof called !== 'string' || names.includes(called)) return undefined
  const alias = Object.hasOwn(ALIASES, called) ? ALIASES[called] : undefined
  return alias ?? closest(called, names) ?? names.find((name) => isAbbreviation(called, name))
}

/** Whether letters were left out: `rnd` of `round`. */
function isAbbreviation(short: string, name: string): boolean {
  if (short.length < 3 || short.length > 8 || short[0] !== name[0]) return false
  let at = 0
  for (const letter of name) if (letter === short[at]) at++
  return at === short.length
}
