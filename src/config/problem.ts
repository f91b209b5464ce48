import { CodedError, type ErrorCode } from '../lib/errors.ts'
import { inOrder, type KeyPath, type PlacedProblem, placeText, problemText } from '../lib/problem.ts'

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
export class ConfigurationErrors extends CodedError {
  readonly problems: readonly Problem[]

  /** @param found at least one */
  constructor(found: readonly Problem[]) {
    const problems = found.toSorted(inOrder)
    const count = problems.length === 1 ? 'one error' : `${problems.length} errors`
    const first = problems[0]
    super('config_invalid', `${count} in the configuration:\n${problems.map(problemText).join('\n')}`, {
      place: first && placeText(first.place),
    })
    this.name = 'ConfigurationErrors'
    this.problems = problems
  }
}
