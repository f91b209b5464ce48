import { DocumentErrors } from '../lib/document-errors.ts'
import type { ErrorCode } from '../lib/errors.ts'
import { inOrder, type KeyPath, type PlacedProblem } from '../lib/problem.ts'

/** One fault of a configuration. */
export type Problem = PlacedProblem<Extract<ErrorCode, `config_${string}`>>

/** The keys up to the first index: of a value inside a list, those of the list. */
export function keysOf(path: KeyPath): string[] {
  const keys: string[] = []
  for (const step of path) {
    if (typeof step === 'number') break
    keys.push(step)
  }
  return keys
}

/** Everything that is wrong with a configuration, at once. */
export class ConfigurationErrors extends DocumentErrors<Problem['code']> {
  /** @param found at least one */
  constructor(found: readonly Problem[]) {
    super(found.toSorted(inOrder), 'the configuration')
    this.name = 'ConfigurationErrors'
  }
}
