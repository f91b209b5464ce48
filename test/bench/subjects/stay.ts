import type { DeviceSnapshot } from '../../../src/lwm2m/command.ts'
import type { Fact } from '../../../src/lwm2m/fact.ts'
import { takePart } from '../part.ts'
import { listen, startGateway } from './gateway.ts'

const PATH = '/3303/0/5700'
/** What would tell that a registration or an observation did not last. */
const ENDS: ReadonlySet<Fact['type']> = new Set<Fact['type']>([
  ...(['re-registered', 'expired', 'deregistered', 'observation-ended', 'observation-failed'] as const),
])

/** Tells who is registered and observed still, and what has ended meanwhile. */
export async function stay(sinkPort: number): Promise<void> {
  let ended = 0
  const seen = ({ type }: Fact): void => {
    if (ENDS.has(type)) ended++
  }
  const gateway = await startGateway({ sinkPort, qos: 1, observe: [PATH], seen })
  const registered = (): number => [...gateway.server.devices()].length
  const observed = (): number => [...gateway.server.devices()].filter(isCurrent).length
  takePart(
    { port: await listen(gateway) },
    { counts: () => ({ registered: registered(), observed: observed(), ended }) },
  )
}

/** Milliseconds within which a device that stays has been heard by a notification: it sends one every 40 s. */
const RECENT = 45_000

/** Its observation brought a value lately. */
function isCurrent({ values }: DeviceSnapshot): boolean {
  const time = values.value(PATH)?.time
  return time !== undefined && Date.now() - time < RECENT
}
