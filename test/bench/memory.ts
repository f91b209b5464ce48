import { setTimeout as sleep } from 'node:timers/promises'
import type { Result } from './result.ts'
import type { Stage } from './stage.ts'
import { MEMORY_LIFETIME } from './subjects/memory.ts'

/**
 * What a registered device with one observation takes: at once, and when its messages are no longer remembered. The
 * rate is that at which the fleet arrived: Register, Observe and the publications of both.
 */
export async function measureMemory(stage: Stage): Promise<Result> {
  const { name, devices } = stage.scenario
  const { bytes: empty = 0 } = stage.facts
  const [fresh] = await stage.marks()
  await sleep(MEMORY_LIFETIME + 1_000)
  const [resting] = await stage.marks()
  return {
    ...{ name, ...stage.arrival },
    bytesPerDevice: ((fresh.bytes ?? 0) - empty) / devices,
    restingBytesPerDevice: ((resting.bytes ?? 0) - empty) / devices,
  }
}
