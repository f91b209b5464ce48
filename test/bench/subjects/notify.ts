import type { Mapping } from '../../../src/mapping/mapping.ts'
import { takePart } from '../part.ts'
import { listen, startGateway } from './gateway.ts'

/** The real path: socket, CoAP, LwM2M, mapping, broker session. */
export async function notify(sinkPort: number, qos: 0 | 1, mapping?: Mapping): Promise<void> {
  const options = { sinkPort, qos, observe: ['/3303/0/5700'], ...(mapping && { mapping }) }
  takePart({ port: await listen(await startGateway(options)) })
}

/** Registrations, each with its three publications. */
export async function registrations(sinkPort: number): Promise<void> {
  takePart({ port: await listen(await startGateway({ sinkPort, qos: 1, observe: [] })) })
}
