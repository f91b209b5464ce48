import { MappingErrors } from '../gateway/mapping-errors.ts'
import { problemText } from '../lib/problem.ts'
import type { PlacedProblem } from '../mapping/problem.ts'
import { parseArguments } from './arguments.ts'
import type { Command } from './command.ts'
import { findAndLoad } from './configuration.ts'
import { exitCodes } from './exit-codes.ts'
import { configOption, knownConnections, openForExamples } from './mapping-tools.ts'

/** Says everything that is wrong with mapping files. */
export const mapCheck: Command = {
  name: 'map check',
  summary: 'say everything that is wrong with mapping files, at once',
  usage: `lwm2mqtt map check FILE... [--config FILE]

Reads and compiles each FILE with those that it extends, as the gateway would. Says \`ok\`, or every fault with its
file, line, column, path and what was probably meant; then the exit code is 3. For a FILE the name of a preset will do.

  -c, --config FILE   configuration that has the connections which files may name (default: any name will do)`,

  async run(args, io) {
    const { positionals, values } = parseArguments(args, configOption, ['FILE', '[FILE...]'])
    const { config } = values
    const connections =
      config === undefined ? undefined : knownConnections(config, findAndLoad(config, io).configuration)
    const problems = new Map<string, PlacedProblem>()
    for (const file of positionals) {
      const found = problemsOf(file, connections)
      for (const problem of found) problems.set(problemText(problem), problem) // two files may extend the same one
      if (found.length === 0) io.out(`${file}: ok`)
    }
    if (problems.size > 0) throw new MappingErrors([...problems.values()])
    return exitCodes.ok
  },
}

function problemsOf(file: string, connections: readonly string[] | undefined): readonly PlacedProblem[] {
  try {
    openForExamples(file, connections)
    return []
  } catch (error) {
    if (error instanceof MappingErrors) return error.problems
    throw error
  }
}
