import { parseArgs } from 'node:util'
import { type Plan, runBenchmark } from './benchmark.ts'
import { MissingCompiler } from './generator.ts'
import type { Result } from './result.ts'
import { type Scenario, scenarios } from './scenario.ts'
import { tableOf } from './table.ts'

const LONG = scenarios.filter(({ isLong }) => isLong).map(({ name }) => name)

const HELP = `npm run bench -- [--json] [--quick] [--only NAME,...] [--profile FOLDER]
  --json     one JSON document instead of the table
  --quick    short slices: the whole run takes less than two minutes
  --profile  writes a CPU profile of each process that is measured, for the DevTools
  --only     of: ${scenarios.map(({ name }) => name).join(', ')};
             ${LONG.join(', ')} takes minutes, and runs only where it is named

docs/reference/performance.md tells how each is measured.
`

const FULL = { rounds: 7, warmUp: 4_000, settle: 300, slice: 2_000 }
const QUICK = { rounds: 3, warmUp: 1_500, settle: 100, slice: 500 }

/** The scenarios that are asked for; undefined where a name is not one of them. */
function choose(only: string | undefined): readonly Scenario[] | undefined {
  if (only === undefined) return scenarios.filter(({ isLong }) => !isLong)
  const names = only.split(',')
  const chosen = scenarios.filter(({ name }) => names.includes(name))
  return chosen.length === new Set(names).size ? chosen : undefined
}

function show(results: readonly Result[], json: boolean): void {
  console.log(json ? JSON.stringify({ scenarios: results }) : tableOf(results))
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      profile: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  const chosen = choose(values.only)
  if (values.help || chosen === undefined) {
    console.error(HELP)
    return values.help ? 0 : 2
  }
  const plan: Plan = { ...(values.quick ? QUICK : FULL), scenarios: chosen, profile: values.profile }
  try {
    show(await runBenchmark(plan), values.json)
    return 0
  } catch (error) {
    if (!(error instanceof MissingCompiler)) throw error
    console.error(`The benchmark cannot run: ${error.message}.`)
    return 1
  }
}

process.exitCode = await main()
