import { Code } from '../../../src/coap/code.ts'
import { CoapEndpoint } from '../../../src/coap/endpoint.ts'
import { SystemClock } from '../../../src/lib/clock.ts'
import { silentLogger } from '../../../src/lib/logger.ts'
import { SystemRandom } from '../../../src/lib/random.ts'
import { UdpListener } from '../../../src/transport/udp.ts'
import { takePart } from '../part.ts'

/** Our endpoint on a UDP socket: each confirmable POST gets a 2.04 in its ACK. */
export async function coapPost(): Promise<void> {
  const environment = { clock: new SystemClock(), random: new SystemRandom(), logger: silentLogger }
  const endpoint = new CoapEndpoint({
    ...environment,
    requests: (_request, _peer, reply) => reply.respond({ code: Code.changed }),
    observations: { match: () => 'foreign', request: () => ({ code: 1, path: [] }), rejected() {} },
    notifications: () => {},
  })
  const { port } = await UdpListener.open({ host: '127.0.0.1', port: 0, ...environment }, endpoint)
  takePart({ port })
}
