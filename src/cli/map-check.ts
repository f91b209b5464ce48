import { MappingErrors } from '../gateway/mapping-errors.ts'
import { problemText } from '../lib/problem.ts'
import type { PlacedProblem } from '../mapping/problem.ts'
import { parseArguments } from './arguments.ts'
import type { Command } from './command.ts'
import { exitCodes } from './exit-codes.ts'
import { openForExamples } from './mapping-tools.ts'

/** Says everything that is wrong with mapping files. */
export const mapCheck: Command = {
  name: 'map check',
  summary: 'say everything that is wrong with mapping files, at once',
  usage: `lwm2mqtt map check FILE...

Reads and compiles each FILE with those that it extends, as the gateway would. Says \`ok\`, or every fault with its
file, line, column, path and what was probably meant; then the exit code is 3. For a FILE the name of a preset will do.`,

  async run(args, io) {
    const { positionals } = parseArguments(args, {}, ['FILE', '[FILE...]'])
    const problems = new Map<string, PlacedProblem>()
    for (const file of positionals) {
      const found = problemsOf(file)
      for (const problem of found) problems.set(problemText(problem), problem) // two files may extend the same one
      if (found.length === 0) io.out(`${file}: ok`)
    }
    if (problems.size > 0) throw new MappingErrors([...problems.values()])
    return exitCodes.ok
  },
}

function problemsOf(file: string): readonly PlacedProblem[] {
  try {
    openForExamples(file)
    return []
  } catch (error) {
    if (error instanceof MappingErrors) return error.problems
    throw error
  }
}
