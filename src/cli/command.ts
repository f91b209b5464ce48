import type { Io } from './io.ts'

/** A subcommand: one file each, listed in commands.ts. */
export interface Command {
  /** One word, or two where several commands belong together: `map check`. */
  readonly name: string
  /** What it does, in half a line. */
  readonly summary: string
  /** The whole of its help: synopsis, what it does, arguments and options. */
  readonly usage: string
  /**
   * @param args what follows the command's name
   * @returns its exit code; what it throws becomes one (exit-codes.ts)
   */
  run(args: readonly string[], io: Io): Promise<number>
}
