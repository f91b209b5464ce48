import type { Configuration } from '../config/configuration.ts'
import { CodedError, reasonOf } from '../lib/errors.ts'
import type { BrokerTarget } from './broker-client.ts'
import { findAndLoad } from './configuration.ts'
import type { Io } from './io.ts'

/** Options of the commands that talk to a broker, as parseArgs takes them. */
export const brokerOptions = {
  config: { type: 'string', short: 'c' },
  url: { type: 'string', short: 'u' },
  username: { type: 'string' },
  'password-file': { type: 'string' },
} as const

/** Their lines in a command's help. */
export const brokerOptionsHelp = `  -c, --config FILE        configuration file that names the broker (default: see \`lwm2mqtt help\`)
  -u, --url URL            the broker, such as mqtt://127.0.0.1:1883, in place of the configuration's
      --username NAME      with --url: user name at that broker
      --password-file FILE with --url: file that holds the password`

export type BrokerOptionValues = { readonly [K in keyof typeof brokerOptions]?: string | undefined }

/** The broker, and the base of the topics there. */
export interface Broker {
  readonly target: BrokerTarget
  readonly base: string
}

const DEFAULT_BASE = 'lwm2m'

/**
 * The broker that `--url` names, else the configuration's. The configuration's user and password never go to a
 * broker that it does not name.
 * @throws CodedError `usage`, `config_unreadable`; ConfigurationErrors
 */
export function brokerOf(values: BrokerOptionValues, io: Io): Broker {
  const { url, username, 'password-file': passwordFile } = values
  if (url !== undefined) {
    const password = passwordFile === undefined ? undefined : readPassword(passwordFile, io)
    return { target: { url, username, password }, base: DEFAULT_BASE }
  }
  if (username !== undefined || passwordFile !== undefined) {
    throw new CodedError('usage', '--username and --password-file need --url')
  }
  return configuredBroker(findAndLoad(values.config, io).configuration)
}

/** The broker that a configuration names. @throws CodedError `usage` for an embedded one on a free port */
export function configuredBroker({ mqtt }: Configuration): Broker {
  if (mqtt.url === 'embedded') return { target: { url: embeddedUrl(mqtt.embedded.port) }, base: mqtt.base }
  return { target: targetOf(mqtt), base: mqtt.base }
}

/** A broker as the configuration describes it. */
export function targetOf({
  url,
  username,
  password,
  tls,
}: Pick<Configuration['mqtt'], 'url' | 'username' | 'password' | 'tls'>): BrokerTarget {
  const { insecure, ca, cert, key } = tls
  const files = {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  }
  return { url, username, password, tls: { ...files, rejectUnauthorized: !insecure } }
}

function embeddedUrl(port: number): string {
  if (port !== 0) return `mqtt://127.0.0.1:${port}`
  throw new CodedError('usage', 'mqtt.embedded.port is 0, a free port: name it with --url')
}

function readPassword(file: string, io: Io): string {
  try {
    return io.readFile(file).replace(/\r?\n$/, '')
  } catch (error) {
    throw new CodedError('config_unreadable', reasonOf(error), { place: file, cause: error })
  }
}
