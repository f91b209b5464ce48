import { expect } from 'vitest'
import { loadMappings } from '../../../src/gateway/mapping-files.ts'
import type { JsonObject, JsonValue } from '../../../src/lib/json.ts'
import type { Fact } from '../../../src/lwm2m/fact.ts'
import { builtinModel } from '../../../src/lwm2m/model/builtin.ts'
import type { ResourceFacts } from '../../../src/lwm2m/model/model.ts'
import { ExampleDevice } from '../../../src/mapping/example-device.ts'
import type { Mapped } from '../../../src/mapping/mapping.ts'
import type { Publication } from '../../../src/mapping/publication.ts'
import { type Component, type Discovery, faultsOf } from '../../support/homeassistant-rules.ts'

export const AT = 1_764_000_000_000
export const TOPIC = 'homeassistant/device/room-1/config'
export const { layers, files, test } = loadMappings(['homeassistant'], {
  base: 'lwm2m',
  gateway: { id: 'gw', topic: 'gw', version: '1.2.3', url: 'https://gateway.example/' },
  filterOf: () => ({ paths: [], matches: () => true }),
  folder: '.',
  isResponseTopic: () => false,
})
export const [file] = files
export const tables = file?.document.tables ?? {}
export const entities = Object.keys(tables.entities ?? {})
export const objects = [...new Set(entities.map((id) => Number(id.split('/')[0])))]

export function deviceWith(
  ids: readonly number[],
  values: JsonObject = {},
  endpoint = 'room-1',
): ExampleDevice {
  return new ExampleDevice(
    { endpoint, objects: Object.fromEntries(ids.map((id) => [String(id), [0]])), values },
    [],
    builtinModel,
    AT,
  )
}

function plausible({ type }: ResourceFacts): JsonValue {
  if (type === 'boolean') return true
  if (type === 'string') return '12'
  return type === 'integer' || type === 'unsigned' || type === 'float' || type === 'time' ? 20 : 'AAAA'
}

/** A device that has told all that an object can say. */
export function talkative(object: number, more: JsonObject = {}): ExampleDevice {
  const facts = deviceWith([object]).object(object)
  const told = [...(facts?.resources.values() ?? [])].filter(
    ({ readable, multiple }) => readable && !multiple,
  )
  const values = told
    .filter(({ id }) => id !== 5701 && id !== 5750)
    .map((resource) => [`/${object}/0/${resource.id}`, plausible(resource)] as const)
  return deviceWith([object], { ...Object.fromEntries(values), ...more })
}

export function lifecycle(
  type: 'registered' | 'updated' | 'deregistered',
  device: ExampleDevice,
  at = AT,
): Fact {
  const { registration } = device
  return { id: 'f', at, endpoint: registration.endpoint, type, registration }
}

export function discoveries({ publications, failures }: Mapped): { topic: string; text: string }[] {
  expect(failures).toEqual([])
  return publications
    .filter(({ topic }) => topic.startsWith('homeassistant/'))
    .map(({ topic, payload, retain }: Publication) => {
      expect(retain).toBe(true)
      return { topic, text: String(payload) }
    })
}

export function discovered(device: ExampleDevice): { topic: string; message: Discovery } {
  const found = discoveries(layers.up(lifecycle('registered', device), device, {}))
  expect(found).toHaveLength(1)
  return { topic: found[0]?.topic ?? '', message: JSON.parse(found[0]?.text ?? '') as Discovery }
}

export function components(device: ExampleDevice): Readonly<Record<string, Component>> {
  const { topic, message } = discovered(device)
  expect(faultsOf(topic, message)).toEqual([])
  return message.cmps
}
