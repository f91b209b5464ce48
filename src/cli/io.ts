import type { Environment } from '../config/environment.ts'

/** The world as a command sees it: a parameter, so that a test runs a command without a process. */
export interface Io {
  /** One line to standard output, without its line break. */
  out(line: string): void
  /** One line to standard error. */
  err(line: string): void
  /** Standard input; iterating over it throws when `signal` aborts. */
  readonly input: AsyncIterable<Uint8Array>
  readonly env: Environment
  /** Aborted when the command shall stop: by SIGINT or SIGTERM, or because nobody reads its output any more. */
  readonly signal: AbortSignal
  /** Whether standard output is a terminal. */
  readonly terminal: boolean
  /** Content of a file as text; throws where it cannot be read. */
  readFile(path: string): string
  exists(path: string): boolean
}
