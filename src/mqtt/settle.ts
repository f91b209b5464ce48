import type { CodedError } from '../lib/errors.ts'

/**
 * How a publication ended; called exactly once. Without an error the broker has it: for QoS 1 and 2 its PUBACK
 * is here, for QoS 0 it was written to the socket.
 */
export type Settle = (error?: CodedError) => void
