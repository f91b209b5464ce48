import type { Message } from './message.ts'
import type { Peer, Seen } from './peer.ts'
import type { Remote } from './remote.ts'

/** A message as it came in. */
export interface Arrival {
  /** What is remembered of its peer; undefined for a stranger. */
  readonly remote: Remote | undefined
  /** The object that stands for the peer: of a known one the one that others have kept, where it does as well. */
  readonly peer: Peer
  /** The whole datagram. */
  readonly bytes: Uint8Array
  readonly message: Message
  /** Monotonic milliseconds. */
  readonly at: number
  readonly seen: Seen | undefined
}
