import type { Configuration } from '../config/configuration.ts'
import type { SessionOptions } from '../mqtt/session-options.ts'

/** Seconds that the broker keeps our session, with the commands that come meanwhile. */
const SESSION_EXPIRY = 86_400
const RECONNECT = { first: 500, longest: 30_000 }

type Parameters = Omit<SessionOptions, 'clock' | 'random' | 'logger' | 'url' | 'will' | 'subscriptions'>

/** What the configuration says of the session with the broker. */
export function sessionParameters({ mqtt, gateway }: Configuration): Parameters {
  const { ca, cert, key, insecure } = mqtt.tls
  return {
    clientId: gateway.id,
    keepalive: mqtt.keepalive,
    protocol: mqtt.protocol,
    sessionExpiry: SESSION_EXPIRY,
    queue: { limit: mqtt.queue.messages, bytes: mqtt.queue.bytes },
    inFlight: mqtt.inFlight,
    reconnect: RECONNECT,
    tls: {
      rejectUnauthorized: !insecure,
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
    },
    ...(mqtt.username !== undefined && { username: mqtt.username }),
    ...(mqtt.password !== undefined && { password: mqtt.password }),
  }
}
