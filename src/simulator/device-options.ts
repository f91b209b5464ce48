import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import type { Random } from '../lib/random.ts'
import type { EnablerVersion } from '../lwm2m/fact.ts'
import { CBOR, OPAQUE, SENML_CBOR, SENML_JSON, TEXT, TLV } from '../lwm2m/format/formats.ts'
import type { ObjectModel } from '../lwm2m/model/model.ts'
import type { SimulatedObject } from './object.ts'
import type { Description } from './registrar.ts'
import type { Effect } from './tree.ts'

export interface DeviceOptions {
  readonly endpoint: string
  readonly server: { readonly host: string; readonly port: number }
  /** Seconds, 300 by default; 0 is for ever. */
  readonly lifetime?: number
  /** `1.1` by default. */
  readonly version?: EnablerVersion
  /** As sent; by default `U` (`UQ` in queue mode) at 1.0, and nothing from 1.1. */
  readonly binding?: string
  readonly queueMode?: boolean
  /** Parameters of the Register that LwM2M does not know, as they are sent: `room=kitchen`. */
  readonly attributes?: readonly string[]
  /** The standard set by default. */
  readonly objects?: readonly SimulatedObject[]
  readonly model?: ObjectModel
  /** Content-Formats that the device speaks, the preferred first. */
  readonly contentFormats?: readonly number[]
  /** Whether notifications ask for an acknowledgement; they do by default. */
  readonly confirmableNotifications?: boolean
  /** Seconds between two changes of the values; 0, the default, lets nothing change by itself. */
  readonly interval?: number
  /** Bytes of the largest block that it takes and gives: a power of two from 16 to 1024, which is the default. */
  readonly blockSize?: number
  /** Local address to bind; any, when absent. */
  readonly address?: string
  readonly clock?: Clock
  readonly random?: Random
  readonly logger?: Logger
}

type EffectEvents = { [Type in Effect['type']]: [Extract<Effect, { type: Type }>] }

/** What a device tells of its life. */
export interface DeviceEvents extends EffectEvents {
  /** The Location that the server gave. */
  registered: [location: string]
  updated: []
  deregistered: []
  /** A registration request failed, and why; it is tried again. */
  failed: [reason: string]
  /** A request that was answered by an error code. */
  refused: [path: string, code: string]
  observed: [path: string]
  notified: [path: string]
  /** The server acknowledged a confirmable notification. */
  acknowledged: [path: string]
  /** An observation ended: `cancelled`, `reset`, `given up`, or the code of the last notification. */
  unobserved: [path: string, why: string]
  rebooting: []
}

/** How a device treats requests, for tests of its counterpart. */
export type Manner =
  | 'prompt'
  /** Requests go unheard. */
  | 'silent'
  /** Requests are acknowledged and never answered. */
  | 'acknowledging'
  /** Answers come after so many milliseconds. */
  | { readonly delay: number }

export const DEFAULT_FORMATS: Readonly<Record<EnablerVersion, readonly number[]>> = {
  '1.0': [TLV, TEXT, OPAQUE],
  '1.1': [SENML_CBOR, SENML_JSON, TLV, TEXT, OPAQUE, CBOR],
  '1.2': [SENML_CBOR, SENML_JSON, TLV, TEXT, OPAQUE, CBOR],
}

/** How a device presents itself; at 1.0 queue mode is part of the binding, later a parameter of its own. */
export function describeDevice(
  options: DeviceOptions,
  version: EnablerVersion,
  lifetime: number,
  links: string,
): Description {
  const { endpoint, binding, queueMode = false, attributes } = options
  if (version !== '1.0') return { endpoint, version, lifetime, binding, queueMode, attributes, links }
  return {
    endpoint,
    version,
    lifetime,
    binding: binding ?? (queueMode ? 'UQ' : 'U'),
    queueMode: false,
    attributes,
    links,
  }
}
