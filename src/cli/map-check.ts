import { resolve } from 'node:path'
import { MappingErrors } from '../gateway/mapping-errors.ts'
import { problemText } from '../lib/problem.ts'
import type { PlacedProblem } from '../mapping/problem.ts'
import { parseArguments } from './arguments.ts'
import type { Command } from './command.ts'
import { findAndLoad } from './configuration.ts'
import { exitCodes } from './exit-codes.ts'
import { configOption, knownConnections, nearPath, openTogether } from './mapping-tools.ts'

/** Says everything that is wrong with mapping files. */
export const mapCheck: Command = {
  name: 'map check',
  summary: 'say everything that is wrong with mapping files, at once',
  usage: `lwm2mqtt map check FILE... [--config FILE]

Reads and compiles each FILE with those that it extends, as the gateway would. Says \`ok\`, or every fault with its
file, line, column, path and what was probably meant; then the exit code is 3. Several FILEs are checked together, too:
no two may have one name, or take commands from one topic. For a FILE the name of a preset will do.

  -c, --config FILE   configuration that has the connections which files may name (default: any name will do)`,

  async run(args, io) {
    const { positionals, values } = parseArguments(args, configOption, ['FILE', '[FILE...]'])
    const { config } = values
    const connections =
      config === undefined ? undefined : knownConnections(config, findAndLoad(config, io).configuration)
    const files = [...new Set(positionals)]
    const alone = files.map((file) => ({ file, problems: problemsOf([file], connections) }))
    const sound = alone.filter(({ problems }) => problems.length === 0).map(({ file }) => file)
    const together = problemsOf(sound, connections)
    const faulty = new Set(together.map(({ place }) => place.source))
    for (const file of sound) if (!faulty.has(nearPath(resolve(file)))) io.out(`${file}: ok`)
    // Two files may extend the same one.
    const found = [...alone.flatMap(({ problems }) => problems), ...together]
    const problems = new Map(found.map((problem) => [problemText(problem), problem]))
    if (problems.size > 0) throw new MappingErrors([...problems.values()])
    return exitCodes.ok
  },
}

function problemsOf(
  files: readonly string[],
  connections: readonly string[] | undefined,
): readonly PlacedProblem[] {
  try {
    openTogether(files, connections)
    return []
  } catch (error) {
    if (error instanceof MappingErrors) return error.problems
    throw error
  }
}
