import { CodedError } from '../lib/errors.ts'
import { BodyDelivery } from './body-delivery.ts'
import type { Client } from './client.ts'
import { isSuccessCode } from './code.ts'
import type { Context } from './context.ts'
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
import type { Remote } from './remote.ts'
import type { BlockResponse } from './response.ts'

/** Nothing can be taken back: its first block has been acknowledged. */
const SETTLED: Settle = { accept() {}, ignore() {}, cancel() {} }

/** How far a long notification is: its rest is being fetched, or its body delivered. */
interface Stage {
  overtake(): void
}

/** The rest of a notification on its way. */
interface Fetch<O extends Observation> extends Stage {
  readonly observation: O
  readonly remote: Remote
  /** Ends it, as what became of the body. */
  end(body: 'lost' | 'overtaken'): void
}

/**
 * Notifications that are too long for one message: the first block is the notification, the rest is fetched with
 * requests of our own (RFC 7959, 3.4), and the body delivered. One at a time for each observation: a newer one
 * overtakes it, so that no body comes after what is newer.
 */
export class LongNotifications<O extends Observation> {
  readonly #context: Context
  readonly #client: Client
  readonly #observations: Observations<O>
  readonly #hand: NotifyHandler<O>
  readonly #open = new Map<O, Stage>()
  readonly #fetches = new Map<Remote, Set<Fetch<O>>>()
  #stopped = false

  constructor(context: Context, client: Client, observations: Observations<O>, hand: NotifyHandler<O>) {
    this.#context = context
    this.#client = client
    this.#observations = observations
    this.#hand = hand
  }

  /** Whether any is under way. */
  get isBusy(): boolean {
    return this.#open.size > 0
  }

  /** From here on nothing is said of what is under way. */
  stop(): void {
    this.#stopped = true
  }

  /** Takes a notification whose first block has been acknowledged. */
  receive(notification: Notification<O>, part: BlockResponse, remote: Remote): void {
    if (notification.fresh) {
      this.overtake(notification.observation)
      this.#fetch(notification, part, remote)
    } else this.#tell({ ...notification, body: 'overtaken' }, remote.peer)
  }

  #fetch(notification: Notification<O>, part: BlockResponse, remote: Remote): void {
    const { observation } = notification
    const { peer } = remote
    let exchange: Exchange | undefined
    const end = (body: 'lost' | 'overtaken'): void => {
      this.#endFetch(fetch)
      exchange?.cancel()
      this.#tell({ ...notification, body }, peer)
    }
    const fetch: Fetch<O> = { observation, remote, end, overtake: () => end('overtaken') }
    this.#beginFetch(fetch)
    const request = { ...this.#observations.request(observation), observe: undefined }
    exchange = this.#client.fetchRest(peer, request, part, (outcome) => {
      if (this.#endFetch(fetch)) this.#fetched(notification, outcome, remote)
    })
  }

  #beginFetch(fetch: Fetch<O>): void {
    const { observation, remote } = fetch
    this.#open.set(observation, fetch)
    const others = this.#fetches.get(remote)
    if (others === undefined) this.#fetches.set(remote, new Set([fetch]))
    else others.add(fetch)
  }

  /** False where it had ended before. */
  #endFetch(fetch: Fetch<O>): boolean {
    const { observation, remote } = fetch
    const fetches = this.#fetches.get(remote)
    if (fetches?.delete(fetch) !== true) return false
    if (fetches.size === 0) this.#fetches.delete(remote)
    this.#close(observation, fetch)
    return true
  }

  /** Nobody answers for a device where it is no more, and what it has to say now is to be asked where it is. */
  left(remote: Remote): void {
    for (const fetch of [...(this.#fetches.get(remote) ?? [])]) {
      const { observation } = fetch
      if (this.#observations.match(remote.peer, observation.token) !== observation) fetch.end('lost')
    }
  }

  /** A newer notification has come: the one that is under way has no more chances. */
  overtake(observation: O): void {
    const stage = this.#open.get(observation)
    this.#open.delete(observation)
    stage?.overtake()
  }

  #close(observation: O, stage: Stage): void {
    if (this.#open.get(observation) === stage) this.#open.delete(observation)
  }

  #fetched(notification: Notification<O>, outcome: Parameters<ResponseHandler>[0], remote: Remote): void {
    const isWhole = !(outcome instanceof CodedError) && isSuccessCode(outcome.code)
    if (isWhole) this.#deliver({ ...notification, response: outcome, comesAgain: true }, remote)
    else this.#tell({ ...notification, body: 'lost' }, remote.peer)
  }

  #deliver(notification: Notification<O>, remote: Remote): void {
    const { observation, response } = notification
    const { peer } = remote
    const delivery = new BodyDelivery(this.#context, remote, response.payload, {
      offer: (settle) => this.#hand(notification, settle, peer),
      lost: (body) => this.#tell({ ...notification, body }, peer),
      ended: () => this.#close(observation, delivery),
    })
    this.#open.set(observation, delivery)
    delivery.start()
  }

  #tell(notification: Notification<O>, peer: Peer): void {
    if (!this.#stopped) this.#hand({ ...notification, comesAgain: false }, SETTLED, peer)
  }
}
