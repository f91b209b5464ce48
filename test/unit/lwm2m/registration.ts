import type { Registration } from '../../../src/lwm2m/fact.ts'

/** 2026-01-01T00:00:00Z, where the simulated clock begins. */
export const START = 1_767_225_600_000

/** A registration with some of everything, changed by what a test is about. */
export function registration(changes: Partial<Registration> = {}): Registration {
  return {
    id: 'r1',
    endpoint: 'room-1',
    lifetime: 300,
    version: '1.1',
    binding: 'U',
    queueMode: false,
    attributes: {},
    objects: [
      { id: 3, version: '1.1', instances: [0] },
      { id: 5, version: '1.0', instances: [] },
      { id: 3303, version: '1.0', instances: [0, 7] },
    ],
    alternatePath: '/',
    contentFormats: [110],
    security: 'nosec',
    address: 'coap://192.0.2.7:49152',
    registeredAt: START,
    updatedAt: START + 5_000,
    ...changes,
  }
}
