import { describe, expect, it } from 'vitest'
import type { Subject } from '../../../src/coap/peer.ts'
import { endpointFor, mayAct, securityOf } from '../../../src/lwm2m/principal.ts'
import { refused } from './refused.ts'

const none: Subject = { kind: 'none', address: '192.0.2.7:1' }
const psk: Subject = { kind: 'psk', identity: 'room-1' }
const rpk: Subject = { kind: 'rpk', spki: 'c0ffee' }
const x509: Subject = { kind: 'x509', names: ['room-1', 'room-1.example'], fingerprint: 'f1' }
const nameless: Subject = { kind: 'x509', names: [], fingerprint: 'f2' }

describe('endpointFor', () => {
  it('on NoSec the name has to be given, and any is taken', () => {
    expect(endpointFor(none, 'anything')).toBe('anything')
    expect(refused(() => endpointFor(none, undefined))).toBe('4.00 register_endpoint')
  })

  it.each([
    ['psk', psk, 'room-1'],
    ['rpk', rpk, 'c0ffee'],
    ['x509', x509, 'room-1'],
  ] as const)('%s: the credential names the endpoint, and no other is taken', (_kind, subject, name) => {
    expect(endpointFor(subject, undefined)).toBe(name)
    expect(endpointFor(subject, name)).toBe(name)
    expect(refused(() => endpointFor(subject, 'room-2'))).toBe('4.00 register_identity')
    expect(refused(() => endpointFor(subject, name.toUpperCase()))).toBe('4.00 register_identity')
  })

  it('a certificate may hold several names', () => {
    expect(endpointFor(x509, 'room-1.example')).toBe('room-1.example')
  })

  it('a certificate without a name stands for no endpoint', () => {
    expect(refused(() => endpointFor(nameless, undefined))).toBe('4.00 register_endpoint')
    expect(refused(() => endpointFor(nameless, 'room-1'))).toBe('4.00 register_identity')
  })

  it('a name from a credential is held to the same length', () => {
    expect(refused(() => endpointFor({ kind: 'psk', identity: '' }, undefined))).toBe(
      '4.00 register_endpoint',
    )
    const long: Subject = { kind: 'psk', identity: 'x'.repeat(256) }
    expect(refused(() => endpointFor(long, undefined))).toBe('4.00 register_endpoint')
    expect(endpointFor({ kind: 'psk', identity: 'x'.repeat(255) }, undefined)).toHaveLength(255)
  })
})

describe('mayAct', () => {
  it('on NoSec from any address, but not with a credential for what has none, nor without for what has one', () => {
    expect(mayAct(none, { kind: 'none', address: '198.51.100.1:9' })).toBe(true)
    for (const subject of [psk, rpk, x509]) {
      expect(mayAct(none, subject)).toBe(false)
      expect(mayAct(subject, none)).toBe(false)
    }
  })

  it('else only the same credential', () => {
    expect(mayAct(psk, { ...psk })).toBe(true)
    expect(mayAct(psk, { kind: 'psk', identity: 'room-2' })).toBe(false)
    expect(mayAct(rpk, { kind: 'rpk', spki: 'c0ffee' })).toBe(true)
    expect(mayAct(rpk, { kind: 'rpk', spki: 'c0ffef' })).toBe(false)
    expect(mayAct(x509, { ...x509, names: [] })).toBe(true)
    expect(mayAct(x509, { ...x509, fingerprint: 'f3' })).toBe(false)
    expect(mayAct(psk, { kind: 'rpk', spki: 'room-1' })).toBe(false)
  })
})

it('securityOf tells people who it is', () => {
  expect(securityOf(none)).toEqual({ security: 'nosec' })
  expect(securityOf(psk)).toEqual({ security: 'psk', identity: 'room-1' })
  expect(securityOf(rpk)).toEqual({ security: 'rpk', identity: 'c0ffee' })
  expect(securityOf(x509)).toEqual({ security: 'x509', identity: 'room-1' })
  expect(securityOf(nameless)).toEqual({ security: 'x509', identity: 'f2' })
})
