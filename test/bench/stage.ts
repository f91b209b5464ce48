import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Child } from './child.ts'
import type { Mark } from './part.ts'
import type { Pinning } from './pinning.ts'
import { type Scenario, WINDOW } from './scenario.ts'

/** What one slice of time showed. */
export interface Slice {
  readonly perSecond: number
  /** Of the process that is measured, with all of its threads. */
  readonly cpuMicrosPerMessage: number
  /** CPU time of a process divided by time. */
  readonly subjectShare: number
  readonly loadShare: number | undefined
  readonly sinkShare: number | undefined
  /** Messages without an answer, and answers that were not the right ones. */
  readonly lost: number
  readonly wrong: number
}

export interface Tools {
  /** The compiled load generator. */
  readonly generator: string
  /** Folder for CPU profiles of the subjects. */
  readonly profile: string | undefined
  readonly pinning: Pinning
}

/** How the devices came, as far as they register. */
export interface Arrival {
  readonly perSecond: number
  readonly cpuMicrosPerMessage: number
}

/** Milliseconds after a pause until nothing is under way any more. */
const DRAIN = 50

const fileOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** The processes of one scenario: they live through all rounds, and stand still between their slices. */
export class Stage {
  readonly scenario: Scenario
  /** What the subject said when it was ready. */
  readonly facts: Readonly<Record<string, number>>
  readonly arrival: Arrival
  readonly #sink: Child | undefined
  readonly #subject: Child
  readonly #load: Child | undefined

  private constructor(
    scenario: Scenario,
    facts: Readonly<Record<string, number>>,
    arrival: Arrival,
    sink: Child | undefined,
    subject: Child,
    load: Child | undefined,
  ) {
    this.scenario = scenario
    this.facts = facts
    this.arrival = arrival
    this.#sink = sink
    this.#subject = subject
    this.#load = load
  }

  /** Starts the processes of a scenario; resolves when all are ready. `children` gets each as it is made. */
  static async start(scenario: Scenario, tools: Tools, children: Child[]): Promise<Stage> {
    const { name, load: mode, needsSink, devices } = scenario
    const { generator, pinning } = tools
    const begin = (role: string, ...command: CommandLine): Child => {
      const child = new Child(`${name}, ${role}`, ...command)
      children.push(child)
      return child
    }
    const sink = needsSink ? begin('sink', process.execPath, [fileOf('sink.ts')]) : undefined
    const ports = await sink?.ready<{ port: number; credits: number }>()
    const subject = begin('subject', ...subjectCommand(scenario, tools, ports?.port ?? 0))
    const facts = await subject.ready<Record<string, number>>()
    const before = await subject.mark()
    const args = [mode, facts.port, devices, WINDOW, ...(mode === 'non' ? [ports?.credits] : [])]
    const load = mode === undefined ? undefined : begin('load', generator, args.map(String))
    await load?.ready()
    const arrival = arrivalOf(devices, before, await subject.mark())
    pinning.subject(subject.pid)
    pinning.other(sink?.pid)
    pinning.other(load?.pid)
    return new Stage(scenario, facts, arrival, sink, subject, load)
  }

  /**
   * Runs the scenario for a while.
   * @param warm milliseconds before it is measured
   * @param length milliseconds
   */
  async slice(warm: number, length: number): Promise<Slice> {
    this.tell('go')
    await sleep(warm)
    const before = await this.marks()
    await sleep(length)
    const after = await this.marks()
    this.tell('pause')
    await sleep(DRAIN)
    return this.compare(before, after)
  }

  tell(command: 'go' | 'pause'): void {
    this.#load?.tell(command)
    this.#subject.tell(command)
  }

  marks(): Promise<Marks> {
    return Promise.all([this.#subject.mark(), this.#load?.mark(), this.#sink?.mark()])
  }

  compare(before: Marks, after: Marks): Slice {
    const counter = this.scenario.counts === 'load' ? 1 : 0
    const count = rise(before[counter], after[counter], 'completed')
    const time = rise(before[counter], after[counter], 'at')
    const subjectTime = rise(before[0], after[0], 'at')
    const perSecond = (count / time) * 1e6
    const cpu = rise(before[0], after[0], 'cpu') / subjectTime
    return {
      perSecond,
      cpuMicrosPerMessage: (cpu / perSecond) * 1e6,
      subjectShare: cpu,
      loadShare: share(before[1], after[1]),
      sinkShare: share(before[2], after[2]),
      lost: rise(before[counter], after[counter], 'lost'),
      wrong: rise(before[counter], after[counter], 'wrong'),
    }
  }
}

type CommandLine = [program: string, args: string[]]
/** Of the subject, the load generator and the sink. */
export type Marks = readonly [Mark, Mark | undefined, Mark | undefined]

function rise(before: Mark | undefined, after: Mark | undefined, key: keyof Mark): number {
  return (after?.[key] ?? 0) - (before?.[key] ?? 0)
}

function arrivalOf(devices: number, before: Mark, after: Mark): Arrival {
  const seconds = rise(before, after, 'at') / 1e6
  return { perSecond: devices / seconds, cpuMicrosPerMessage: rise(before, after, 'cpu') / devices }
}

function share(before: Mark | undefined, after: Mark | undefined): number | undefined {
  return before && rise(before, after, 'cpu') / rise(before, after, 'at')
}

function subjectCommand({ subject }: Scenario, tools: Tools, sinkPort: number): CommandLine {
  const [name, number = 0] = subject
  if (name === 'trivial') return [tools.generator, ['echo']]
  const { profile } = tools
  const options = profile === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profile]
  const args = [fileOf('subject.ts'), name, `${sinkPort}`, `${number}`]
  return [process.execPath, ['--expose-gc', ...options, ...args]]
}
