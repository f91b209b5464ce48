import type { IClientOptions } from 'mqtt'
import type { Clock } from '../lib/clock.ts'
import type { Publication } from '../mapping/publication.ts'
import { intervalsOn } from './interval.ts'
import { willOf } from './packet.ts'
import type { PacketIds } from './packet-ids.ts'
import type { Subscription } from './session-options.ts'

export interface ConnectionOptions {
  readonly version: 4 | 5
  /** The broker's address, for messages. */
  readonly place: string
  readonly clientId: string
  readonly username?: string | undefined
  readonly password?: string | undefined
  /** Seconds. */
  readonly keepalive: number
  /** Seconds that the broker keeps the session after the connection (MQTT 5). */
  readonly sessionExpiry: number
  readonly will: Publication | undefined
  readonly subscriptions: readonly Subscription[]
  /** Highest quality of service of what is published. */
  readonly maxQoS: 0 | 1
  /** Milliseconds until CONNACK and SUBACK must be here. */
  readonly patience: number
  /** Messages of QoS 1 that may wait for their `done`. */
  readonly receiveMaximum: number
  readonly clock: Clock
}

/** Larger packets from the broker end the connection (MQTT 5). */
const LARGEST_INBOUND = 1024 * 1024
/** Timers of MQTT.js that ours replace: as far away as they go. */
const NEVER = 2 ** 31 - 1

/**
 * What MQTT.js is told: all that it does by itself besides the protocol is switched off.
 * @param packetIds shared with those of our publications
 */
export function clientOptions(options: ConnectionOptions, packetIds: PacketIds): IClientOptions {
  const { version, clientId, username, password, keepalive, clock, will, sessionExpiry } = options
  const { receiveMaximum } = options
  const properties = {
    sessionExpiryInterval: sessionExpiry,
    receiveMaximum,
    maximumPacketSize: LARGEST_INBOUND,
  }
  return {
    protocolVersion: version,
    clientId,
    clean: false,
    keepalive,
    // A ping a keep-alive interval, whatever else is sent: without this each PUBACK sets the timer anew.
    reschedulePings: false,
    timerVariant: intervalsOn(clock) as unknown as NonNullable<IClientOptions['timerVariant']>,
    connectTimeout: NEVER,
    reconnectPeriod: 0,
    resubscribe: false,
    manualConnect: true,
    // It describes each packet several times to a logger that is off; that alone cost a twentieth.
    log: () => {},
    messageIdProvider: packetIds,
    ...(version === 5 ? { properties } : undefined),
    ...(will === undefined ? undefined : { will: willOf(will, version) }),
    ...(username === undefined ? undefined : { username }),
    ...(password === undefined ? undefined : { password }),
  }
}
