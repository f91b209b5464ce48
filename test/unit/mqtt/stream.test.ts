import { generateKeyPairSync } from 'node:crypto'
import tls from 'node:tls'
import { describe, expect, it } from 'vitest'
import { CodedError } from '../../../src/lib/errors.ts'
import { connackError, isReset, refusesVersion, transportError } from '../../../src/mqtt/reason.ts'
import { parseBrokerUrl, streamOpener } from '../../../src/mqtt/stream.ts'

function codeOf(run: () => unknown): string | undefined {
  try {
    run()
    return undefined
  } catch (error) {
    return error instanceof CodedError ? error.code : 'uncoded'
  }
}

describe("the broker's URL", () => {
  it.each([
    ['mqtt://broker', { host: 'broker', port: 1883, secure: false }],
    ['mqtt://192.0.2.1:1884/', { host: '192.0.2.1', port: 1884, secure: false }],
    ['tcp://[2001:db8::1]:1', { host: '2001:db8::1', port: 1, secure: false }],
    ['mqtts://broker.example', { host: 'broker.example', port: 8883, secure: true }],
    ['ssl://b:443', { host: 'b', port: 443, secure: true }],
    ['tls://b', { host: 'b', port: 8883, secure: true }],
  ])('%s', (url, expected) => {
    expect(parseBrokerUrl(url)).toEqual(expected)
  })

  it.each([
    '',
    'broker',
    'http://broker',
    'mqtt://',
    'mqtt://u:p@broker',
    'mqtt://u@broker',
    'mqtt://b/path',
    'mqtt://b?x=1',
    'mqtt://b:99999',
  ])('refuses %s', (url) => {
    expect(codeOf(() => parseBrokerUrl(url))).toBe('mqtt_url')
  })

  it.each(['ca', 'cert', 'key'])('refuses a file for %s that is none, before anything connects', (name) => {
    const address = { host: 'b', port: 1, secure: true }
    const open = () => streamOpener(address, { [name]: 'no PEM' })
    expect(codeOf(open)).toBe('config_invalid')
    expect(open).toThrow(`${name}_file holds no`)
  })

  it.each(['ca', 'cert', 'key'])('refuses an empty file for %s, which TLS would pass over', (name) => {
    const address = { host: 'b', port: 1, secure: true }
    expect(() => streamOpener(address, { [name]: '' })).toThrow('it is empty')
  })

  it('refuses a key that is not that of the certificate', () => {
    const address = { host: 'b', port: 1, secure: true }
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const cert = tls.rootCertificates[0] ?? ''
    expect(() => streamOpener(address, { cert, key })).toThrow(
      'cert_file and key_file do not belong together',
    )
  })
})

describe('errors of the connection', () => {
  const socketError = (code: string): Error => Object.assign(new Error(code), { code })

  it.each([
    ['ECONNREFUSED', 'mqtt_unreachable'],
    ['ENOTFOUND', 'mqtt_unreachable'],
    ['EAI_AGAIN', 'mqtt_unreachable'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'mqtt_tls'],
    ['CERT_HAS_EXPIRED', 'mqtt_tls'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'mqtt_tls'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'mqtt_tls'],
    ['EPROTO', 'mqtt_tls'],
  ])('%s is %s', (code, expected) => {
    expect(transportError(socketError(code), 'mqtt://b').code).toBe(expected)
  })

  it('takes the first of several addresses, and what has no code for a fault of the protocol', () => {
    const several = new AggregateError([socketError('ECONNREFUSED'), socketError('EACCES')])
    expect(transportError(several, 'mqtt://b')).toMatchObject({ code: 'mqtt_unreachable', place: 'mqtt://b' })
    expect(transportError(several, 'mqtt://b').message).toContain('ECONNREFUSED')
    expect(transportError(new Error('Invalid header'), 'mqtt://b').code).toBe('mqtt_protocol')
  })

  it.each([
    [1, 'mqtt_protocol'],
    [2, 'mqtt_client_id'],
    [3, 'mqtt_unavailable'],
    [4, 'mqtt_unauthorized'],
    [5, 'mqtt_unauthorized'],
    [0x84, 'mqtt_protocol'],
    [0x85, 'mqtt_client_id'],
    [0x86, 'mqtt_unauthorized'],
    [0x87, 'mqtt_unauthorized'],
    [0x8a, 'mqtt_unauthorized'],
    [0x88, 'mqtt_unavailable'],
    [0x9f, 'mqtt_unavailable'],
    [0xee, 'mqtt_unavailable'],
  ])('CONNACK %d is %s', (code, expected) => {
    expect(connackError(code, 'mqtt://b').code).toBe(expected)
  })

  it('only two codes refuse the version, and only two errors are a reset', () => {
    const codes = Array.from({ length: 256 }, (_, code) => code)
    expect(codes.filter(refusesVersion)).toEqual([1, 0x84])
    expect(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ECONNREFUSED'].map(socketError).map(isReset)).toEqual([
      true,
      true,
      false,
      false,
    ])
  })
})
