import { isIPv4, isIPv6 } from 'node:net'
import { CodedError } from '../lib/errors.ts'

/** One address to listen on for devices. */
export interface Listener {
  readonly scheme: 'coap'
  /** IP address or host name; IPv6 without brackets. */
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
}

const DEFAULT_PORT = 5683
const LISTENER = /^coap:\/\/(?:\[([^\]]+)\]|([^/:]+))(?::(\d{1,5}))?\/?$/

/** Digits and dots that are no IPv4 address would be looked up as a host name, and fail late and unclearly. */
function hostFault(host: string, bracketed: boolean): string | undefined {
  if (bracketed) return isIPv6(host) ? undefined : `[${host}] is no IPv6 address`
  return /^[\d.]+$/.test(host) && !isIPv4(host) ? `${host} is no IPv4 address` : undefined
}

/**
 * Reads a listener's URI, such as `coap://[::1]:5683` (RFC 7252, 6.1, without path and query).
 * @throws CodedError `config_invalid`
 */
export function parseListener(uri: string): Listener {
  const refuse = (message: string): never => {
    throw new CodedError('config_invalid', message, { place: uri })
  }
  const [, address, name, portText] =
    LISTENER.exec(uri) ?? refuse(`${uri} is no URI such as coap://127.0.0.1:5683`)
  const host = address ?? name ?? ''
  const port = portText === undefined ? DEFAULT_PORT : Number(portText)
  const fault = port > 65535 ? `port ${port} is above 65535` : hostFault(host, address !== undefined)
  return fault === undefined ? { scheme: 'coap', host: host.toLowerCase(), port } : refuse(fault)
}
