import { parseArgs } from 'node:util'
import { type Finding, findSuperlinear, fuzz } from './fuzz.ts'
import type { FuzzTarget } from './target.ts'
import { targets } from './targets.ts'

const HELP = `npm run fuzz -- [--count N] [--seed S] [--target NAME]
  --count   mutated inputs for each target (default 1000000)
  --seed    an integer that makes the run repeatable (default: the time)
  --target  one of: ${targets.map(({ name }) => name).join(', ')} (default: all)
`

/** Most inputs end in an error, and its stack would cost more than all the rest: a finding is run once more for it. */
Error.stackTraceLimit = 0

function withStack(target: FuzzTarget, { input, error }: Finding): unknown {
  Error.stackTraceLimit = 20
  try {
    target.run(input)
    return error
  } catch (again) {
    return again
  } finally {
    Error.stackTraceLimit = 0
  }
}

function show(target: FuzzTarget, finding: Finding): void {
  const { input } = finding
  const error = withStack(target, finding)
  console.error(`FINDING in ${target.name}: ${error instanceof Error ? error.stack : String(error)}`)
  console.error(`input of ${input.length} bytes: ${Buffer.from(input).toString('hex')}`)
}

/** Fuzzes one target; false where there was a finding. */
function check(target: FuzzTarget, count: number, seed: number): boolean {
  const start = performance.now()
  const { accepted, refused, finding, growth } = fuzz(target, count, seed)
  const problem = finding ?? findSuperlinear(target)
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  const heap = growth === undefined ? '' : `, heap ${(growth / 1e6).toFixed(1)} MB`
  console.log(`${target.name}: ${accepted} accepted, ${refused} refused${heap}, ${seconds} s`)
  if (problem !== undefined) show(target, problem)
  return problem === undefined
}

function main(): number {
  const { values } = parseArgs({
    options: {
      count: { type: 'string', default: '1000000' },
      seed: { type: 'string', default: `${Date.now() % 2 ** 31}` },
      target: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  const chosen = targets.filter(({ name }) => values.target === undefined || name === values.target)
  const [count, seed] = [Number(values.count), Number(values.seed)]
  if (values.help || chosen.length === 0 || !Number.isSafeInteger(count) || !Number.isSafeInteger(seed)) {
    console.error(HELP)
    return values.help ? 0 : 2
  }
  console.log(`seed ${seed}, ${count} inputs for each of ${chosen.length} targets`)
  const sound = chosen.map((target) => check(target, count, seed))
  return sound.every(Boolean) ? 0 : 1
}

process.exitCode = main()
