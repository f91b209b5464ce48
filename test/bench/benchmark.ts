import type { Child } from './child.ts'
import { compileGenerator } from './generator.ts'
import { Pinning } from './pinning.ts'
import type { Result } from './result.ts'
import type { Scenario } from './scenario.ts'
import { type Slice, Stage } from './stage.ts'

export interface Plan {
  readonly scenarios: readonly Scenario[]
  /** Rounds that count; each visits every scenario once. */
  readonly rounds: number
  /** Milliseconds of the round that only warms up, and of each slice before it is measured. */
  readonly warmUp: number
  readonly settle: number
  /** Milliseconds of a slice. */
  readonly slice: number
  /** Folder for CPU profiles of what is measured. */
  readonly profile: string | undefined
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  const middle = Math.floor(sorted.length / 2)
  const [low = 0, high = 0] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]]
  return (low + high) / 2
}

function resultOf({ scenario }: Stage, slices: readonly Slice[]): Result {
  const { name } = scenario
  const figures = (key: keyof Slice): number[] => slices.flatMap((slice) => slice[key] ?? [])
  const of = (key: keyof Slice): Record<string, number> => {
    const values = figures(key)
    return values.length === 0 ? {} : { [key]: median(values) }
  }
  const sum = (key: keyof Slice): number => figures(key).reduce((one, other) => one + other, 0)
  return {
    name,
    perSecond: median(figures('perSecond')),
    cpuMicrosPerMessage: median(figures('cpuMicrosPerMessage')),
    ...{ ...of('subjectShare'), ...of('loadShare'), ...of('sinkShare') },
    ...{ lost: sum('lost'), wrong: sum('wrong') },
  }
}

/** Visits all stages in turn, round by round, so that what else the machine does falls on all alike. */
async function play(stages: readonly Stage[], plan: Plan): Promise<Result[]> {
  const slices = new Map<Stage, Slice[]>(stages.map((stage) => [stage, []]))
  for (const stage of stages) await stage.slice(plan.warmUp, 0)
  for (let round = 0; round < plan.rounds; round++) {
    for (const stage of stages) slices.get(stage)?.push(await stage.slice(plan.settle, plan.slice))
  }
  return stages.map((stage) => resultOf(stage, slices.get(stage) ?? []))
}

/** Runs a plan. No process and no file is left behind, however it ends. */
export async function runBenchmark(plan: Plan): Promise<Result[]> {
  const generator = compileGenerator()
  const children: Child[] = []
  const tools = { generator: generator.program, profile: plan.profile, pinning: new Pinning() }
  const begin = async (scenario: Scenario): Promise<Stage | Result> => {
    const stage = await Stage.start(scenario, tools, children)
    return (await scenario.measure?.(stage)) ?? stage
  }
  try {
    const begun = await Promise.all(plan.scenarios.map(begin))
    const rates = await play(
      begun.filter((outcome) => outcome instanceof Stage),
      plan,
    )
    return begun.map((outcome) => (outcome instanceof Stage ? (rates.shift() as Result) : outcome))
  } finally {
    await Promise.all(children.map((child) => child.stop()))
    generator.remove()
  }
}
