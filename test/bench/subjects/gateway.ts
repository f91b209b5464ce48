import { CoapEndpoint } from '../../../src/coap/endpoint.ts'
import { Mapper } from '../../../src/gateway/mapper.ts'
import { Outgoing } from '../../../src/gateway/outgoing.ts'
import { RetainedLedger } from '../../../src/gateway/retained-ledger.ts'
import { Uplink } from '../../../src/gateway/uplink.ts'
import { SystemClock } from '../../../src/lib/clock.ts'
import { silentLogger } from '../../../src/lib/logger.ts'
import { SystemRandom } from '../../../src/lib/random.ts'
import type { DeviceSnapshot } from '../../../src/lwm2m/command.ts'
import type { Fact } from '../../../src/lwm2m/fact.ts'
import { builtinModel } from '../../../src/lwm2m/model/builtin.ts'
import type { ActiveObservation } from '../../../src/lwm2m/observation.ts'
import { Lwm2mServer } from '../../../src/lwm2m/server.ts'
import type { Mapping } from '../../../src/mapping/mapping.ts'
import { BrokerSession } from '../../../src/mqtt/session.ts'
import { UdpListener } from '../../../src/transport/udp.ts'
import { presets } from './mappings.ts'

/** Rates are what is measured: those that the gateway allows a stranger must not be in the way (docs/reference/limits.md). */
const WITHOUT_RATES = {
  datagramsPerSecond: Number.POSITIVE_INFINITY,
  datagramsPerSecondInAll: Number.POSITIVE_INFINITY,
  requestsPerSecond: Number.POSITIVE_INFINITY,
}

export interface GatewayOptions {
  readonly sinkPort: number
  readonly qos: 0 | 1
  /** The preset `plain` if none is given. */
  readonly mapping?: Mapping
  /** Path patterns that are observed at each registration. */
  readonly observe: readonly string[]
  /** Milliseconds that CoAP remembers a message, if not as usual. */
  readonly exchangeLifetime?: number
  /** Sees each fact on its way up. */
  readonly seen?: (fact: Fact) => void
}

/** All between the socket towards the devices, which is not opened, and the socket to the broker. */
export interface BenchGateway {
  readonly clock: SystemClock
  readonly server: Lwm2mServer
  readonly endpoint: CoapEndpoint<ActiveObservation>
  readonly session: BrokerSession
}

/** Wires what a gateway is made of as `src/gateway/gateway.ts` does, with the broker at `sinkPort`. */
export async function startGateway(options: GatewayOptions): Promise<BenchGateway> {
  const environment = { clock: new SystemClock(), random: new SystemRandom(), logger: silentLogger }
  const session = await connect(options.sinkPort, environment)
  const snapshot = (name: string): DeviceSnapshot => server.snapshot(name)
  const ledger = new RetainedLedger()
  const mapper: Mapper = new Mapper({
    ...{ ...environment, snapshot, ledger },
    mapping: mappingOf(options),
    publish: (publication) => outgoing.publish(publication, () => {}),
  })
  const outgoing = new Outgoing(session, mapper)
  const { exchangeLifetime } = options
  let endpoint: CoapEndpoint<ActiveObservation> | undefined
  const server: Lwm2mServer = new Lwm2mServer({
    ...environment,
    model: builtinModel,
    uplink: new Uplink({
      ...environment,
      mapper,
      publisher: outgoing,
      acknowledge: 'broker',
    }),
    connect: (handlers) => {
      const lifetime = exchangeLifetime === undefined ? undefined : { exchangeLifetime }
      endpoint = new CoapEndpoint({
        ...{ ...environment, ...handlers },
        parameters: { ...WITHOUT_RATES, ...lifetime },
      })
      return endpoint
    },
    strictBinding: false,
    grace: 30,
    observe: options.observe,
  })
  if (endpoint === undefined) throw new Error('the server has not connected itself')
  return { clock: environment.clock, server, endpoint, session }
}

/** Opens the socket towards the devices; resolves with its port. */
export async function listen({ endpoint, clock }: BenchGateway): Promise<number> {
  const options = { host: '127.0.0.1', port: 0, logger: silentLogger, clock }
  return (await UdpListener.open(options, endpoint)).port
}

/** The mapping; with publications of QoS 0, or with somebody who sees the facts. */
function mappingOf({ qos, seen, mapping = presets(['plain']) }: GatewayOptions): Mapping {
  const up = mapping.up.bind(mapping)
  if (seen !== undefined) {
    mapping.up = (fact, device, state) => {
      seen(fact)
      return up(fact, device, state)
    }
  } else if (qos === 0) {
    mapping.up = (fact, device, state) => {
      const mapped = up(fact, device, state)
      return {
        ...mapped,
        publications: mapped.publications.map((publication) => ({ ...publication, qos: 0 })),
      }
    }
  }
  return mapping
}

type Environment = Pick<ConstructorParameters<typeof BrokerSession>[0], 'clock' | 'random' | 'logger'>

function connect(port: number, environment: Environment): Promise<BrokerSession> {
  return new Promise((resolve) => {
    const session = new BrokerSession(
      {
        ...environment,
        url: `mqtt://127.0.0.1:${port}`,
        clientId: 'bench',
        keepalive: 60,
        sessionExpiry: 60,
        queue: { limit: 200_000, bytes: 512 * 1024 * 1024 },
        inFlight: 256,
        reconnect: { first: 500, longest: 30_000 },
        subscriptions: [],
      },
      {
        onUp() {
          session.open()
          resolve(session)
        },
        onDown() {},
        onMessage: (_message, done) => done(true),
      },
    )
    session.start()
  })
}
