import { createInterface } from 'node:readline'

/** The counters of a process at one moment. Times in microseconds; `at` is comparable within one process only. */
export interface Mark {
  readonly at: number
  readonly cpu: number
  /** Messages that are through, where this process counts them. */
  readonly completed?: number
  readonly lost?: number
  readonly wrong?: number
  /** Memory in use. */
  readonly bytes?: number
  /** Devices that are registered, those whose observation lives, and what has ended of either. */
  readonly registered?: number
  readonly observed?: number
  readonly ended?: number
}

export interface PartHandlers {
  /** What a mark tells besides time and CPU. */
  readonly counts?: () => Partial<Mark>
  readonly go?: () => void
  readonly pause?: () => void
}

function say(what: object): void {
  process.stdout.write(`${JSON.stringify(what)}\n`)
}

function mark(counts: Partial<Mark> | undefined): Mark {
  const { user, system } = process.cpuUsage()
  return { at: performance.now() * 1000, cpu: user + system, ...counts }
}

/**
 * This process's side of the benchmark: says that it is ready, and answers the commands `mark`, `go` and `pause`,
 * one line each. It ends when whoever gives them is gone.
 */
export function takePart(ready: object, { counts, go, pause }: PartHandlers = {}): void {
  const lines = createInterface({ input: process.stdin })
  lines.on('line', (line) => {
    if (line === 'mark') say(mark(counts?.()))
    else if (line === 'go') go?.()
    else pause?.()
  })
  lines.on('close', () => process.exit())
  say(ready)
}
