import type { Arrival } from './arrival.ts'
import { BlockwiseServer } from './blockwise-server.ts'
import { Code, codeText } from './code.ts'
import type { Context } from './context.ts'
import { encode } from './encode.ts'
import type { RequestHandler } from './handler.ts'
import { IncomingRequest } from './incoming-request.ts'
import { type Message, MessageType } from './message.ts'
import { isCritical } from './option.ts'
import type { Peer } from './peer.ts'
import type { Remote } from './remote.ts'
import { readRequest } from './request.ts'
import { responseOptions } from './response.ts'

const NOTHING = new Uint8Array(0)

/** The side of an endpoint that is asked: requests of peers, each handled once. */
export class Server {
  readonly #context: Context
  readonly #handler: RequestHandler
  readonly #blockwise: BlockwiseServer

  constructor(context: Context, handler: RequestHandler) {
    this.#context = context
    this.#handler = handler
    const { transfers, parameters, random } = context
    this.#blockwise = new BlockwiseServer(transfers, parameters.blockSize, random.integer(2 ** 32))
  }

  /** Takes a request that is no repetition. */
  receive(arrival: Arrival): void {
    const { peer, message, bytes, at, seen } = arrival
    const { remotes, receptions, counters, rates } = this.#context
    const remote = arrival.remote ?? remotes.obtain(peer, bytes.length)
    if (remote === undefined) return
    const request = readRequest(message, at, seen)
    // The rest of a body comes as fast as its blocks are answered.
    const isRest = typeof request !== 'number' && this.#blockwise.continues(remote, request)
    if (!isRest && !rates.admitsRequest(remote, at)) {
      this.#slowDown(remote, message)
      return
    }
    const reception = receptions.admit(remote, message.id, bytes, at)
    if (reception === undefined) return
    counters.requests++
    const incoming = new IncomingRequest(this.#context, remote, reception, message, this.#blockwise)
    if (typeof request !== 'number') {
      incoming.handle(this.#handler, request)
      return
    }
    this.#complain(peer, message, request)
    if (message.type === MessageType.confirmable) incoming.respond({ code: request })
    else receptions.settle(reception, undefined, at) // a NON is rejected in silence (RFC 7252, 5.4.1)
  }

  /**
   * Refuses a request that comes too soon: 4.29 with Max-Age (RFC 8516), and nothing is remembered of it, so that its
   * repetition is tried anew. A NON is dropped.
   */
  #slowDown(remote: Remote, { type, id, token }: Message): void {
    const { counters, rates } = this.#context
    counters.tooMany++
    if (type !== MessageType.confirmable) return
    const code = Code.tooManyRequests
    const options = responseOptions({ code, maxAge: rates.retryAfter })
    const { acknowledgement } = MessageType
    remote.send(encode({ type: acknowledgement, code, id, token, options, payload: NOTHING }))
  }

  /** Nobody else sees it: the layer above is not asked. */
  #complain(peer: Peer, { options }: Message, code: number): void {
    const { counters, complaints, logger } = this.#context
    counters.badOptions++
    if (!complaints.admits()) return
    const critical = options.map(({ number }) => number).filter(isCritical)
    const fields = { code: 'coap_bad_option', address: peer.address, answer: codeText(code) }
    logger.warn({ ...fields, options: critical.slice(0, 16) }, 'A request was refused')
  }
}
