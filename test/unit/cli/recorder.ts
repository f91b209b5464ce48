import type { Io } from '../../../src/cli/io.ts'

/** An Io that remembers what was written, and has only the files that it is given. */
export class Recorder implements Io {
  readonly lines: string[] = []
  readonly complaints: string[] = []
  readonly terminal = false
  readonly env: Readonly<Record<string, string>>
  readonly input: AsyncIterable<Uint8Array>
  readonly #files: Readonly<Record<string, string>>
  readonly #stopping = new AbortController()
  #watchers: (() => void)[] = []

  constructor(
    files: Readonly<Record<string, string>> = {},
    env: Readonly<Record<string, string>> = {},
    input = '',
  ) {
    this.#files = files
    this.env = env
    this.input = ReadableStream.from([new TextEncoder().encode(input)])
  }

  get signal(): AbortSignal {
    return this.#stopping.signal
  }

  out(line: string): void {
    this.lines.push(line)
    const watchers = this.#watchers
    this.#watchers = []
    for (const wake of watchers) wake()
  }

  err(line: string): void {
    this.complaints.push(line)
  }

  exists(path: string): boolean {
    return Object.hasOwn(this.#files, path)
  }

  readFile(path: string): string {
    const text = this.#files[path]
    if (text === undefined) throw new Error(`ENOENT: no such file or directory, open '${path}'`)
    return text
  }

  /** As SIGTERM does. */
  stop(): void {
    this.#stopping.abort()
  }

  /** Waits until `count` lines have been written. */
  async hasLines(count: number): Promise<void> {
    while (this.lines.length < count) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#watchers.push(resolve)
      await promise
    }
  }
}
