import { ascending } from '../lib/ascending.ts'
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
  /** The path of a device that tells of one only: it needs no Map, which would be larger than all the rest. */
  #path: string | undefined
  #only: LastValue | undefined
  /** Of all others, in the order in which they were told. */
  #byPath: Map<string, LastValue> | undefined
  #bytes = 0

  /** @param path text of a resource or a resource instance */
  value(path: string): LastValue | undefined {
    return path === this.#path ? this.#only : this.#byPath?.get(path)
  }

  /** All paths with their values, those told lately last. */
  *[Symbol.iterator](): Generator<readonly [path: string, value: LastValue]> {
    if (this.#path !== undefined && this.#only !== undefined) yield [this.#path, this.#only]
    if (this.#byPath !== undefined) yield* this.#byPath
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
    if (bytes > MAX_BYTES) this.#delete(path)
    else if (this.#isAlone(path)) this.#setOnly(path, entry, bytes)
    else this.#setAmongOthers(path, entry, bytes)
  }

  /** Whether it is of this path alone, with what is told now, that the device has told. */
  #isAlone(path: string): boolean {
    return this.#byPath === undefined && (this.#path === undefined || this.#path === path)
  }

  #setOnly(path: string | undefined, entry: LastValue | undefined, bytes: number): void {
    this.#path = path
    this.#only = entry
    this.#bytes = bytes
  }

  #setAmongOthers(path: string, entry: LastValue, bytes: number): void {
    this.#byPath ??= new Map(this)
    this.#path = undefined
    this.#only = undefined
    this.#delete(path) // so that it becomes the last
    this.#byPath.set(path, entry)
    this.#bytes += bytes
    this.#shrink(this.#byPath)
  }

  #delete(path: string): void {
    const entry = this.value(path)
    if (entry === undefined) return
    if (path === this.#path) this.#setOnly(undefined, undefined, 0)
    else if (this.#byPath?.delete(path)) this.#bytes -= sizeOf(path, entry)
  }

  #shrink(byPath: ReadonlyMap<string, LastValue>): void {
    for (const path of byPath.keys()) {
      if (byPath.size <= MAX_ENTRIES && this.#bytes <= MAX_BYTES) return
      this.#delete(path)
    }
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
