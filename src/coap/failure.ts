import { reasonOf } from '../lib/errors.ts'
import type { Context } from './context.ts'
import type { Peer } from './peer.ts'

/** Logs and counts a handler that threw; the endpoint itself goes on. */
export function reportFailure(context: Context, message: string, peer: Peer, thrown: unknown): void {
  context.counters.failures++
  const fields = { code: 'coap_handler_failed', address: peer.address, reason: reasonOf(thrown) }
  context.logger.error({ ...fields, err: thrown }, `The handler of a ${message} failed`)
}
