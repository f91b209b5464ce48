import type { KeyPath } from '../lib/problem.ts'
import type { Check, Finding } from './check.ts'
import type { Configuration } from './configuration.ts'

type Mqtt = Configuration['mqtt']

/** What the main connection and each other one say of their broker. */
type Broker = Pick<Mqtt, 'url' | 'username' | 'password_file' | 'tls'>

/** A rule for one broker. */
interface BrokerRule {
  readonly reads: readonly (keyof Broker)[]
  /** @param place of the broker's keys, for messages */
  find(broker: Broker, place: string): Finding[]
}

const port: BrokerRule = {
  reads: ['url'],
  find({ url }) {
    const number = Number(/:(\d+)\/?$/.exec(url)?.[1] ?? 1883)
    const bad = number < 1 || number > 65535
    return bad ? [{ path: ['url'], message: `port ${number} is not from 1 to 65535` }] : []
  },
}

const passwordNeedsUser: BrokerRule = {
  reads: ['username', 'password_file'],
  find({ username, password_file }, place) {
    if (password_file === undefined || username !== undefined) return []
    return [{ path: ['password_file'], message: `needs ${place}.username beside it` }]
  },
}

const TLS_FILES = ['ca_file', 'cert_file', 'key_file'] as const

const tlsNeedsMqtts: BrokerRule = {
  reads: ['url', 'tls'],
  find({ url, tls }, place) {
    if (url.startsWith('mqtts:')) return []
    const message = `has no effect: ${place}.url does not begin with mqtts://`
    const keys = TLS_FILES.filter((key) => tls[key] !== undefined)
    return [...keys, ...(tls.insecure ? ['insecure'] : [])].map((key) => ({ path: ['tls', key], message }))
  },
}

const certificateAndKey: BrokerRule = {
  reads: ['tls'],
  find({ tls }, place) {
    if ((tls.cert_file === undefined) === (tls.key_file === undefined)) return []
    const [there, missing] =
      tls.key_file === undefined ? ['cert_file', 'key_file'] : ['key_file', 'cert_file']
    return [{ path: ['tls', there], message: `needs ${place}.tls.${missing} beside it` }]
  },
}

const brokerRules: readonly BrokerRule[] = [port, passwordNeedsUser, tlsNeedsMqtts, certificateAndKey]

function within(place: KeyPath, { path, message }: Finding): Finding {
  return { path: [...place, ...path], message }
}

/** What must fit in the keys of `mqtt` itself. */
export const brokerChecks: readonly Check[] = brokerRules.map(({ reads, find }) => ({
  reads: reads.map((key) => `mqtt.${key}`),
  find: ({ mqtt }) => find(mqtt, 'mqtt').map((finding) => within(['mqtt'], finding)),
}))

const CONNECTIONS = ['mqtt', 'connections']
const NAME = /^[a-z][a-z0-9-]{0,31}$/

/** Names of `mqtt.connections`, what must fit within each, and client ids that would throw each other out. */
export const connectionsCheck: Check = {
  reads: ['gateway.id', 'mqtt.url', CONNECTIONS.join('.')],
  find(configuration) {
    const sessions = new Map([[sessionOf(configuration.mqtt.url, configuration.gateway.id), 'mqtt']])
    return Object.entries(configuration.mqtt.connections).flatMap(([name, connection]) => {
      const place = [...CONNECTIONS, name].join('.')
      const { url, clientId = `${configuration.gateway.id}-${name}` } = connection
      const session = sessionOf(url, clientId)
      const other = sessions.get(session)
      sessions.set(session, place)
      return [
        ...nameFindings(name),
        ...brokerRules.flatMap(({ find }) => find(connection, place)),
        ...(other === undefined ? [] : [sameSession(clientId, other)]),
      ].map((finding) => within([...CONNECTIONS, name], finding))
    })
  },
}

function nameFindings(name: string): Finding[] {
  if (NAME.test(name)) return []
  const message = 'expected as a name: a small letter, then small letters, digits and hyphens, at most 32'
  return [{ path: [], message }]
}

/** What a broker takes for one and the same client. */
function sessionOf(url: string, clientId: string): string {
  return `${url.replace(/\/$/, '').toLowerCase()} ${clientId}`
}

function sameSession(clientId: string, other: string): Finding {
  const message = `'${clientId}' is the client id of ${other} at this broker, too: give it another one`
  return { path: ['clientId'], message }
}
