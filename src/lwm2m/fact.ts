import type { ErrorCode } from '../lib/errors.ts'
import type { Sample } from './value.ts'

/**
 * Facts rise from the devices: what happened, as plain data that can be stored and replayed. They go up in order
 * for each device, together with a way to settle them (`Uplink`).
 */

/** LwM2M enabler versions that the server speaks. */
export type EnablerVersion = '1.0' | '1.1' | '1.2'

/** An object that a device registered, with its version and the instances that it has. */
export interface RegisteredObject {
  readonly id: number
  /** From the link's `ver`, else by the enabler's release. */
  readonly version: string
  /** Ascending. */
  readonly instances: readonly number[]
}

/** A registration as other parts see it. It is replaced, never changed in place. */
export interface Registration {
  /** Last segment of the Location: `rd/{id}`. */
  readonly id: string
  readonly endpoint: string
  /** Seconds; 0 is for ever. */
  readonly lifetime: number
  readonly version: EnablerVersion
  /** As the device said it, `U` where it said nothing. */
  readonly binding: string
  readonly queueMode: boolean
  readonly sms?: string
  /** Query parameters that the specification does not know. */
  readonly attributes: Readonly<Record<string, string>>
  /** In ascending order of id. */
  readonly objects: readonly RegisteredObject[]
  /** Path below which the device's tree lies, `/` for the root. */
  readonly alternatePath: string
  /** Content-Format ids that the device's root link offered. */
  readonly contentFormats: readonly number[]
  readonly security: 'nosec' | 'psk' | 'rpk' | 'x509'
  /** PSK identity, certificate name or key fingerprint; absent on NoSec. */
  readonly identity?: string
  /** `coap://192.0.2.7:49152` */
  readonly address: string
  /** Milliseconds since the epoch. */
  readonly registeredAt: number
  readonly updatedAt: number
}

interface FactOfDevice {
  /** Unique and stable: what is published because of this fact carries it. */
  readonly id: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly endpoint: string
}

/** Why a registration ended, in the word that goes to presence. */
export type LifecycleFact = FactOfDevice & {
  readonly registration: Registration
} & (
    | { readonly type: 'registered' | 'updated' | 'deregistered' | 'expired' }
    | { readonly type: 're-registered'; readonly predecessor: string }
  )

/** Values came: by a notification, the first answer to an observation, or a read that someone asked for. */
export interface ValuesFact extends FactOfDevice {
  readonly type: 'values'
  readonly source: 'notify' | 'observe' | 'read'
  /** What was observed or read. */
  readonly path: string
  /** In the payload's order; several of one path are a series. */
  readonly samples: readonly Sample[]
  /** True for a notification that was overtaken: history, it must not replace a newer value. */
  readonly late: boolean
  /** The notification's sequence number. */
  readonly sequence?: number
  /** Of an observation that a command asked for; not there where it is the gateway's own. */
  readonly asked?: boolean
}

/** A notification that could not be decoded: what it held, and why. The observation lives on. */
export interface UndecodableFact extends FactOfDevice {
  readonly type: 'undecodable'
  readonly path: string
  /** Undefined where the device gave none. */
  readonly contentFormat: number | undefined
  readonly payload: Uint8Array
  readonly code: ErrorCode
  readonly reason: string
}

export interface ObservationFact extends FactOfDevice {
  readonly type: 'observed' | 'observation-ended' | 'observation-failed' | 'attributes-refused' | 'body-lost'
  readonly path: string
  /** CoAP code in the form 4.04, where the device gave one. */
  readonly code?: string
  readonly reason: string
}

/** The device refused something that nobody asked for by a command, or a stranger was refused. */
export interface RefusalFact {
  readonly type: 'refused'
  readonly id: string
  readonly at: number
  /** As far as it was given. */
  readonly endpoint: string | undefined
  readonly address: string
  readonly code: ErrorCode
  readonly reason: string
}

/** More was refused than is told one by one. */
export interface SuppressedRefusalsFact {
  readonly type: 'refusals-suppressed'
  readonly id: string
  readonly at: number
  readonly endpoint: undefined
  /** Since the last such fact. */
  readonly count: number
}

export type DeviceFact = LifecycleFact | ValuesFact | UndecodableFact | ObservationFact
export type Fact = DeviceFact | RefusalFact | SuppressedRefusalsFact

/**
 * How a batch of facts ended. `broker`: the broker has what came of it; `stored`: the local store has; `received`:
 * it is queued in memory; `refused`: it could not be taken, and the device must not think otherwise; `undeliverable`:
 * it never can be delivered, which was reported: a repetition would not help.
 */
export type Outcome = 'broker' | 'stored' | 'received' | 'refused' | 'undeliverable'

/** Port: takes facts from the LwM2M server. `done` is called exactly once, now or later. */
export interface Uplink {
  offer(facts: readonly Fact[], done: (outcome: Outcome) => void): void
}
