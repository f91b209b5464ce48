import { setTimeout as sleep } from 'node:timers/promises'
import type { Publisher } from '../../../src/gateway/uplink.ts'
import { takePart } from '../part.ts'
import { startGateway } from './gateway.ts'
import { VirtualFleet } from './virtual-fleet.ts'

/** Of a turn of the loop, as libuv reads them from a socket. */
const DATAGRAMS_A_TURN = 32
const WINDOW = 256
/** Milliseconds that messages are remembered where memory is measured: longer than the fleet takes to register. */
const MEMORY_LIFETIME = 10_000

function collectedBytes(): number {
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** While the fleet registers, what would be published is taken and dropped: it is not what is measured. */
async function startFleet(sinkPort: number, size: number, exchangeLifetime?: number): Promise<VirtualFleet> {
  let isComplete = false
  const publisher = (session: Publisher): Publisher => ({
    publish(publication, done) {
      if (isComplete) return session.publish(publication, done)
      done()
      return true
    },
  })
  const lifetime = exchangeLifetime === undefined ? undefined : { exchangeLifetime }
  const gateway = await startGateway({
    ...{ sinkPort, qos: 1, observe: ['/3303/0/5700'], publisher, ...lifetime },
  })
  const fleet = new VirtualFleet(gateway.endpoint, gateway.clock, size)
  const before = collectedBytes()
  await fleet.register()
  fleet.bytesPerDevice = (collectedBytes() - before) / size
  if (exchangeLifetime !== undefined) {
    await sleep(exchangeLifetime + 1_000)
    fleet.restingBytesPerDevice = (collectedBytes() - before) / size
  }
  isComplete = true
  return fleet
}

/** CON notifications of a fleet that lives in this process, each from another device than the one before. */
export async function fleetNotify(sinkPort: number, size: number): Promise<void> {
  const fleet = await startFleet(sinkPort, size)
  let isRunning = false
  const turn = (): void => {
    for (let count = 0; count < DATAGRAMS_A_TURN && fleet.inFlight < WINDOW; count++) fleet.notify()
    if (isRunning) setImmediate(turn)
  }
  takePart(
    {},
    {
      counts: () => ({ completed: fleet.acknowledged, wrong: fleet.wrong }),
      go() {
        isRunning = true
        turn()
      },
      pause() {
        isRunning = false
      },
    },
  )
}

/** What a registered device with one observation takes: at once, and when its messages are no longer remembered. */
export async function fleetMemory(sinkPort: number, size: number): Promise<void> {
  const { user, system } = process.cpuUsage()
  const start = performance.now()
  const fleet = await startFleet(sinkPort, size, MEMORY_LIFETIME)
  const seconds = (performance.now() - start - MEMORY_LIFETIME - 1_000) / 1000
  const after = process.cpuUsage()
  takePart({
    perSecond: size / seconds,
    cpuMicrosPerMessage: (after.user + after.system - user - system) / size,
    bytesPerDevice: Math.max(fleet.bytesPerDevice, fleet.restingBytesPerDevice),
    restingBytesPerDevice: fleet.restingBytesPerDevice,
  })
}
