import { join } from 'node:path'
import { root } from './gateway-process.ts'
import { findPeers, missing, type Peers } from './peers.ts'
import { killAll, run } from './processes.ts'

/** Milliseconds in which pip has to download and install. */
const INSTALL_PATIENCE = 90_000

export interface PythonTool extends Peers {
  /** A program of the package. */
  program(name: string): string
}

/** Installs a package of PyPI into a virtual environment of its own, once for a clone. */
export async function installPython(packageName: string, version: string): Promise<PythonTool> {
  const folder = join(root, 'test', 'interop', 'target', `${packageName}-${version}`)
  const program = (name: string): string => join(folder, 'bin', name)
  const python = findPeers('python3')
  if (python.areMissing) return { ...python, program }
  const steps: readonly (readonly [string, readonly string[]])[] = [
    ['python3', ['-m', 'venv', folder]],
    [program('python'), ['-m', 'pip', 'install', '-q', `${packageName}==${version}`]],
  ]
  for (const [command, args] of steps) {
    const ran = await run(command, args, {}, INSTALL_PATIENCE).catch(() => killAll())
    if (ran?.code !== 0) return { ...missing(`${packageName} not reached at PyPI`), program }
  }
  return { ...python, program }
}
