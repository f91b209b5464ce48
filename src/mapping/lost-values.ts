import type { DeviceSnapshot } from '../lwm2m/command.ts'
import type { ValuesFact } from '../lwm2m/fact.ts'
import { applyFact } from './apply.ts'
import type { Run } from './run.ts'
import type { Sheet } from './sheet.ts'

/**
 * Values on which a rule failed go the default way, unless the preset `plain` itself has carried them on the same
 * connection: a file that extends it may have overridden that rule.
 * @param chain the files that are for the device, which have been applied to the values
 * @param fallback the preset `plain`, on the main connection
 */
export function carryLost(
  fact: ValuesFact,
  device: DeviceSnapshot,
  chain: readonly Sheet[],
  fallback: Sheet,
  run: Run,
): void {
  const defaultWays = new Set(
    chain
      .filter((sheet) => sheet.name === fallback.name && sheet.causesFor(device, 'value').length > 0)
      .map(({ connection }) => connection),
  )
  const lost = run.lost.filter(({ connection }) => !defaultWays.has(connection))
  if (lost.length === 0) return
  const paths = new Set(lost.map(({ sample }) => sample.path))
  const samples = fact.samples.filter(({ path }) => paths.has(path))
  applyFact(fallback, { ...fact, samples }, fallback.known(fact.endpoint, device), run)
}
