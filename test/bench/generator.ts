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

/** The machine cannot run the benchmark. */
export class MissingCompiler extends Error {
  constructor() {
    super(
      `the load generator is a C program, and none of ${COMPILERS.join(', ')} is here to compile it: install one, such as gcc`,
    )
  }
}

const COMPILERS = ['cc', 'gcc', 'clang'] as const

function compiler(): string | undefined {
  return COMPILERS.find((name) => {
    try {
      execFileSync(name, ['--version'], { stdio: 'ignore' })
      return true
    } catch {
      return false
    }
  })
}

/** Whether this machine has a C compiler. */
export function hasCompiler(): boolean {
  return compiler() !== undefined
}

/**
 * Compiles `load.c` into a folder of its own.
 * @throws MissingCompiler
 */
export function compileGenerator(): Generator {
  const name = compiler()
  if (name === undefined) throw new MissingCompiler()
  const folder = mkdtempSync(join(tmpdir(), 'lwm2mqtt-bench-'))
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  const program = join(folder, 'load')
  try {
    execFileSync(name, ['-O2', '-o', program, fileURLToPath(new URL('load.c', import.meta.url))])
  } catch (error) {
    remove()
    throw error
  }
  return { program, remove }
}
