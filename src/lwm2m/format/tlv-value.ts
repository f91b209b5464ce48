import type { ResourceType, Sample, Value } from '../value.ts'
import { booleanOf, bytesOf, floatOf, integerOf, linkOf, textOf } from './checked.ts'
import { malformed, mismatch, unsupported } from './failures.ts'
import { readUtf8 } from './scalar.ts'

/** Values in TLV (LwM2M Core, appendix C): big-endian, and without a type of their own. */

const scratch = new DataView(new ArrayBuffer(8))

function uint32(bytes: Uint8Array, at: number): number {
  scratch.setUint8(0, bytes[at] ?? 0)
  scratch.setUint8(1, bytes[at + 1] ?? 0)
  scratch.setUint8(2, bytes[at + 2] ?? 0)
  scratch.setUint8(3, bytes[at + 3] ?? 0)
  return scratch.getUint32(0)
}

function uint64(bytes: Uint8Array, at: number, signed: boolean): number | bigint {
  const high = signed ? uint32(bytes, at) | 0 : uint32(bytes, at)
  const low = uint32(bytes, at + 4)
  const narrow = high * 2 ** 32 + low
  return Number.isSafeInteger(narrow) ? narrow : (BigInt(high) << 32n) | BigInt(low)
}

/** Two's complement or unsigned, of 1, 2, 4 or 8 bytes; undefined for another length. */
function readInteger(
  bytes: Uint8Array,
  from: number,
  to: number,
  signed: boolean,
): number | bigint | undefined {
  const first = bytes[from] ?? 0
  const second = bytes[from + 1] ?? 0
  switch (to - from) {
    case 1:
      return signed ? (first << 24) >> 24 : first
    case 2:
      return signed ? (((first << 8) | second) << 16) >> 16 : (first << 8) | second
    case 4:
      return signed ? uint32(bytes, from) | 0 : uint32(bytes, from)
    case 8:
      return uint64(bytes, from, signed)
    default:
      return undefined
  }
}

function readFloat(bytes: Uint8Array, from: number, to: number): number | undefined {
  if (to - from === 4) {
    uint32(bytes, from)
    return scratch.getFloat32(0)
  }
  if (to - from !== 8) return undefined
  const low = uint32(bytes, from + 4)
  uint32(bytes, from)
  scratch.setUint32(4, low)
  return scratch.getFloat64(0)
}

function readBoolean(bytes: Uint8Array, from: number, to: number): boolean | undefined {
  const byte = bytes[from] ?? 0
  return to - from === 1 && byte <= 1 ? byte === 1 : undefined
}

function readLink(bytes: Uint8Array, from: number, to: number): Value | undefined {
  if (to - from !== 4) return undefined
  const both = uint32(bytes, from)
  return { object: both >>> 16, instance: both & 0xffff }
}

function readText(bytes: Uint8Array, from: number, to: number): string {
  const text = readUtf8(bytes, from, to)
  if (text === undefined) throw malformed('the text is no UTF-8', `byte ${from}`)
  return text
}

function read(type: ResourceType, bytes: Uint8Array, from: number, to: number): Value | undefined {
  switch (type) {
    case 'integer':
    case 'time':
      return readInteger(bytes, from, to, true)
    case 'unsigned':
      return readInteger(bytes, from, to, false)
    case 'float':
      return readFloat(bytes, from, to)
    case 'boolean':
      return readBoolean(bytes, from, to)
    case 'objlnk':
      return readLink(bytes, from, to)
    case 'string':
    case 'corelnk':
      return readText(bytes, from, to)
    default:
      return new Uint8Array(bytes.subarray(from, to))
  }
}

/** The value in `bytes[from, to)`. Integer and time are signed, unsigned is not: only the model can tell. */
export function readTlvValue(type: ResourceType, bytes: Uint8Array, from: number, to: number): Value {
  const value = read(type, bytes, from, to)
  if (value === undefined) throw mismatch(type, `${to - from} bytes that are no ${type}`, `byte ${from}`)
  return value
}

/**
 * The smallest of 1, 2, 4 and 8 bytes that holds the value with its sign. Unsigned values leave the sign's bit clear
 * as well, where they can: clients in the field read every integer as signed, and would take one byte 0xC8 for -56.
 */
function writeInteger(value: number | bigint): Uint8Array {
  const wide = BigInt(value)
  for (const size of [1, 2, 4, 8]) {
    const isLast = size === 8
    if (BigInt.asIntN(size * 8, wide) !== wide && !(isLast && BigInt.asUintN(64, wide) === wide)) continue
    const bytes = new Uint8Array(8)
    new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, wide))
    return bytes.subarray(8 - size)
  }
  throw new RangeError(`${value} does not fit 64 bits`)
}

function writeFloat(value: number): Uint8Array {
  const isSingle = Math.fround(value) === value || Number.isNaN(value)
  const view = new DataView(new ArrayBuffer(isSingle ? 4 : 8))
  if (isSingle) view.setFloat32(0, value)
  else view.setFloat64(0, value)
  return new Uint8Array(view.buffer)
}

function writeLink(sample: Sample): Uint8Array {
  const { object, instance } = linkOf(sample)
  return Uint8Array.of(object >>> 8, object, instance >>> 8, instance)
}

/** The bytes of a value, without a header. */
export function writeTlvValue(sample: Sample): Uint8Array {
  switch (sample.type) {
    case 'integer':
    case 'time':
    case 'unsigned':
      return writeInteger(integerOf(sample))
    case 'float':
      return writeFloat(floatOf(sample))
    case 'boolean':
      return Uint8Array.of(booleanOf(sample) ? 1 : 0)
    case 'opaque':
      return bytesOf(sample)
    case 'objlnk':
      return writeLink(sample)
    case 'none':
      throw unsupported('a resource that is only executed has no value', sample.path)
    default:
      return Buffer.from(textOf(sample), 'utf8')
  }
}
