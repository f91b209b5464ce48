import { packageVersion } from '../gateway/version.ts'
import { DocumentErrors } from '../lib/document-errors.ts'
import { errorCatalogue } from '../lib/error-codes.ts'
import { CodedError, reasonOf } from '../lib/errors.ts'
import type { Problem } from '../lib/problem.ts'
import { closest } from '../lib/suggestion.ts'
import type { Command } from './command.ts'
import { exitCodeOf, exitCodes } from './exit-codes.ts'
import { overview } from './help.ts'
import type { Io } from './io.ts'

/**
 * Runs one command line.
 * @param args what follows the program's name
 * @returns the exit code; nothing is thrown
 */
export async function runCli(args: readonly string[], commands: readonly Command[], io: Io): Promise<number> {
  try {
    return await dispatch(args, commands, io)
  } catch (error) {
    complain(error, io)
    return exitCodeOf(error)
  }
}

async function dispatch(args: readonly string[], commands: readonly Command[], io: Io): Promise<number> {
  const [name] = args
  if (name === undefined) {
    io.err(overview(commands))
    return exitCodes.usage
  }
  if (name === '--version' || name === '-v') return print(packageVersion(), io)
  if (name === '--help' || name === '-h' || name === 'help') return print(help(args.slice(1), commands), io)
  const family = commands.filter((command) => command.name.startsWith(`${name} `))
  const isMember = family.length > 0 && args[1] !== undefined && !args[1].startsWith('-')
  if (family.length > 0 && !isMember) return introduce(name, family, args, io)
  const [words, rest] = isMember ? [args.slice(0, 2), args.slice(2)] : [[name], args.slice(1)]
  const command = commandNamed(words, commands)
  return asksForHelp(rest) ? print(usageOf(command), io) : command.run(rest, io)
}

function print(text: string, io: Io): number {
  io.out(text)
  return exitCodes.ok
}

function help(words: readonly string[], commands: readonly Command[]): string {
  const [first] = words
  if (first === undefined) return overview(commands)
  const family = commands.filter((command) => command.name.startsWith(`${first} `))
  return family.length > 0 && words.length === 1 ? overview(family) : usageOf(commandNamed(words, commands))
}

/** Commands that begin with one word, which alone is none. */
function introduce(word: string, family: readonly Command[], args: readonly string[], io: Io): number {
  if (asksForHelp(args)) return print(overview(family), io)
  const names = family.map(({ name }) => name).join(', ')
  throw new CodedError('usage', `${word} is several commands: ${names}`)
}

const usageOf = (command: Command): string => `Usage: ${command.usage}`

/** After `--` nothing is an option. */
function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  const options = end < 0 ? args : args.slice(0, end)
  return options.includes('--help') || options.includes('-h')
}

function commandNamed(words: readonly string[], commands: readonly Command[]): Command {
  const name = words.join(' ')
  const command = commands.find((one) => one.name === name)
  if (command !== undefined) return command
  const names = commands.map((one) => one.name)
  const suggestion = closest(name, names)
  const hint = suggestion === undefined ? `there are: ${names.join(', ')}` : `did you mean ${suggestion}?`
  throw new CodedError('usage', `there is no command '${name}' (${hint})`)
}

/** A fault that is ours comes with its stack: it is what a report of it needs. */
function complain(error: unknown, io: Io): void {
  if (!(error instanceof CodedError)) {
    io.err(`lwm2mqtt: ${error instanceof Error ? (error.stack ?? error.message) : reasonOf(error)}`)
    return
  }
  // Each of several faults names its own place, and has a code of its own.
  const problems: readonly Problem[] | undefined =
    error instanceof DocumentErrors ? error.problems : undefined
  const place = error.place === undefined || problems !== undefined ? '' : `${error.place}: `
  io.err(`lwm2mqtt: ${place}${error.message}`)
  for (const code of new Set(problems?.map((problem) => problem.code) ?? [error.code])) {
    io.err(`  code: ${code}`)
    io.err(`  fix:  ${errorCatalogue[code].fix}`)
  }
}
