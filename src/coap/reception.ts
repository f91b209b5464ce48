import type { Expiring } from './expiry.ts'
import type { History } from './history.ts'
import type { EmptyType } from './message.ts'

/** What a reception needs of the peer that it came from. */
export interface Sender {
  send(bytes: Uint8Array): boolean
  sendEmpty(type: EmptyType, id: number): void
  hold(): void
  /** @param now monotonic milliseconds, where the caller knows */
  release(now?: number): void
}

/** `exchange`: a request, or a response to one of ours. */
export type ReceptionKind = 'notification' | 'exchange'

/**
 * A message that a peer sent, remembered so that its repetitions are known (RFC 7252, 4.5). `pending` until it is
 * clear what it is answered with; `forgotten` ones take no part in anything any more.
 */
export class Reception implements Expiring<Reception> {
  readonly remote: Sender
  /** Where it stands among the others of its peer. */
  readonly history: History<Reception>
  readonly id: number
  readonly fingerprint: number
  readonly kind: ReceptionKind
  state: 'pending' | 'settled' | 'forgotten' = 'pending'
  /** What repetitions are answered with: a message, an empty ACK or RST, or silence. */
  reply: Uint8Array | EmptyType | undefined
  /** Is told when the message is forgotten while pending. */
  owner: { abandon(): void } | undefined
  /** Memory that it accounts for. */
  bytes = 0
  expires = 0
  previous: Reception | undefined
  next: Reception | undefined

  constructor(
    remote: Sender,
    history: History<Reception>,
    id: number,
    fingerprint: number,
    kind: ReceptionKind,
  ) {
    this.remote = remote
    this.history = history
    this.id = id
    this.fingerprint = fingerprint
    this.kind = kind
  }

  /** Answers a repetition as the first was answered, if it has been. */
  repeat(): void {
    if (typeof this.reply === 'number') this.remote.sendEmpty(this.reply, this.id)
    else if (this.reply !== undefined) this.remote.send(this.reply)
  }
}
