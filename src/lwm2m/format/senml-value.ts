import { exactInteger } from '../../lib/integer.ts'
import { isObjectLink, type ResourceType, type Value } from '../value.ts'
import { fitsInteger } from './checked.ts'
import { malformed, mismatch } from './failures.ts'
import { parseBase64, parseObjectLink } from './scalar.ts'

/**
 * One record as it came, with the labels of SenML JSON (RFC 8428, 4.1 and 4.2) and `vlo` (LwM2M Core, 7.4.5); CBOR's
 * integer labels stand for the same. Nothing of it is checked yet.
 */
export interface SenmlRecord {
  bver?: unknown
  bn?: unknown
  bt?: unknown
  bu?: unknown
  bv?: unknown
  n?: unknown
  t?: unknown
  u?: unknown
  v?: unknown
  vs?: unknown
  vb?: unknown
  vd?: unknown
  vlo?: unknown
}

export type ValueLabel = 'v' | 'vs' | 'vb' | 'vd' | 'vlo'

const VALUE_LABELS: readonly ValueLabel[] = ['v', 'vs', 'vb', 'vd', 'vlo']

/** The label under which the record holds its value; undefined where it holds none. */
export function valueLabel(record: SenmlRecord, place: string): ValueLabel | undefined {
  let found: ValueLabel | undefined
  for (const label of VALUE_LABELS) {
    if (record[label] === undefined) continue
    if (found !== undefined) throw malformed(`a record has one value, not both ${found} and ${label}`, place)
    found = label
  }
  return found
}

export function isNumeric(raw: unknown): raw is number | bigint {
  return typeof raw === 'number' || typeof raw === 'bigint'
}

/** The sum of a base value and a value: exact for integers, whatever their size. */
export function sumOf(base: number | bigint, value: number | bigint): number | bigint {
  if (typeof base === 'number' && typeof value === 'number') {
    const sum = base + value
    if (Number.isSafeInteger(sum) || !Number.isInteger(base) || !Number.isInteger(value)) return sum
  }
  const whole = isWhole(base) && isWhole(value)
  return whole ? exactInteger(BigInt(base) + BigInt(value)) : Number(base) + Number(value)
}

function isWhole(value: number | bigint): boolean {
  return typeof value === 'bigint' || Number.isInteger(value)
}

/** The integer that a number is; undefined for a fraction and for what 64 bits do not hold. */
function asInteger(raw: number | bigint, unsigned: boolean): number | bigint | undefined {
  if (!isWhole(raw)) return undefined
  const value = typeof raw === 'number' && Number.isSafeInteger(raw) ? raw + 0 : exactInteger(BigInt(raw))
  return fitsInteger(value, unsigned) ? value : undefined
}

/** Seconds since the epoch. A fraction, which LwM2M does not foresee, is kept as it came. */
function asTime(raw: unknown): number | bigint | undefined {
  if (!isNumeric(raw)) return undefined
  return (
    asInteger(raw, false) ??
    (typeof raw === 'number' && !isWhole(raw) && Number.isFinite(raw) ? raw : undefined)
  )
}

function asFloat(raw: unknown): number | undefined {
  if (typeof raw === 'number') return raw
  return typeof raw === 'bigint' && Number.isFinite(Number(raw)) ? Number(raw) : undefined
}

function asBytes(raw: unknown): Uint8Array | undefined {
  if (typeof raw === 'string') return parseBase64(raw)
  return raw instanceof Uint8Array ? raw : undefined
}

function typed(type: ResourceType, label: ValueLabel, raw: unknown): Value | undefined {
  switch (type) {
    case 'integer':
    case 'unsigned':
      return isNumeric(raw) ? asInteger(raw, type === 'unsigned') : undefined
    case 'time':
      return asTime(raw)
    case 'float':
      return asFloat(raw)
    case 'boolean':
      return typeof raw === 'boolean' ? raw : undefined
    case 'opaque':
      return label === 'vd' ? asBytes(raw) : undefined
    case 'objlnk':
      return typeof raw === 'string' && (label === 'vlo' || label === 'vs') ? parseObjectLink(raw) : undefined
    default:
      return typeof raw === 'string' && label === 'vs' ? raw : undefined
  }
}

function numberType(raw: unknown): ResourceType {
  if (!isNumeric(raw)) return 'float'
  if (fitsInteger(raw, false)) return 'integer'
  return fitsInteger(raw, true) ? 'unsigned' : 'float' // beyond 64 bits it can only be a double, written out
}

/** The type of a value whose resource the model does not know: what its label says. */
export function typeByLabel(label: ValueLabel, raw: unknown): ResourceType {
  switch (label) {
    case 'v':
      return numberType(raw)
    case 'vs':
      return 'string'
    case 'vb':
      return 'boolean'
    case 'vd':
      return 'opaque'
    default:
      return 'objlnk'
  }
}

function describe(label: ValueLabel, raw: unknown): string {
  const value = isNumeric(raw) || typeof raw === 'boolean' ? String(raw) : typeof raw
  return isObjectLink(raw) ? label : `${label}: ${value.slice(0, 40)}`
}

/** The value of a record as its resource's type has it. */
export function typedValue(type: ResourceType, label: ValueLabel, raw: unknown, place: string): Value {
  const value = typed(type, label, raw)
  if (value === undefined) throw mismatch(type, describe(label, raw), place)
  return value
}
