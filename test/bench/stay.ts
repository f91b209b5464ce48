import { setTimeout as sleep } from 'node:timers/promises'
import type { Result } from './result.ts'
import type { Stage } from './stage.ts'

/** As `load.c` registers for, and as many of them, with the gateway's grace once at the end. */
const LIFETIME = 60_000
const LIFETIMES = 3
const GRACE = 30_000

/**
 * Whether a fleet stays registered: each device registers for a minute, updates and notifies every forty seconds, and
 * after three lifetimes it must still be there, with the registration and the observation that it began with.
 */
export async function measureStay(stage: Stage): Promise<Result> {
  stage.tell('go')
  const before = await stage.marks()
  await sleep(LIFETIMES * LIFETIME + GRACE)
  const after = await stage.marks()
  stage.tell('pause')
  const { perSecond, cpuMicrosPerMessage, subjectShare, lost, wrong } = stage.compare(before, after)
  const { registered = 0, observed = 0, ended = 0 } = after[0]
  const { name } = stage.scenario
  return {
    ...{ name, perSecond, cpuMicrosPerMessage, subjectShare, lost, wrong },
    ...{ registered, observed, ended },
  }
}
