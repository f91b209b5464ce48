import { DocumentErrors } from '../lib/document-errors.ts'
import type { PlacedProblem } from '../mapping/problem.ts'

/** Everything that is wrong with mapping files, at once. */
export class MappingErrors extends DocumentErrors<PlacedProblem['code']> {
  /** @param problems at least one */
  constructor(problems: readonly PlacedProblem[]) {
    super(problems, 'the mapping files')
    this.name = 'MappingErrors'
  }
}
