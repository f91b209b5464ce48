import { createHash } from 'node:crypto'

/** Correlation data that serves as an id is no longer than an id may be, in base64. */
const MAX_ID_BYTES = 96

/** Correlation data stands in for an id; of long data a hash does. */
export function idOfCorrelation(data: Uint8Array | undefined): string | undefined {
  if (data === undefined) return undefined
  if (data.length > MAX_ID_BYTES) return createHash('sha256').update(data).digest('base64url')
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64url')
}
