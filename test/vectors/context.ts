import type { DecodeContext } from '../../src/lwm2m/format/codec.ts'
import { builtinModel } from '../../src/lwm2m/model/builtin.ts'
import type { ResourceFacts } from '../../src/lwm2m/model/model.ts'
import type { ResourceType } from '../../src/lwm2m/value.ts'

/** 2026-01-01T00:00:00Z */
export const NOW = 1_767_225_600_000

export function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replace(/\s/g, ''), 'hex'))
}

export function hex(data: Uint8Array): string {
  return Buffer.from(data).toString('hex')
}

/** Facts of a made-up resource, for types that the built-in objects do not have. */
export function factsOf(type: ResourceType, more: Partial<ResourceFacts> = {}): ResourceFacts {
  return {
    id: 0,
    name: type,
    type,
    readable: true,
    writable: true,
    executable: false,
    multiple: false,
    mandatory: false,
    ...more,
  }
}

/** As for a device that registers the built-in objects in their first versions. */
export function contextOf(base: string, more: Partial<DecodeContext> = {}): DecodeContext {
  return {
    base,
    alternatePath: '/',
    now: NOW,
    resource: (object, resource) => builtinModel.object(object, '1.0')?.resources.get(resource),
    ...more,
  }
}

/** As for a device all of whose resources are of one type; undefined: the model knows none. */
export function contextOfType(base: string, type: ResourceType | undefined): DecodeContext {
  const facts = type === undefined ? undefined : factsOf(type)
  return contextOf(base, { resource: () => facts })
}
