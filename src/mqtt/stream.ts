import net from 'node:net'
import type { Duplex } from 'node:stream'
import tls from 'node:tls'
import { CodedError, reasonOf } from '../lib/errors.ts'

export interface TlsOptions {
  /** PEM: what the broker's certificate is held against, instead of the well-known authorities. */
  readonly ca?: string
  /** PEM: certificate and key of the gateway, where the broker asks for them. */
  readonly cert?: string
  readonly key?: string
  /** False takes any certificate: for experiments only. */
  readonly rejectUnauthorized?: boolean
}

export interface BrokerAddress {
  readonly host: string
  readonly port: number
  readonly secure: boolean
}

const SCHEMES: Readonly<Record<string, { secure: boolean; port: number }>> = {
  'mqtt:': { secure: false, port: 1883 },
  'tcp:': { secure: false, port: 1883 },
  'mqtts:': { secure: true, port: 8883 },
  'ssl:': { secure: true, port: 8883 },
  'tls:': { secure: true, port: 8883 },
}

/** Where the keys of the main broker stand in the configuration. */
const MAIN = 'mqtt'

/**
 * Reads `mqtt://host:1883` or `mqtts://host:8883`.
 * @param section where its keys stand in the configuration, for the place of an error
 * @throws CodedError `mqtt_url` for other schemes, and for a user or password, which would end in logs
 */
export function parseBrokerUrl(text: string, section = MAIN): BrokerAddress {
  const refuse = (why: string): never => {
    throw new CodedError('mqtt_url', `the broker's URL ${why}`, { place: `${section}.url` })
  }
  const url = URL.parse(text) ?? refuse('is no URL')
  const scheme = SCHEMES[url.protocol] ?? refuse(`has the scheme '${url.protocol}', not mqtt: or mqtts:`)
  if (url.username !== '' || url.password !== '')
    refuse('holds a user or a password, which have keys of their own')
  if (url.hostname === '') refuse('names no host')
  if ((url.pathname !== '' && url.pathname !== '/') || url.search !== '' || url.hash !== '') {
    refuse('goes on after the port')
  }
  const host = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname
  return { host, port: url.port === '' ? scheme.port : Number(url.port), secure: scheme.secure }
}

function secureContext({ ca, cert, key }: TlsOptions, section: string): tls.SecureContext {
  const place = `${section}.tls`
  // As `ca` OpenSSL passes over what is no certificate without a word, as `cert` it complains.
  if (ca !== undefined) contextOf({ cert: ca }, 'ca_file holds no certificate that can be used', place)
  if (cert !== undefined) contextOf({ cert }, 'cert_file holds no certificate that can be used', place)
  if (key !== undefined) contextOf({ key }, 'key_file holds no private key that can be used', place)
  const all = {
    ...(ca === undefined ? undefined : { ca }),
    ...(cert === undefined ? undefined : { cert }),
    ...(key === undefined ? undefined : { key }),
  }
  return contextOf(all, 'cert_file and key_file do not belong together', place)
}

/** @param fault what is wrong where it cannot be made */
function contextOf(options: tls.SecureContextOptions, fault: string, place: string): tls.SecureContext {
  // Node passes over an empty one, and in the place of an empty `ca` it would trust all public authorities.
  if (Object.values(options).includes('')) throw unusable(`${fault}: it is empty`, place)
  try {
    return tls.createSecureContext(options)
  } catch (error) {
    throw unusable(`${fault}: ${reasonOf(error)}`, place, error)
  }
}

function unusable(message: string, place: string, cause?: unknown): CodedError {
  return new CodedError('config_invalid', message, { place, cause })
}

/** Opens a new byte stream to the broker each time that it is called; errors come from the stream. */
export type OpenStream = () => Duplex

/**
 * @param section where the broker's keys stand in the configuration, for the place of an error
 * @throws CodedError `config_invalid` for certificates or keys that cannot be read
 */
export function streamOpener(address: BrokerAddress, options: TlsOptions = {}, section = MAIN): OpenStream {
  const { host, port } = address
  if (!address.secure) return () => net.connect({ host, port, noDelay: true })
  const context = secureContext(options, section)
  const rejectUnauthorized = options.rejectUnauthorized ?? true
  const name = net.isIP(host) === 0 ? { servername: host } : undefined
  return () =>
    tls.connect({ host, port, secureContext: context, rejectUnauthorized, ...name }).setNoDelay(true)
}
