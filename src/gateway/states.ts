import { jsonBytes } from '../lib/json-size.ts'
import type { MappingState } from '../mapping/state.ts'

export interface StateLimits {
  /** Devices for which something is kept; the one that was changed longest ago is forgotten first. */
  readonly devices: number
  /** Of all devices; the same. */
  readonly bytes: number
  /** Most that is kept for one device; what is there longest is forgotten first. */
  readonly keysPerDevice: number
  readonly bytesPerDevice: number
}

const LIMITS: StateLimits = {
  devices: 200_000,
  bytes: 268_435_456,
  keysPerDevice: 1_024,
  bytesPerDevice: 65_536,
}

const NOTHING_KEPT: MappingState = {}

interface Kept {
  readonly state: MappingState
  readonly bytes: number
}

/** What mappings keep, device by device: bounded in number and bytes, for each and in all. */
export class States {
  readonly #limits: StateLimits
  /** In the order in which they were changed. */
  readonly #byEndpoint = new Map<string, Kept>()
  #bytes = 0

  constructor(limits: Partial<StateLimits> = {}) {
    this.#limits = { ...LIMITS, ...limits }
  }

  /** Of all that is kept. */
  get bytes(): number {
    return this.#bytes
  }

  get(endpoint: string): MappingState {
    return this.#byEndpoint.get(endpoint)?.state ?? NOTHING_KEPT
  }

  set(endpoint: string, state: MappingState): void {
    const before = this.#byEndpoint.get(endpoint)
    if (before?.state === state) return
    this.#forget(endpoint)
    const kept = this.#shrunk(changed(before, state))
    if (kept.bytes === 0) return
    this.#byEndpoint.set(endpoint, kept)
    this.#bytes += kept.bytes
    for (const oldest of this.#byEndpoint.keys()) {
      if (this.#byEndpoint.size <= this.#limits.devices && this.#bytes <= this.#limits.bytes) return
      this.#forget(oldest)
    }
  }

  #forget(endpoint: string): void {
    this.#bytes -= this.#byEndpoint.get(endpoint)?.bytes ?? 0
    this.#byEndpoint.delete(endpoint)
  }

  #shrunk(kept: Kept): Kept {
    const { keysPerDevice, bytesPerDevice } = this.#limits
    const keys = Object.keys(kept.state)
    if (keys.length <= keysPerDevice && kept.bytes <= bytesPerDevice) return kept
    let { bytes } = kept
    let first = 0
    for (; keys.length - first > keysPerDevice || bytes > bytesPerDevice; first++)
      bytes -= entryBytes(kept.state, keys[first] ?? '')
    return { state: Object.fromEntries(Object.entries(kept.state).slice(first)), bytes }
  }
}

/** A state is changed at every value that a filter sees, one key of many: only that one is measured anew. */
function changed(before: Kept | undefined, state: MappingState): Kept {
  const old = before?.state ?? NOTHING_KEPT
  let bytes = before?.bytes ?? 0
  let common = 0
  for (const key in state) {
    const isThere = old[key] !== undefined
    if (isThere) common++
    if (old[key] !== state[key]) bytes += entryBytes(state, key) - (isThere ? entryBytes(old, key) : 0)
  }
  if (common < Object.keys(old).length)
    for (const key in old) if (state[key] === undefined) bytes -= entryBytes(old, key)
  return { state, bytes }
}

function entryBytes(state: MappingState, key: string): number {
  const value = state[key]
  return value === undefined ? 0 : key.length + jsonBytes(value)
}
