import { isObjectLink, type ObjectLink, type Sample } from '../value.ts'
import { mismatch } from './failures.ts'
import { MAX_INT64, MAX_UINT64, MIN_INT64 } from './scalar.ts'

/** A sample's value as the JavaScript type that its resource type stands for, for the encoders. */

function fault(sample: Sample): never {
  throw mismatch(sample.type, `a value that is ${describe(sample.value)}`, sample.path)
}

function describe(value: Sample['value']): string {
  if (value instanceof Uint8Array) return 'opaque'
  if (isObjectLink(value)) return 'an object link'
  return typeof value === 'string' ? 'a string' : String(value)
}

/** Whether a 64-bit integer of this signedness holds the value exactly. */
export function fitsInteger(value: number | bigint, unsigned: boolean): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value) && (!unsigned || value >= 0)
  return unsigned ? value >= 0n && value <= MAX_UINT64 : value >= MIN_INT64 && value <= MAX_INT64
}

export function integerOf(sample: Sample): number | bigint {
  const { value } = sample
  const isNumber = typeof value === 'number' || typeof value === 'bigint'
  return isNumber && fitsInteger(value, sample.type === 'unsigned') ? value : fault(sample)
}

export function floatOf(sample: Sample): number {
  return typeof sample.value === 'number' ? sample.value : fault(sample)
}

export function booleanOf(sample: Sample): boolean {
  return typeof sample.value === 'boolean' ? sample.value : fault(sample)
}

export function textOf(sample: Sample): string {
  return typeof sample.value === 'string' ? sample.value : fault(sample)
}

export function bytesOf(sample: Sample): Uint8Array {
  return sample.value instanceof Uint8Array ? sample.value : fault(sample)
}

export function linkOf(sample: Sample): ObjectLink {
  return isObjectLink(sample.value) ? sample.value : fault(sample)
}
