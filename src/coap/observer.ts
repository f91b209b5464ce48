import type { Arrival } from './arrival.ts'
import { isPart } from './blockwise-request.ts'
import type { Client } from './client.ts'
import { isSuccessCode } from './code.ts'
import type { Context } from './context.ts'
import { reportFailure } from './failure.ts'
import type { Notification, NotifyHandler, Observation, Observations, Settle } from './handler.ts'
import { IncomingNotification } from './incoming-notification.ts'
import { LongNotifications } from './long-notifications.ts'
import { MessageType } from './message.ts'
import type { Peer } from './peer.ts'
import type { Remote } from './remote.ts'
import { type BlockResponse, readResponse } from './response.ts'

/** The side of an endpoint that observes (RFC 7641): responses that answer no open request. */
export class Observer<O extends Observation> {
  readonly #context: Context
  readonly #observations: Observations<O>
  readonly #handler: NotifyHandler<O>
  readonly #long: LongNotifications<O>

  constructor(context: Context, client: Client, observations: Observations<O>, handler: NotifyHandler<O>) {
    this.#context = context
    this.#observations = observations
    this.#handler = handler
    this.#long = new LongNotifications(context, client, observations, (notification, settle, peer) =>
      this.#hand(notification, settle, peer),
    )
  }

  /** From here on nothing is handed on. */
  stop(): void {
    this.#long.stop()
  }

  /** Somebody who was at this peer is elsewhere now. */
  left(remote: Remote): void {
    this.#long.left(remote)
  }

  /** Takes a response that is no repetition and belongs to no open request. */
  receive(arrival: Arrival): void {
    const { peer, message, at, seen } = arrival
    const match = this.#observations.match(peer, message.token)
    if (match === 'foreign' || match === 'loading') return
    if (match === 'unknown') {
      this.#context.remotes.reset(peer, message.id)
      return
    }
    const response = readResponse(message, at, seen)
    if (typeof response === 'number') this.#reject(arrival, match, response)
    else this.#notify(arrival, match, response)
  }

  #notify(arrival: Arrival, observation: O, response: BlockResponse): void {
    const { peer, message, bytes, at, seen } = arrival
    const { remotes, receptions, counters } = this.#context
    const remote = arrival.remote ?? remotes.obtain(peer, bytes.length)
    if (remote === undefined) return
    const reception = receptions.admit(remote, message.id, bytes, at, 'notification')
    if (reception === undefined) return
    counters.notifications++
    const confirmable = message.type === MessageType.confirmable
    const settle = new IncomingNotification(this.#context, reception, confirmable, observation.order, at)
    const fresh = settle.rank(response.observe, at)
    const final = response.observe === undefined || !isSuccessCode(message.code)
    const body = 'complete'
    const comesAgain = confirmable
    const notification: Notification<O> = { observation, response, comesAgain, fresh, final, body, at, seen }
    if (!isPart(response)) {
      if (fresh && this.#long.isBusy) this.#long.overtake(observation)
      this.#hand(notification, settle, peer)
      return
    }
    settle.accept() // what is promised begins when the body is complete (RFC 7959, 3.4)
    this.#long.receive(notification, response, remote)
  }

  #hand(notification: Notification<O>, settle: Settle, peer: Peer): void {
    try {
      this.#handler(notification, settle, peer)
    } catch (thrown) {
      reportFailure(this.#context, 'notification', peer, thrown)
      settle.ignore()
    }
  }

  /**
   * A notification that must not be used (RFC 7252, 5.4.1): RST, which ends the observation (RFC 7641, 3.6), or silence
   * where it was not confirmable.
   */
  #reject({ peer, message }: Arrival, observation: O, option: number): void {
    this.#context.counters.badOptions++
    const fields = { code: 'coap_bad_response', address: peer.address, option }
    if (this.#context.complaints.admits())
      this.#context.logger.warn(fields, 'A notification holds a critical option that is not understood')
    if (message.type !== MessageType.confirmable) return
    this.#context.remotes.reset(peer, message.id)
    try {
      this.#observations.rejected(observation, option)
    } catch (thrown) {
      reportFailure(this.#context, 'notification', peer, thrown)
    }
  }
}
