import type { Clock } from '../lib/clock.ts'
import type { CodedError } from '../lib/errors.ts'
import type { Logger } from '../lib/logger.ts'
import type { Random } from '../lib/random.ts'
import type { Message, Publication } from '../mapping/publication.ts'
import type { BackoffOptions } from './backoff.ts'
import type { OpenStream, TlsOptions } from './stream.ts'

/** Topics that the session listens to. */
export interface Subscription {
  readonly filter: string
  /** Whether messages that are retained there when we subscribe are wanted. */
  readonly retained: boolean
  /** What is missed where the broker refuses it, for the log. */
  readonly loss: string
}

export interface SessionOptions {
  /** `mqtt://host:1883` or `mqtts://host:8883` */
  readonly url: string
  /** Where its keys stand in the configuration, for messages; `mqtt` if nothing is said. */
  readonly section?: string
  /** The same at each start: the broker keeps the subscriptions and what came meanwhile under it. */
  readonly clientId: string
  readonly username?: string
  readonly password?: string
  readonly tls?: TlsOptions
  /** `auto`, the default: 5, and 4 (3.1.1) where the broker refuses 5; else only the one that is named. */
  readonly protocol?: 'auto' | 5 | 4
  /** Seconds. */
  readonly keepalive: number
  /** Seconds that the broker keeps the session while the gateway is away (MQTT 5; 3.1.1 keeps it as it likes). */
  readonly sessionExpiry: number
  /** Publications of a higher quality of service are lowered to it; 1 if nothing is said. */
  readonly maxQoS?: 0 | 1
  /** What the broker publishes for us when the connection breaks. */
  readonly will?: Publication
  /** Bounds of what waits and is in flight: publications and bytes; births have the same room once more. */
  readonly queue: {
    readonly limit: number
    readonly bytes: number
    /** What there is no room for is dropped: nobody offers it again. */
    readonly drops?: boolean
  }
  /** Publications of QoS 1 without a PUBACK; the broker's Receive Maximum may lower it. */
  readonly inFlight: number
  readonly reconnect: BackoffOptions
  readonly subscriptions: readonly Subscription[]
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Replaces the connection that `url` and `tls` describe. */
  readonly openStream?: OpenStream
}

export interface SessionEvents {
  /** CONNACK and SUBACK are here. Publish the births with `publishFirst`, then call `open`. */
  onUp(): void
  /** The connection broke, or an attempt failed for another reason than the one before. */
  onDown(reason: CodedError): void
  /**
   * A message came; `done` answers it with the PUBACK and is called once. `accepted` false is a refusal that MQTT 5
   * can express; on 3.1.1 the message counts as taken all the same. Messages that waited at the broker may come
   * before `onUp`.
   */
  onMessage(message: Message, done: (accepted: boolean) => void): void
}

export type SessionState = 'connecting' | 'up' | 'down'

export interface SessionStatus {
  readonly state: SessionState
  /** 5 or 4 (3.1.1), as the last connection spoke it. */
  readonly protocol: 4 | 5
  /** Connections that came up. */
  readonly connects: number
  /** Publications that wait or are in flight, and their bytes. */
  readonly pending: number
  readonly pendingBytes: number
  readonly inFlight: number
  /** Settled without and with an error. */
  readonly delivered: number
  readonly failed: number
  /** For which there was no room, where `queue.drops` says so. */
  readonly dropped: number
  readonly received: number
  /** Why it is not up. */
  readonly error: CodedError | undefined
}
