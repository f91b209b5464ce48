import type { DeviceFact, LifecycleFact, ObservationFact, UndecodableFact } from '../lwm2m/fact.ts'
import { applyValues } from './apply-values.ts'
import { idsOf } from './rule/path-filter.ts'
import type { Run } from './run.ts'
import { IncidentScope, type KnownDevice, LifecycleScope, PresenceScope } from './scope/device.ts'
import type { Sheet } from './sheet.ts'
import { DEVICE } from './subject.ts'

/** Applies the rules of one file to a fact of one device, in the order of the file. */
export function applyFact(sheet: Sheet, fact: DeviceFact, device: KnownDevice, run: Run): void {
  switch (fact.type) {
    case 'values':
      applyValues(sheet, fact, device, run)
      break
    case 'registered':
    case 're-registered':
    case 'updated':
    case 'deregistered':
    case 'expired':
      applyLifecycle(sheet, fact, device, run)
      break
    default:
      applyIncident(sheet, fact, device, run)
  }
}

const PRESENCE_OF: Readonly<Record<LifecycleFact['type'], 'awake' | 'offline' | undefined>> = {
  registered: 'awake',
  're-registered': 'awake',
  updated: undefined,
  deregistered: 'offline',
  expired: 'offline',
}

function applyLifecycle(sheet: Sheet, fact: LifecycleFact, device: KnownDevice, run: Run): void {
  const { type, id, at } = fact
  const state = PRESENCE_OF[type]
  const { snapshot } = device
  const causes =
    state === undefined ? sheet.causesFor(snapshot, type) : sheet.causesFor(snapshot, 'presence', type)
  for (const { event, publish } of causes) {
    const occasion = { event, id, at }
    const predecessor = type === 're-registered' ? fact.predecessor : undefined
    const scope =
      event === 'presence' && state !== undefined
        ? new PresenceScope(sheet.surroundings, occasion, device, { state, since: at, reason: type })
        : new LifecycleScope(sheet.surroundings, occasion, device, predecessor)
    publish.rule.apply(scope, DEVICE, at, run)
  }
}

function applyIncident(
  sheet: Sheet,
  fact: ObservationFact | UndecodableFact,
  device: KnownDevice,
  run: Run,
): void {
  const { type, id, at } = fact
  for (const { event, publish } of sheet.causesFor(device.snapshot, type)) {
    if (!publish.rule.isFor(idsOf(fact.path))) continue
    const scope = new IncidentScope(sheet.surroundings, { event, id, at }, device, fact)
    publish.rule.apply(scope, fact.path, at, run)
  }
}
