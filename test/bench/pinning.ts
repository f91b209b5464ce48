import { execFileSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

function canPin(): boolean {
  if (availableParallelism() < 2) return false
  try {
    execFileSync('taskset', ['-c', '0,1', 'true'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/**
 * Keeps the main thread of what is measured on one core and those of all else on another, where this machine can:
 * else the scheduler likes to put a server and whoever wakes it on one core, and both measure half of it. V8's
 * threads, which collect garbage and compile, stay free.
 */
export class Pinning {
  readonly isPossible = canPin()

  subject(pid: number | undefined): void {
    this.#keep('0', pid)
  }

  other(pid: number | undefined): void {
    this.#keep('1', pid)
  }

  #keep(core: string, pid: number | undefined): void {
    if (this.isPossible && pid !== undefined)
      execFileSync('taskset', ['-cp', core, `${pid}`], { stdio: 'ignore' })
  }
}
