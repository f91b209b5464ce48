import { existsSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { addAbortSignal } from 'node:stream'
import { runCli } from './cli/cli.ts'
import { commands } from './cli/commands.ts'
import { exitCodes } from './cli/exit-codes.ts'
import type { Io } from './cli/io.ts'

/** The process: its streams, its signals and its exit code. Everything else is in cli/. */

/** Longest time from the first signal to the end. */
const STOP_WITHIN = 5_000

const stopping = new AbortController()

function stop(signal: NodeJS.Signals): void {
  const number = constants.signals[signal]
  if (stopping.signal.aborted) process.exit(128 + number) // asked twice: at once
  stopping.abort(signal)
  const late = () => {
    process.stderr.write('lwm2mqtt: did not stop in time\n')
    process.exit(128 + number)
  }
  setTimeout(late, STOP_WITHIN).unref()
}

process.on('SIGINT', stop)
process.on('SIGTERM', stop)
// Whoever read our output has left (`lwm2mqtt sub | head`).
process.stdout.on('error', () => stopping.abort('output closed'))
// What is complained of there has no other place to go; the exit code still tells.
process.stderr.on('error', () => {})

const io: Io = {
  out: (line) => process.stdout.write(`${line}\n`),
  err: (line) => process.stderr.write(`${line}\n`),
  // A getter: a command that reads nothing must not wait for it.
  get input() {
    return addAbortSignal(stopping.signal, process.stdin)
  },
  env: process.env,
  signal: stopping.signal,
  terminal: process.stdout.isTTY === true,
  readFile: (path) => readFileSync(path, 'utf8'),
  exists: existsSync,
}

process.exitCode = exitCodes.failure // where nothing is left that could end the command
process.exitCode = await runCli(process.argv.slice(2), commands, io)
