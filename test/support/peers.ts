import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** What a suite needs that is no part of this repository: programs, libraries, another version of Node. */
export interface Peers {
  readonly areMissing: boolean
  /** For the title of what is skipped then: names what is missing. */
  readonly remark: string
}

/** All is there. */
export const PRESENT: Peers = { areMissing: false, remark: '' }

/**
 * Something is not there; says so at once, too.
 * @param what is missing, in words
 */
export function missing(what: string): Peers {
  process.stdout.write(`skipped: ${what}\n`)
  return { areMissing: true, remark: ` (skipped: ${what})` }
}

/** Finds a program, also where Debian keeps daemons; undefined where it is not installed. */
export function findProgram(name: string): string | undefined {
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    '/usr/sbin',
    '/usr/local/sbin',
    '/opt/homebrew/sbin',
  ]
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
}

/**
 * Looks for the programs that a suite needs. Every suite, and every test with needs of its own, skips by it:
 * ```ts
 * describe.skipIf(peers.areMissing)(`title${peers.remark}`, ...)
 * ```
 */
export function findPeers(...programs: string[]): Peers {
  const absent = programs.filter((name) => findProgram(name) === undefined)
  return absent.length === 0 ? PRESENT : missing(`${absent.join(', ')} not installed`)
}
