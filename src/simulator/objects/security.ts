import type { SimulatedObject } from '../object.ts'

const NO_SECURITY = 3

/** LwM2M Security (object 0). No server may look at it. */
export function security(): SimulatedObject {
  const noKey = new Uint8Array(0)
  return { id: 0, instances: { 0: { 0: '', 1: false, 2: NO_SECURITY, 3: noKey, 4: noKey, 5: noKey, 10: 1 } } }
}
