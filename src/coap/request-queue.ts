import type { Context } from './context.ts'
import type { OpenRequest, Remote } from './remote.ts'

/**
 * Whose turn it is: at most NSTART requests to one peer wait for an ACK or a response (RFC 7252, 4.7), and the
 * number of requests is bounded for each peer and in all.
 */
export class RequestQueue {
  readonly #context: Context
  #open = 0

  constructor(context: Context) {
    this.#context = context
  }

  /** Requests to all peers that have no outcome yet. */
  get open(): number {
    return this.#open
  }

  hasRoom(remote: Remote): boolean {
    const { requestsPerPeer, requestsInAll } = this.#context.parameters
    return remote.requests.length < requestsPerPeer && this.#open < requestsInAll
  }

  /** Takes a request in; its turn comes now or later. */
  enter(remote: Remote, request: OpenRequest): void {
    this.#open++
    remote.requests.push(request)
    remote.waiting.push(request)
    remote.hold()
    this.#proceed(remote)
  }

  /** A request that is in has more to send: it is the next. */
  resume(remote: Remote, request: OpenRequest): void {
    remote.waiting.unshift(request)
    this.#proceed(remote)
  }

  /** A request that had its turn is acknowledged, or has its outcome: the turn is the next one's. */
  free(remote: Remote): void {
    remote.started--
    this.#proceed(remote)
  }

  /**
   * The same after a cancellation. Who cancels one often cancels all: the next must not be sent only to be
   * cancelled in its turn, so that it waits until that is over.
   */
  freeLater(remote: Remote): void {
    remote.started--
    if (remote.closed || remote.waiting.length === 0) return
    remote.turn ??= this.#context.clock.schedule('coap next request', 0, RequestQueue.#turn, {
      queue: this,
      remote,
    })
  }

  /** Takes a request out for good. */
  leave(remote: Remote, request: OpenRequest): void {
    this.#open--
    remove(remote.requests, request)
    remove(remote.waiting, request)
    remote.release()
  }

  static #turn({ queue, remote }: { queue: RequestQueue; remote: Remote }): void {
    remote.turn = undefined
    queue.#proceed(remote)
  }

  #proceed(remote: Remote): void {
    if (remote.closed || remote.turn !== undefined) return
    // More than one at a time goes only to a peer that is known to be there.
    const turns = remote.allowance.isVerified ? this.#context.parameters.nstart : 1
    while (remote.started < turns) {
      const next = remote.waiting.shift()
      if (next === undefined) return
      remote.started++
      next.begin()
    }
  }
}

function remove<T>(list: T[], item: T): void {
  const index = list.indexOf(item)
  if (index >= 0) list.splice(index, 1)
}
