import { expect } from 'vitest'
import { loadMappings } from '../../../src/gateway/mapping-files.ts'
import type { DeviceSnapshot } from '../../../src/lwm2m/command.ts'
import type { DeviceFact, Fact, ValuesFact } from '../../../src/lwm2m/fact.ts'
import { LastValues } from '../../../src/lwm2m/last-values.ts'
import type { ResourceFacts } from '../../../src/lwm2m/model/model.ts'
import type { Sample } from '../../../src/lwm2m/value.ts'
import type { CompilerOptions } from '../../../src/mapping/compiler.ts'
import type {
  CommandState,
  Mapped,
  Mapping,
  Order,
  Read,
  Rejection,
  ReplyTo,
} from '../../../src/mapping/mapping.ts'
import type { OrderResult } from '../../../src/mapping/order-command.ts'
import type { Message, Publication } from '../../../src/mapping/publication.ts'
import { encodeTopicLevel } from '../../../src/mapping/topic.ts'
import { registration, START } from '../lwm2m/registration.ts'

/** What mappings are compiled with. */
export const rigOptions: CompilerOptions = {
  base: 'site/lwm2m',
  gateway: { id: 'gw/1', topic: encodeTopicLevel('gw/1'), version: '1.2.3', url: '' },
  filterOf: () => ({ paths: [], matches: () => true }),
}

/** The preset `plain`, compiled from its file. */
export const mapping: Mapping = loadMappings(['plain'], {
  ...rigOptions,
  folder: '.',
  isResponseTopic: (topic) => topic.startsWith('site/lwm2m/reply/'),
}).layers

const SENSOR_VALUE: ResourceFacts = {
  id: 5700,
  name: 'Sensor Value',
  type: 'float',
  readable: true,
  writable: false,
  executable: false,
  multiple: false,
  mandatory: true,
  unit: 'Cel',
}

/** A device whose model knows the sensor value alone. */
export const device: DeviceSnapshot = {
  registration: registration(),
  object: () => undefined,
  resource: (object, resource) => (object === 3303 && resource === 5700 ? SENSOR_VALUE : undefined),
  values: new LastValues(),
}

/** What all facts of a device carry. */
export const BASE = { id: 'f-1', at: START + 60_000, endpoint: 'room-1' } as const

export function values(samples: readonly Sample[], changes: Partial<ValuesFact> = {}): ValuesFact {
  const path = samples[0]?.path ?? '/3303/0'
  return { ...BASE, type: 'values', source: 'notify', path, samples, late: false, ...changes }
}

/** A publication as a test likes to read it: the payload parsed, the id apart. */
export interface Told {
  readonly topic: string
  readonly retain: boolean
  readonly id: string | undefined
  /** Undefined for an empty payload. */
  readonly body: unknown
}

export function told({ topic, retain, payload, userProperties }: Publication): Told {
  const text = String(payload)
  return { topic, retain, id: userProperties?.id, body: text === '' ? undefined : JSON.parse(text) }
}

/** The preset keeps nothing, holds nothing back, and none of its rules fails. */
function published({ publications, state, timers, failures }: Mapped): readonly Publication[] {
  expect({ state, timers, failures }).toEqual({ state: {}, timers: [], failures: [] })
  return publications
}

export function up(fact: Fact, known = device): readonly Publication[] {
  return published(mapping.up(fact, known, {}))
}

export function read(given: Message): Read {
  return mapping.down(given, 'made-1', BASE.at, { snapshot: () => device })
}

export function answer(result: OrderResult, reply: ReplyTo): readonly Publication[] {
  return published(mapping.answer(result, reply, BASE.at, device, {}))
}

export function progress(order: Order, state: CommandState): readonly Publication[] {
  return published(mapping.progress(order, state, BASE.at, device, {}))
}

export function reject(rejection: Rejection): readonly Publication[] {
  return published(mapping.reject(rejection, BASE.at, device, {}))
}

export function standing(known = device): readonly Publication[] {
  return published(mapping.standing(known, {}))
}

export function upTold(fact: Fact): Told[] {
  return up(fact).map(told)
}

export function lifecycle(type: 'registered' | 'updated' | 'deregistered' | 'expired'): DeviceFact {
  return { ...BASE, type, registration: registration() }
}

export function message(
  topic: string,
  payload: string | Uint8Array = '',
  changes: Partial<Message> = {},
): Message {
  const bytes = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload
  return { topic: `site/lwm2m/${topic}`, payload: bytes, retain: false, ...changes }
}
