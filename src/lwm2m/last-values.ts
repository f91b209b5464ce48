import { ascending } from '../lib/ascending.ts'
import { SmallMap } from '../lib/small-map.ts'
import type { KnownValues } from './command.ts'
import type { ValuesFact } from './fact.ts'
import { isObjectLink, type LastValue, type Sample, type Value } from './value.ts'

/** Most paths of one device. */
const MAX_ENTRIES = 256
/** Most bytes of one device, as `sizeOf` counts them. */
const MAX_BYTES = 8_192
/** What an entry costs besides its texts and bytes. */
const ENTRY_BYTES = 16

/**
 * The last values of one device, by path: what it told lately, not what it has. Bounded: the path that has been told
 * nothing about for longest goes first.
 */
export class LastValues implements KnownValues {
  /** In the order in which they were told. Many devices tell of one path alone. */
  readonly #byPath = new SmallMap<string, LastValue>()
  #bytes = 0

  /** @param path text of a resource or a resource instance */
  value(path: string): LastValue | undefined {
    return this.#byPath.get(path)
  }

  /** All paths with their values, those told lately last. */
  [Symbol.iterator](): Generator<readonly [path: string, value: LastValue]> {
    return this.#byPath[Symbol.iterator]()
  }

  /** Values came. Those that were overtaken fill gaps at most; a series leaves its newest. */
  learn({ samples, late, at }: Pick<ValuesFact, 'samples' | 'late' | 'at'>): void {
    for (const sample of ascending(samples, timeOf)) {
      if (!late || this.value(sample.path) === undefined) this.#set(sample, at)
    }
  }

  /** The device has said that it has no such value. */
  forget(path: string): void {
    this.#delete(path)
  }

  #set({ path, value, time, unit }: Sample, at: number): void {
    const entry = { value: owned(value), time: time ?? at, unit }
    const bytes = sizeOf(path, entry)
    this.#delete(path) // so that it becomes the last
    if (bytes > MAX_BYTES) return
    this.#byPath.set(path, entry)
    this.#bytes += bytes
    this.#shrink()
  }

  #delete(path: string): void {
    const entry = this.value(path)
    if (entry === undefined) return
    this.#byPath.delete(path)
    this.#bytes -= sizeOf(path, entry)
  }

  #shrink(): void {
    if (this.#isWithinBounds()) return
    for (const path of this.#byPath.keys()) {
      if (this.#isWithinBounds()) return
      this.#delete(path)
    }
  }

  #isWithinBounds(): boolean {
    return this.#byPath.size <= MAX_ENTRIES && this.#bytes <= MAX_BYTES
  }
}

/** A sample without a time is the present. */
function timeOf({ time }: Sample): number {
  return time ?? Number.MAX_SAFE_INTEGER
}

/** Bytes as a copy: a view would keep the whole message. */
function owned(value: Value): Value {
  return value instanceof Uint8Array ? Uint8Array.from(value) : value
}

function sizeOf(path: string, { value, unit }: LastValue): number {
  return ENTRY_BYTES + path.length + valueBytes(value) + (unit?.length ?? 0)
}

function valueBytes(value: Value): number {
  if (typeof value === 'string' || value instanceof Uint8Array) return value.length
  return isObjectLink(value) ? 16 : 8
}
