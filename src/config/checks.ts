import { reasonOf } from '../lib/errors.ts'
import type { Check, Finding } from './check.ts'
import { parseListener } from './listener.ts'
import { observeCheck } from './observe-check.ts'

const brokerPort: Check = {
  reads: ['mqtt.url'],
  find({ mqtt }) {
    const port = Number(/:(\d+)\/?$/.exec(mqtt.url)?.[1] ?? 1883)
    const bad = port < 1 || port > 65535
    return bad ? [{ path: ['mqtt', 'url'], message: `port ${port} is not from 1 to 65535` }] : []
  },
}

const passwordNeedsUser: Check = {
  reads: ['mqtt.username', 'mqtt.password_file'],
  find({ mqtt }) {
    if (mqtt.password_file === undefined || mqtt.username !== undefined) return []
    return [{ path: ['mqtt', 'password_file'], message: 'needs mqtt.username beside it' }]
  },
}

const TLS_FILES = ['ca_file', 'cert_file', 'key_file'] as const

const tlsNeedsMqtts: Check = {
  reads: ['mqtt.url', 'mqtt.tls'],
  find({ mqtt: { url, tls } }) {
    if (url.startsWith('mqtts:')) return []
    const message = 'has no effect: mqtt.url does not begin with mqtts://'
    const keys = TLS_FILES.filter((key) => tls[key] !== undefined)
    return [...keys, ...(tls.insecure ? ['insecure'] : [])].map((key) => ({
      path: ['mqtt', 'tls', key],
      message,
    }))
  },
}

const certificateAndKey: Check = {
  reads: ['mqtt.tls'],
  find({ mqtt: { tls } }) {
    if ((tls.cert_file === undefined) === (tls.key_file === undefined)) return []
    const [there, missing] =
      tls.key_file === undefined ? ['cert_file', 'key_file'] : ['key_file', 'cert_file']
    return [{ path: ['mqtt', 'tls', there], message: `needs mqtt.tls.${missing} beside it` }]
  },
}

const listeners: Check = {
  reads: ['lwm2m.listeners'],
  find({ lwm2m }) {
    const findings: Finding[] = []
    const seen = new Map<string, number>()
    for (const [index, uri] of lwm2m.listeners.entries()) {
      const message = listenerFault(uri, index, seen)
      if (message !== undefined) findings.push({ path: ['lwm2m', 'listeners', index], message })
    }
    return findings
  },
}

/** Notes the listener's address in `seen`; two listeners on port 0 get ports of their own. */
function listenerFault(uri: string, index: number, seen: Map<string, number>): string | undefined {
  try {
    const { host, port } = parseListener(uri)
    const address = `${host} ${port}`
    const earlier = seen.get(address)
    if (port !== 0 && earlier !== undefined) return `listens on the same address as entry ${earlier + 1}`
    seen.set(address, index)
    return undefined
  } catch (error) {
    return reasonOf(error)
  }
}

export const checks: readonly Check[] = [
  brokerPort,
  passwordNeedsUser,
  tlsNeedsMqtts,
  certificateAndKey,
  listeners,
  observeCheck,
]
