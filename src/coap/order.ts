import type { ObservationOrder } from './handler.ts'

/** Half of the 24-bit sequence numbers: what lies further ahead is behind (RFC 7641, 3.4). */
const HALF = 2 ** 23
/** Milliseconds after which a sequence number says nothing any more (RFC 7641, 3.4). */
const LONGEST_DISORDER = 128_000

/**
 * Whether a notification is newer than all before it (RFC 7641, 3.4).
 * @param sequence its Observe option
 * @param at when it arrived, in monotonic milliseconds
 */
export function isNewer(order: ObservationOrder, sequence: number, at: number): boolean {
  const newest = order.sequence
  if (newest === undefined || at > order.at + LONGEST_DISORDER) return true
  return newest < sequence ? sequence - newest < HALF : newest - sequence > HALF
}
