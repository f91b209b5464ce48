import { uintValue } from './option.ts'

/**
 * A Block1 or Block2 option (RFC 7959, 2.2): an unsigned integer of 0 to 3 bytes.
 * ```
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3
 * |                  NUM                  |M| SZX |
 * ```
 */
export interface Block {
  /** Which block it is; the first is 0. */
  readonly num: number
  /** Whether more blocks follow. In a request for a block of a response it says nothing. */
  readonly more: boolean
  /** A block has 2^(szx + 4) bytes, the last one of a body may have fewer. 7 is reserved. */
  readonly szx: number
}

/** Blocks of one body are numbered up to here. */
export const HIGHEST_NUM = 2 ** 20 - 1
/** Means nothing over datagrams: a message with it is wrong (RFC 7959, 2.2). */
export const RESERVED_SZX = 7

const MORE = 0x08

/** @param value the option as an unsigned integer below 2^24 */
export function readBlock(value: number): Block {
  return { num: value >>> 4, more: (value & MORE) !== 0, szx: value & 0x07 }
}

/** The option's value, in its shortest form. */
export function blockValue({ num, more, szx }: Block): Uint8Array {
  return uintValue((num << 4) | (more ? MORE : 0) | szx)
}

/** Bytes of a full block. */
export function blockBytes(szx: number): number {
  return 16 << szx
}

/** Size exponent of the largest lawful block that has no more than so many bytes; 16 at least, 1024 at most. */
export function szxOf(bytes: number): number {
  let szx = 0
  while (szx < RESERVED_SZX - 1 && blockBytes(szx + 1) <= bytes) szx++
  return szx
}
