import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { delimiter } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { findProgram } from './peers.ts'

/** Milliseconds in which a line, or the end, has to come: a stalled machine must not fail a test. */
const PATIENCE = 60_000
/** Lines that a failure shows. */
const SHOWN = 30

/** The path as in a terminal of its own: without what npm adds for its scripts. */
export const terminalPath = (process.env.PATH ?? '')
  .split(delimiter)
  .filter((folder) => !folder.includes('node_modules') && !folder.includes('node-gyp-bin'))
  .join(delimiter)

export interface ProcessOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Lets a shell start programs that die with it. */
  readonly group?: boolean
  /** Lets the test write lines to it. */
  readonly input?: boolean
}

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

interface Waiter {
  readonly fits: (line: string) => boolean
  readonly resolve: (line: string) => void
}

/** The lines of a stream, as they come. */
export class Lines {
  readonly all: string[] = []
  readonly ended: Promise<void>
  readonly #name: string
  readonly #waiters = new Set<Waiter>()

  constructor(name: string, stream: Readable) {
    this.#name = name
    const lines = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })
    lines.on('line', (line) => this.#take(line))
    this.ended = new Promise((resolve) => lines.once('close', () => resolve()))
  }

  get text(): string {
    return this.all.map((line) => `${line}\n`).join('')
  }

  /** The last lines, for a failure's message. */
  get tail(): string {
    return this.all.slice(-SHOWN).join('\n')
  }

  /**
   * The first line that holds the text or matches, of those from `from` on.
   * @throws Error with the last lines when none comes
   */
  find(what: RegExp | string, from = 0): Promise<string> {
    const fits =
      typeof what === 'string' ? (line: string) => line.includes(what) : (line: string) => what.test(line)
    return this.findBy(String(what), fits, from)
  }

  /**
   * The first line that fits.
   * @param what names it, for a failure's message
   */
  async findBy(what: string, fits: (line: string) => boolean, from = 0): Promise<string> {
    return this.all.slice(from).find(fits) ?? (await this.#wait(what, fits))
  }

  #wait(what: string, fits: (line: string) => boolean): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    const waiter = { fits, resolve }
    this.#waiters.add(waiter)
    const give = (why: string) => reject(new Error(`${this.#name}: ${why}: ${what}\n${this.tail}`))
    const timer = setTimeout(give, PATIENCE, `nothing within ${PATIENCE} ms`)
    void this.ended.then(() => give('it ended without'))
    return promise.finally(() => {
      clearTimeout(timer)
      this.#waiters.delete(waiter)
    })
  }

  #take(line: string): void {
    this.all.push(line)
    for (const { fits, resolve } of this.#waiters) if (fits(line)) resolve(line)
  }
}

const running = new Set<Program>()

/** Kills whatever is left. */
export async function killAll(): Promise<void> {
  await Promise.all([...running].map((program) => program.kill('SIGKILL')))
}

process.on('exit', () => {
  for (const program of running) program.signal('SIGKILL')
})

/** A program that runs beside the test. */
export class Program {
  readonly stdout: Lines
  readonly stderr: Lines
  readonly exit: Promise<Exit>
  readonly #child: ChildProcessWithoutNullStreams
  readonly #name: string
  readonly #group: boolean

  constructor(program: string, args: readonly string[], options: ProcessOptions = {}) {
    const { cwd, env, group = false, input = false } = options
    const child = spawn(findProgram(program) ?? program, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: 'pipe',
      detached: group,
    })
    child.stdin.on('error', () => {}) // it has ended; `close` tells
    if (!input) child.stdin.end()
    this.#child = child
    this.#name = [program, ...args].join(' ')
    this.#group = group
    this.stdout = new Lines(`${this.#name} (stdout)`, child.stdout)
    this.stderr = new Lines(`${this.#name} (stderr)`, child.stderr)
    running.add(this)
    const closed = new Promise<Exit>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code, signal) => resolve({ code, signal }))
    })
    this.exit = closed.finally(() => running.delete(this))
    this.exit.catch(() => {}) // whoever waits hears it
  }

  /** Writes a line to its input. */
  say(line: string): void {
    this.#child.stdin.write(`${line}\n`)
  }

  /** Ends its input. */
  finish(): void {
    this.#child.stdin.end()
  }

  signal(signal: NodeJS.Signals): void {
    const { pid, exitCode, signalCode } = this.#child
    if (pid === undefined || exitCode !== null || signalCode !== null) return
    process.kill(this.#group ? -pid : pid, signal)
  }

  /** Sends a signal and waits for the end. */
  kill(signal: NodeJS.Signals = 'SIGTERM'): Promise<Exit> {
    this.signal(signal)
    return this.ended()
  }

  /**
   * Waits for the end.
   * @throws Error with all that it wrote, when it goes on
   */
  ended(patience = PATIENCE): Promise<Exit> {
    const { promise, reject } = Promise.withResolvers<never>()
    const late = () =>
      reject(
        new Error(
          `${this.#name} does not end within ${patience} ms\n${this.stdout.tail}\n${this.stderr.tail}`,
        ),
      )
    const timer = setTimeout(late, patience)
    return Promise.race([this.exit, promise]).finally(() => clearTimeout(timer))
  }
}

export interface Ran extends Exit {
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end. */
export async function run(
  program: string,
  args: readonly string[],
  options: ProcessOptions = {},
  patience = PATIENCE,
): Promise<Ran> {
  const started = new Program(program, args, options)
  const exit = await started.ended(patience)
  return { ...exit, stdout: started.stdout.text, stderr: started.stderr.text }
}
