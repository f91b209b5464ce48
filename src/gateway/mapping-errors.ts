import { CodedError } from '../lib/errors.ts'
import { placeText, problemText } from '../lib/problem.ts'
import type { PlacedProblem } from '../mapping/problem.ts'

/** Everything that is wrong with mapping files, at once. */
export class MappingErrors extends CodedError {
  readonly problems: readonly PlacedProblem[]

  /** @param problems at least one */
  constructor(problems: readonly PlacedProblem[]) {
    const count = problems.length === 1 ? 'one error' : `${problems.length} errors`
    const first = problems[0]
    super('mapping_invalid', `${count} in the mapping files:\n${problems.map(problemText).join('\n')}`, {
      place: first && placeText(first.place),
    })
    this.name = 'MappingErrors'
    this.problems = problems
  }
}
