import { takePart } from '../part.ts'
import { listen, startGateway } from './gateway.ts'

/** Milliseconds that messages are remembered where memory is measured: longer than the fleet takes to arrive. */
export const MEMORY_LIFETIME = 20_000

function collectedBytes(): number {
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Tells its memory, without what is garbage. */
export async function memory(sinkPort: number): Promise<void> {
  const gateway = await startGateway({
    ...{ sinkPort, qos: 1, observe: ['/3303/0/5700'], exchangeLifetime: MEMORY_LIFETIME },
  })
  const port = await listen(gateway)
  takePart({ port, bytes: collectedBytes() }, { counts: () => ({ bytes: collectedBytes() }) })
}
