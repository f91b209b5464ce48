import type { Message } from './message.ts'
import type { Peer, Seen } from './peer.ts'

/** A message as it came in. */
export interface Arrival {
  readonly peer: Peer
  /** The whole datagram. */
  readonly bytes: Uint8Array
  readonly message: Message
  /** Monotonic milliseconds. */
  readonly at: number
  readonly seen: Seen | undefined
}
