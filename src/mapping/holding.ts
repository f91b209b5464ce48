import type { DeviceSnapshot } from '../lwm2m/command.ts'
import type { CompiledPublish } from './rule/publish-compiler.ts'
import type { Run } from './run.ts'
import { type KnownDevice, LifecycleScope, PresenceScope } from './scope/device.ts'
import type { Sheet } from './sheet.ts'
import { DEVICE } from './subject.ts'

/** What holds for a registered device, told at each connection. */
export function applyStanding(sheet: Sheet, snapshot: DeviceSnapshot, run: Run): void {
  for (const { publish } of sheet.causesFor(snapshot, 'connected'))
    applyHolding(sheet, publish, 'connected', snapshot, run)
}

/** Events of which a retained message says what holds until the next one, best first. */
const HOLDING = ['registered', 'presence', 'updated'] as const

/**
 * What the broker is to keep of a registered device as a whole: what is told at each connection, and what is told once,
 * when it registers, and kept.
 */
export function applyKept(sheet: Sheet, snapshot: DeviceSnapshot, run: Run): void {
  for (const publish of sheet.publishes) {
    const { events, rule } = publish
    if (sheet.leaves(rule.name, snapshot)) continue
    const event = events.includes('connected')
      ? 'connected'
      : rule.isRetained && HOLDING.find((one) => events.includes(one))
    if (event) applyHolding(sheet, publish, event, snapshot, run)
  }
}

function applyHolding(
  sheet: Sheet,
  { rule }: CompiledPublish,
  event: 'connected' | (typeof HOLDING)[number],
  snapshot: DeviceSnapshot,
  run: Run,
): void {
  const { registration } = snapshot
  if (registration === undefined) return
  const { endpoint, registeredAt, updatedAt, id } = registration
  const device: KnownDevice = sheet.known(endpoint, snapshot)
  const occasion = { event, id: `${id}.${updatedAt}`, at: updatedAt }
  const scope =
    event === 'connected' || event === 'presence'
      ? new PresenceScope(sheet.surroundings, occasion, device, {
          ...{ state: 'awake', since: registeredAt, reason: 'registered' },
        })
      : new LifecycleScope(sheet.surroundings, occasion, device)
  rule.apply(scope, DEVICE, updatedAt, run)
}
