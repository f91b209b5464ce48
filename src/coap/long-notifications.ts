import { CodedError } from '../lib/errors.ts'
import type { Client } from './client.ts'
import { isSuccessCode } from './code.ts'
import type {
  Exchange,
  Notification,
  NotifyHandler,
  Observation,
  Observations,
  ResponseHandler,
  Settle,
} from './handler.ts'
import type { Peer } from './peer.ts'
import type { BlockResponse } from './response.ts'

/** Nothing can be taken back: its first block has been acknowledged. */
const SETTLED: Settle = { accept() {}, ignore() {}, cancel() {} }

/**
 * Notifications that are too long for one message: the first block is the notification, the rest is fetched with
 * requests of our own (RFC 7959, 3.4). One at a time for each observation: a newer one overtakes it.
 */
export class LongNotifications<O extends Observation> {
  readonly #client: Client
  readonly #observations: Observations<O>
  readonly #hand: NotifyHandler<O>
  readonly #open = new Map<O, { readonly notification: Notification<O>; exchange: Exchange | undefined }>()

  constructor(client: Client, observations: Observations<O>, hand: NotifyHandler<O>) {
    this.#client = client
    this.#observations = observations
    this.#hand = hand
  }

  /** Whether any is being fetched. */
  get isBusy(): boolean {
    return this.#open.size > 0
  }

  /** Takes a notification whose first block has been acknowledged. */
  receive(notification: Notification<O>, part: BlockResponse, peer: Peer): void {
    const { observation, fresh } = notification
    if (!fresh) {
      this.#tell({ ...notification, body: 'overtaken' }, peer)
      return
    }
    this.overtake(observation, peer)
    const entry: { notification: Notification<O>; exchange: Exchange | undefined } = {
      notification,
      exchange: undefined,
    }
    this.#open.set(observation, entry)
    const request = { ...this.#observations.request(observation), observe: undefined }
    entry.exchange = this.#client.fetchRest(peer, request, part, (outcome) => {
      if (this.#open.get(observation) !== entry) return
      this.#open.delete(observation)
      this.#end(notification, outcome, peer)
    })
  }

  /** A newer notification has come: the one that is being fetched can no longer be had. */
  overtake(observation: O, peer: Peer): void {
    const entry = this.#open.get(observation)
    if (entry === undefined) return
    this.#open.delete(observation)
    entry.exchange?.cancel()
    this.#tell({ ...entry.notification, body: 'overtaken' }, peer)
  }

  #end(notification: Notification<O>, outcome: Parameters<ResponseHandler>[0], peer: Peer): void {
    const isEnded =
      this.#observations.match(peer, notification.observation.token) !== notification.observation
    if (isEnded || (outcome instanceof CodedError && outcome.code === 'coap_cancelled')) return
    const isWhole = !(outcome instanceof CodedError) && isSuccessCode(outcome.code)
    if (isWhole) this.#tell({ ...notification, response: outcome }, peer)
    else this.#tell({ ...notification, body: 'lost' }, peer)
  }

  #tell(notification: Notification<O>, peer: Peer): void {
    this.#hand({ ...notification, confirmable: false }, SETTLED, peer)
  }
}
