import type { JsonObject } from '../lib/json.ts'

/** What goes to the broker and what comes from it, in the terms of MQTT 5; on 3.1.1 the properties are left out. */

export type QoS = 0 | 1 | 2

/** What told a retained message, of what: it does not go to the broker. */
export interface Origin {
  readonly endpoint: string
  /** How the mapping called the device; empty where the topic is not made of that. */
  readonly name: string
  /** Mapping and key of the rule; empty for an answer. */
  readonly rule: string
  /** A path, or a word for what is no path; `.` and a number where a rule tells several things of it. */
  readonly subject: string
  /** Parts that it takes away: where it does not arrive, the broker has them still. */
  readonly farewells?: JsonObject
}

export interface Publication {
  readonly topic: string
  /** An empty payload with `retain` removes a retained message. */
  readonly payload: string | Uint8Array
  readonly qos: QoS
  readonly retain: boolean
  readonly contentType?: string
  /** Seconds. */
  readonly expiry?: number
  readonly correlationData?: Uint8Array
  readonly userProperties?: Readonly<Record<string, string>>
  /** The broker connection that it goes over; absent for the main one. It does not go to the broker. */
  readonly connection?: string
  /** Of a retained one that tells of a device. */
  readonly origin?: Origin
}

export interface Message {
  readonly topic: string
  /** The broker connection that it came over; absent for the main one. */
  readonly connection?: string
  readonly payload: Uint8Array
  /** On 5 as published (retain as published is asked for), on 3.1.1 only for what was stored at subscription. */
  readonly retain: boolean
  readonly responseTopic?: string
  readonly correlationData?: Uint8Array
  /** Seconds that the message has left to live. */
  readonly expiry?: number
  readonly userProperties?: Readonly<Record<string, string>>
}
