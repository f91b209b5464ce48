import type { Configuration } from '../config/configuration.ts'
import type { SessionOptions } from '../mqtt/session-options.ts'
import type { Acknowledge } from './uplink.ts'

/** Seconds that the broker keeps our session, with the commands that come meanwhile. */
const SESSION_EXPIRY = 86_400
const RECONNECT = { first: 500, longest: 30_000 }

type Parameters = Omit<SessionOptions, 'clock' | 'random' | 'logger' | 'url' | 'will' | 'subscriptions'>

type Mqtt = Configuration['mqtt']
type ConnectionConfiguration = Mqtt['connections'][string]

/** What the main connection and each other one say in the same words. */
type Broker = Pick<Mqtt, 'tls' | 'keepalive' | 'protocol' | 'queue' | 'inFlight' | 'username' | 'password'>

/** What the configuration says of the session with the main broker. */
export function mainParameters({ mqtt, gateway }: Configuration): Parameters {
  return { clientId: gateway.id, ...brokerParameters(mqtt) }
}

/** What it says of the session of another connection. */
export function connectionParameters(
  name: string,
  connection: ConnectionConfiguration,
  configuration: Configuration,
): Parameters & Pick<SessionOptions, 'url'> {
  const { url, clientId = `${configuration.gateway.id}-${name}`, maxQoS } = connection
  const parameters = brokerParameters(connection)
  const drops = acknowledgeOf(connection, configuration) === 'none'
  const section = `mqtt.connections.${name}`
  return { url, section, clientId, ...parameters, maxQoS, queue: { ...parameters.queue, drops } }
}

/** When what goes over each of the connections counts as safe. */
export function acknowledgeOn(configuration: Configuration): ReadonlyMap<string, Acknowledge> {
  const connections = Object.entries(configuration.mqtt.connections)
  return new Map(connections.map(([name, connection]) => [name, acknowledgeOf(connection, configuration)]))
}

function acknowledgeOf({ acknowledge }: ConnectionConfiguration, { delivery }: Configuration): Acknowledge {
  return acknowledge ?? delivery.acknowledge
}

function brokerParameters(broker: Broker): Omit<Parameters, 'clientId'> {
  const { ca, cert, key, insecure } = broker.tls
  return {
    keepalive: broker.keepalive,
    protocol: broker.protocol,
    sessionExpiry: SESSION_EXPIRY,
    queue: { limit: broker.queue.messages, bytes: broker.queue.bytes },
    inFlight: broker.inFlight,
    reconnect: RECONNECT,
    tls: {
      rejectUnauthorized: !insecure,
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
    },
    ...(broker.username !== undefined && { username: broker.username }),
    ...(broker.password !== undefined && { password: broker.password }),
  }
}
