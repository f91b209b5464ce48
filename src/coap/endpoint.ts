import type { Clock } from '../lib/clock.ts'
import { type Logger, silentLogger } from '../lib/logger.ts'
import type { Random } from '../lib/random.ts'
import { Throttle } from '../lib/throttle.ts'
import type { Arrival } from './arrival.ts'
import { BlockTransfers } from './block-transfers.ts'
import { BodyPool } from './body-pool.ts'
import { Client } from './client.ts'
import { Code, isRequestCode } from './code.ts'
import type { Context } from './context.ts'
import { Counters } from './counters.ts'
import { decode, type Fault, rejectableId } from './decode.ts'
import type {
  Exchange,
  NotifyHandler,
  Observation,
  Observations,
  Request,
  Requester,
  RequestHandler,
  RequestOptions,
  ResponseHandler,
} from './handler.ts'
import { type Message, MessageType } from './message.ts'
import { Observer } from './observer.ts'
import { type CoapParameters, defaultParameters } from './parameters.ts'
import type { DatagramSink, Peer, Seen } from './peer.ts'
import { Rates } from './rates.ts'
import { Receptions } from './receptions.ts'
import type { Remote } from './remote.ts'
import { Remotes } from './remotes.ts'
import { Server } from './server.ts'

/** Lines a second that peers can make us write, the burst in seconds, and when the rest is summed up. */
const COMPLAINTS = { perSecond: 5, burst: 10, reportAfter: 10_000 }

export interface EndpointOptions<O extends Observation> {
  readonly clock: Clock
  readonly random: Random
  readonly logger?: Logger
  readonly parameters?: Partial<CoapParameters>
  /** Answers requests of peers. */
  readonly requests: RequestHandler
  /** Says whose a notification is. */
  readonly observations: Observations<O>
  readonly notifications: NotifyHandler<O>
}

/**
 * A CoAP endpoint over datagrams (RFC 7252, RFC 7641): client and server at once, behind as many transports as
 * hand their datagrams in. Bytes handed to `datagram` belong to it from then on; what it hands up are views of
 * them, good for as long as anyone keeps them.
 */
export class CoapEndpoint<O extends Observation> implements DatagramSink, Requester {
  readonly counters: Counters
  readonly #context: Context
  readonly #client: Client
  readonly #server: Server
  readonly #observer: Observer<O>
  #stopped = false

  constructor(options: EndpointOptions<O>) {
    const { clock, random, logger = silentLogger } = options
    const parameters = { ...defaultParameters, ...options.parameters }
    const counters = new Counters()
    const receptions = new Receptions(clock, parameters, counters, random.integer(2 ** 32))
    const remotes = new Remotes(clock, random, parameters, counters, receptions)
    this.counters = counters
    const bodies = new BodyPool(clock, parameters, counters)
    const transfers = new BlockTransfers(bodies, parameters.transfersPerPeer)
    const rates = new Rates(parameters)
    const complaints = createComplaints(clock, logger)
    const shared = { clock, random, logger, parameters, counters, receptions, remotes }
    this.#context = { ...shared, bodies, transfers, rates, complaints }
    this.#client = new Client(this.#context)
    this.#server = new Server(this.#context, options.requests)
    this.#observer = new Observer(this.#context, this.#client, options.observations, options.notifications)
  }

  /** What is held at the moment: peers remembered, requests without outcome, bytes of messages and bodies. */
  get held(): { readonly peers: number; readonly requests: number; readonly bytes: number } {
    const { remotes, receptions, bodies } = this.#context
    return { peers: remotes.size, requests: this.#client.open, bytes: receptions.bytes + bodies.bytes }
  }

  /**
   * Sends a confirmable request, in its turn (NSTART). The handler is called exactly once, never before this
   * returns: with the response, or a CodedError coap_no_ack, coap_no_response, coap_reset, coap_cancelled,
   * coap_peer_gone, coap_bad_response, coap_overload, coap_block_failed, coap_body_changed or coap_body_too_large.
   * @throws CodedError coap_format for a token of more than 8 bytes, or an option that fits no message
   */
  request(peer: Peer, request: Request, handler: ResponseHandler, options?: RequestOptions): Exchange {
    return this.#client.request(peer, request, handler, options)
  }

  datagram(peer: Peer, bytes: Uint8Array, at: number, seen?: Seen): void {
    if (this.#stopped) return
    const { counters, rates, remotes } = this.#context
    counters.received++
    if (!rates.admits(at)) {
      counters.dropped++
      return
    }
    const remote = remotes.find(peer)
    remote?.allowance.hear(bytes.length)
    const message = decode(bytes)
    if (remote !== undefined && !isReply(message) && !rates.admitsDatagram(remote, at)) counters.dropped++
    else if (typeof message === 'string') this.#malformed(peer, bytes, message)
    else if (message.code === Code.empty) this.#empty(peer, remote, message)
    else this.#receive({ remote, peer: remote?.peer ?? peer, bytes, message, at, seen })
  }

  left(peer: Peer): void {
    const remote = this.#context.remotes.find(peer)
    if (remote !== undefined) this.#observer.left(remote)
  }

  /** The path to a peer is closed: all that was under way with it ends, and its memory goes. */
  closed(peer: Peer, why: string): void {
    const remote = this.#context.remotes.remove(peer)
    if (remote !== undefined) this.#end(remote, 'coap_peer_gone', why)
  }

  /** Ends everything: each open request hears coap_cancelled, and no timer stays. */
  stop(): void {
    if (this.#stopped) return
    this.#stopped = true
    this.#client.stop()
    this.#observer.stop()
    for (const remote of this.#context.remotes.all()) {
      this.#context.remotes.remove(remote.peer)
      this.#end(remote, 'coap_cancelled', 'the endpoint has stopped')
    }
    this.#context.remotes.stop()
    this.#context.receptions.stop()
    this.#context.bodies.stop()
    this.#context.complaints.stop()
  }

  #end(remote: Remote, code: 'coap_peer_gone' | 'coap_cancelled', why: string): void {
    for (const message of [...remote.unacknowledged]) message.abandon()
    this.#client.fail(remote, code, why)
    for (const delivery of [...(remote.deliveries ?? [])]) delivery.gone()
    this.#context.transfers.dropAll(remote)
  }

  #receive(arrival: Arrival): void {
    const { remote, message, bytes } = arrival
    if (message.type === MessageType.acknowledgement) {
      if (remote === undefined || !this.#client.piggybacked(remote, arrival))
        this.#context.counters.unmatched++
      return
    }
    if (remote !== undefined && this.#context.receptions.repeats(remote, message.id, bytes)) return
    if (isRequestCode(message.code)) this.#server.receive(arrival)
    else if (remote === undefined || !this.#client.separate(remote, arrival)) this.#observer.receive(arrival)
  }

  #empty(peer: Peer, remote: Remote | undefined, message: Message): void {
    if (message.type === MessageType.confirmable) {
      this.#context.remotes.reset(peer, message.id) // a ping (RFC 7252, 4.3)
      return
    }
    const answered = remote?.unacknowledgedBy(message.id)
    if (answered === undefined) this.#context.counters.unmatched++
    else if (message.type === MessageType.acknowledgement) answered.acknowledged()
    else answered.rejected()
  }

  /** Garbage gets no more than four bytes, and those only if it was a confirmable message by its header. */
  #malformed(peer: Peer, bytes: Uint8Array, fault: Fault): void {
    this.#context.counters.malformed++
    this.#context.logger.debug({ code: 'coap_format', address: peer.address, fault }, 'No CoAP message')
    const id = rejectableId(bytes)
    if (id !== undefined) this.#context.remotes.reset(peer, id)
  }
}

/** ACK or RST: their pace is that of what we send. */
function isReply(message: Message | Fault): boolean {
  return typeof message !== 'string' && message.type >= MessageType.acknowledgement
}

function createComplaints(clock: Clock, logger: Logger): Throttle {
  const report = (suppressed: number): void =>
    logger.warn(
      { code: 'log_suppressed', suppressed },
      'more messages of peers were refused than the log tells',
    )
  return new Throttle({ name: 'coap complaints', clock, ...COMPLAINTS, report })
}
