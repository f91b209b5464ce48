import type { Peer } from '../../../src/coap/peer.ts'

/** A peer that takes everything and sends nothing. */
export function peer(key: string): Peer {
  const subject = { kind: 'none', address: key } as const
  return { key, address: `coap://${key}`, subject, reliable: false, send: () => true }
}
