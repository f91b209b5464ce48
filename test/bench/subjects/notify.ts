import { silentLogger } from '../../../src/lib/logger.ts'
import { UdpListener } from '../../../src/transport/udp.ts'
import { takePart } from '../part.ts'
import { startGateway } from './gateway.ts'

/** The real path: socket, CoAP, LwM2M, mapping, broker session. */
export async function notify(sinkPort: number, qos: 0 | 1): Promise<void> {
  const { endpoint, clock } = await startGateway({ sinkPort, qos, observe: ['/3303/0/5700'] })
  const { port } = await UdpListener.open(
    { host: '127.0.0.1', port: 0, logger: silentLogger, clock },
    endpoint,
  )
  takePart({ port })
}

/** Registrations, each with its three publications. */
export async function registrations(sinkPort: number): Promise<void> {
  const { endpoint, clock } = await startGateway({ sinkPort, qos: 1, observe: [] })
  const { port } = await UdpListener.open(
    { host: '127.0.0.1', port: 0, logger: silentLogger, clock },
    endpoint,
  )
  takePart({ port })
}
