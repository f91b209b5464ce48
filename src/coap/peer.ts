import type { Allowance } from './allowance.ts'

/**
 * Ports between the transports and CoAP. A transport knows sockets and sessions; CoAP knows peers. Both are
 * wired together by the gateway.
 */

/** Who a peer is, as far as its transport could prove. It survives a new handshake and, with DTLS, a new address. */
export type Subject =
  | { readonly kind: 'none'; readonly address: string }
  | { readonly kind: 'psk'; readonly identity: string }
  | { readonly kind: 'rpk'; readonly spki: string }
  | { readonly kind: 'x509'; readonly names: readonly string[]; readonly fingerprint: string }

/**
 * The other end of one socket path, session or connection. It dies with it: nothing above CoAP keeps a peer as a
 * key. A transport may hand in a new object with the same `key` for the same path at any time.
 */
export interface Peer {
  /** Scope of message ids, deduplication, NSTART and blocks. UDP: listener and address; DTLS: the session. */
  readonly key: string
  /** For logs and people: `coap://192.0.2.7:49152`. */
  readonly address: string
  readonly subject: Subject
  /** Whether the transport repeats and orders by itself (TCP, TLS). */
  readonly reliable: boolean
  /** Whether the key says it all, so that each object of the same key does the same. */
  readonly interchangeable?: boolean
  /** CoAP's own; a transport leaves it alone. */
  allowance?: Allowance | undefined
  /**
   * Sends from the very socket and session on which the peer was seen. False: it is gone. The bytes are not written
   * to afterwards by either side, and may be sent again.
   */
  send(message: Uint8Array): boolean
}

/** A peer object takes the place of an earlier one: where it is the same path, what was proved there holds on. */
export function succeed(peer: Peer, before: Peer): void {
  if (peer.key === before.key) peer.allowance?.absorb(before.allowance)
}

/** Identity of a DTLS record, to be committed together with the fact that it let in. */
export interface Seen {
  readonly session: string
  readonly epoch: number
  readonly sequence: bigint
}

/**
 * What a datagram transport (UDP, DTLS) delivers to. The bytes are the sink's own from then on: the transport neither
 * writes to them nor reuses their memory, so that what was read from them may be kept without copying. `at` is on
 * the clock's monotonic scale.
 */
export interface DatagramSink {
  datagram(peer: Peer, bytes: Uint8Array, at: number, seen?: Seen): void
  closed(peer: Peer, why: string): void
}

/** Whether two subjects are the same principal. */
export function sameSubject(one: Subject, other: Subject): boolean {
  switch (one.kind) {
    case 'none':
      return other.kind === 'none' && one.address === other.address
    case 'psk':
      return other.kind === 'psk' && one.identity === other.identity
    case 'rpk':
      return other.kind === 'rpk' && one.spki === other.spki
    case 'x509':
      return other.kind === 'x509' && one.fingerprint === other.fingerprint
  }
}
