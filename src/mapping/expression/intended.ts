import type { Environment, TypeCheckResult } from '@marcbachmann/cel-js'
import { closest } from '../../lib/suggestion.ts'
import { charges } from './charging.ts'

const INTERNAL: ReadonlySet<string> = new Set(Object.values(charges))

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
  const names = functions.map(({ name }) => name).filter((name) => !INTERNAL.has(name))
  return typeof called === 'string' && !names.includes(called) ? closest(called, names) : undefined
}
