import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The compiled load generator. */
export interface Generator {
  readonly program: string
  remove(): void
}

/** Whether this machine has a C compiler. */
export function hasCompiler(): boolean {
  try {
    execFileSync('cc', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/**
 * Compiles `load.c` into a folder of its own.
 * @throws Error where there is no C compiler
 */
export function compileGenerator(): Generator {
  if (!hasCompiler()) throw new Error('the load generator needs a C compiler: no `cc` was found')
  const folder = mkdtempSync(join(tmpdir(), 'lwm2mqtt-bench-'))
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  const program = join(folder, 'load')
  try {
    execFileSync('cc', ['-O2', '-o', program, fileURLToPath(new URL('load.c', import.meta.url))])
  } catch (error) {
    remove()
    throw error
  }
  return { program, remove }
}
