/**
 * Bounds that keep what a payload costs near its size. A device's whole tree fits many times over; firmware images
 * are never decoded.
 */
export const MAX_PAYLOAD_BYTES = 1024 * 1024

/** Values, records or links in one payload: it bounds what tiny records can be blown up to. */
export const MAX_ENTRIES = 65_536
