import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Mark } from './part.ts'

/** Milliseconds for a process to answer; to be ready it has longer, since it may register a fleet. */
const PATIENCE = 15_000
const READY_PATIENCE = 120_000

interface Waiter {
  readonly resolve: (line: string) => void
  readonly reject: (error: Error) => void
}

/** One process of the benchmark. It ends with its standard input, so that none is left behind. */
export class Child {
  readonly #name: string
  readonly #process: ChildProcess
  readonly #waiters: Waiter[] = []
  readonly #ended: Promise<void>

  constructor(name: string, program: string, args: readonly string[]) {
    this.#name = name
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#process = child
    child.stdin.on('error', () => {}) // it is gone, which `close` tells
    createInterface({ input: child.stdout }).on('line', (line) => this.#waiters.shift()?.resolve(line))
    this.#ended = new Promise((resolve) => {
      child.once('error', (error) => this.#end(error.message, resolve))
      child.once('close', (code, signal) => this.#end(`it ended (${code ?? signal})`, resolve))
    })
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  /** What it says when it is ready. */
  ready<T>(): Promise<T> {
    return this.#next(READY_PATIENCE)
  }

  mark(): Promise<Mark> {
    const answer = this.#next<Mark>(PATIENCE)
    this.tell('mark')
    return answer
  }

  tell(command: string): void {
    this.#process.stdin?.write(`${command}\n`)
  }

  async stop(): Promise<void> {
    this.#process.stdin?.end()
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), 2_000)
    await this.#ended
    clearTimeout(timer)
  }

  async #next<T>(patience: number): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    this.#waiters.push({ resolve, reject })
    const late = () => reject(new Error(`${this.#name} is silent for ${patience} ms`))
    const timer = setTimeout(late, patience)
    try {
      return JSON.parse(await promise) as T
    } finally {
      clearTimeout(timer)
    }
  }

  #end(why: string, resolve: () => void): void {
    for (const { reject } of this.#waiters.splice(0)) reject(new Error(`${this.#name}: ${why}`))
    resolve()
  }
}
