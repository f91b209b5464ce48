import { reasonOf } from '../lib/errors.ts'
import { brokerChecks, connectionsCheck } from './broker-checks.ts'
import type { Check, Finding } from './check.ts'
import { parseListener } from './listener.ts'
import { observeCheck } from './observe-check.ts'

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

export const checks: readonly Check[] = [...brokerChecks, connectionsCheck, listeners, observeCheck]
