import type { DeviceSnapshot } from '../../../src/lwm2m/command.ts'
import type { DeviceFact, Fact, ValuesFact } from '../../../src/lwm2m/fact.ts'
import { LastValues } from '../../../src/lwm2m/last-values.ts'
import type { ResourceFacts } from '../../../src/lwm2m/model/model.ts'
import type { Sample } from '../../../src/lwm2m/value.ts'
import { PlainMapping } from '../../../src/mapping/plain.ts'
import type { Message, Publication } from '../../../src/mapping/publication.ts'
import { registration, START } from '../lwm2m/registration.ts'

export const mapping = new PlainMapping({
  base: 'site/lwm2m',
  gateway: 'gw/1',
  isResponseTopic: (topic) => topic.startsWith('site/lwm2m/reply/'),
})

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

export function up(fact: Fact): readonly Publication[] {
  return mapping.up(fact, device, {}).publications
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
