import { CodedError, type ErrorCode } from './errors.ts'
import { type PlacedProblem, placeText, problemText } from './problem.ts'

/** Everything that is wrong with documents that people wrote, at once. Its code and its place are those of the first fault. */
export class DocumentErrors<Code extends ErrorCode = ErrorCode> extends CodedError {
  readonly problems: readonly PlacedProblem<Code>[]

  /**
   * @param problems at least one
   * @param what the documents are, for the message
   */
  constructor(problems: readonly PlacedProblem<Code>[], what: string) {
    const [first] = problems
    if (first === undefined) throw new Error('errors without a problem')
    const count = problems.length === 1 ? 'one error' : `${problems.length} errors`
    const codes = new Set(problems.map(({ code }) => code))
    const lines = problems.map((problem) =>
      codes.size === 1 ? problemText(problem) : `${problemText(problem)} [${problem.code}]`,
    )
    super(first.code, `${count} in ${what}:\n${lines.join('\n')}`, { place: placeText(first.place) })
    this.problems = problems
  }
}
