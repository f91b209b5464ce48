import { isIPv6 } from 'node:net'
import { Agent, type IncomingMessage, type ObserveWriteStream, type OutgoingMessage } from 'coap'
import type { Clock, Timer } from '../lib/clock.ts'
import { CodedError, reasonOf } from '../lib/errors.ts'
import type { Logger } from '../lib/logger.ts'
import type { Random } from '../lib/random.ts'
import { BlockServer } from './block-server.ts'
import { formatBytes } from './content-formats.ts'
import { type DeliveryListener, Demultiplexer } from './demultiplexer.ts'
import { Exchange, hasUnknownCriticalOption, readResponse } from './exchange.ts'
import type { Response } from './message.ts'

/** A request of the device's own: Register, Update, Deregister. */
export interface OutgoingRequest {
  readonly method: 'POST' | 'DELETE'
  readonly path: readonly string[]
  readonly query?: readonly string[]
  readonly contentFormat?: number
  readonly payload?: string
}

export interface EndpointListener extends DeliveryListener {
  /** Answers now or later, by the exchange. */
  requested(exchange: Exchange): void
}

export interface EndpointOptions {
  readonly server: { readonly host: string; readonly port: number }
  /** Local address to bind; any, when absent. */
  readonly address?: string | undefined
  /** Largest block that it takes and gives, in bytes. */
  readonly blockSize: number
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

interface Pending {
  readonly timer: Timer
  settle(outcome: Response | CodedError): void
}

const PIGGYBACK_MILLISECONDS = 50

/** node-coap as client and server on one UDP socket, and nothing left running after `close`. */
export class Endpoint {
  readonly #options: EndpointOptions
  readonly #listener: EndpointListener
  readonly #demultiplexer: Demultiplexer
  readonly #agent: Agent
  readonly #server: BlockServer
  readonly #pending = new Set<Pending>()
  readonly #unanswered = new Set<OutgoingMessage>()
  #closed = false

  constructor(options: EndpointOptions, listener: EndpointListener) {
    const type = isIPv6(options.server.host) ? 'udp6' : 'udp4'
    this.#options = options
    this.#listener = listener
    this.#demultiplexer = new Demultiplexer(type, options.random.integer(0x10000), listener, options.logger)
    this.#agent = new Agent({ type, socket: this.#demultiplexer.client })
    const server = {
      type,
      piggybackReplyMs: PIGGYBACK_MILLISECONDS,
      sendAcksForNonConfirmablePackets: true, // else it leaves a non-confirmable request without a response
    } as const
    this.#server = new BlockServer(server, options.blockSize)
    this.#server.on('request', (incoming: IncomingMessage, outgoing: OutgoingMessage) =>
      this.#requested(incoming, outgoing),
    )
    this.#server.listen(this.#demultiplexer.server)
  }

  /** Opens the socket, or moves to a new port where one is open. */
  bind(): Promise<void> {
    return this.#demultiplexer.bind(this.#options.address)
  }

  /** The local port, 0 while the socket is closed. */
  get port(): number {
    return this.#demultiplexer.address().port
  }

  /** While true, requests go unheard: neither answered nor acknowledged. */
  set silent(silent: boolean) {
    this.#demultiplexer.deafToRequests = silent
  }

  /**
   * Sends a confirmable request to the server.
   * @param timeout milliseconds for the whole exchange
   * @throws CodedError `simulator_no_answer`, or `simulator_stopped` when the endpoint closes meanwhile
   */
  request(outgoing: OutgoingRequest, timeout: number): Promise<Response> {
    if (this.#closed) return Promise.reject(new CodedError('simulator_stopped', 'the device has stopped'))
    const message = this.#compose(outgoing)
    return new Promise((resolve, reject) => {
      const pending = this.#expect(message, timeout, resolve, reject)
      message.on('response', (incoming: IncomingMessage) => pending.settle(outcomeOf(incoming)))
      message.on('error', (error: Error) => pending.settle(noAnswer(error.message)))
      message.end(outgoing.payload)
    })
  }

  /** Stops without another word to the server. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#demultiplexer.close()
    const stopped = new CodedError('simulator_stopped', 'the device has stopped')
    for (const pending of this.#pending) pending.settle(stopped)
    for (const outgoing of this.#unanswered) outgoing.reset() // ends its timer; the socket is closed already
    this.#agent.close()
    this.#server.close() // clears the timers of every answer and notification that it remembers
  }

  #compose(outgoing: OutgoingRequest): OutgoingMessage {
    const { host, port } = this.#options.server
    const message = this.#agent.request({ host, port, method: outgoing.method, confirmable: true })
    message.setOption(
      'Uri-Path',
      outgoing.path.map((segment) => Buffer.from(segment)),
    )
    message.setOption(
      'Uri-Query',
      (outgoing.query ?? []).map((parameter) => Buffer.from(parameter)),
    )
    if (outgoing.contentFormat !== undefined) {
      message.setOption('Content-Format', formatBytes(outgoing.contentFormat))
    }
    const { blockSize } = this.#options
    if (Buffer.byteLength(outgoing.payload ?? '') > blockSize) {
      message.setOption('Block1', Buffer.of(Math.log2(blockSize) - 4)) // node-coap then sends block by block
    }
    return message
  }

  #expect(
    message: OutgoingMessage,
    timeout: number,
    resolve: (response: Response) => void,
    reject: (error: CodedError) => void,
  ): Pending {
    const giveUp = () => pending.settle(noAnswer(`no answer within ${timeout / 1000} s`))
    const pending: Pending = {
      timer: this.#options.clock.schedule('simulator response', timeout, giveUp, undefined),
      settle: (outcome) => {
        if (!this.#pending.delete(pending)) return
        pending.timer.cancel()
        if (!(outcome instanceof CodedError)) return resolve(outcome)
        this.#agent.abort(message)
        reject(outcome)
      },
    }
    this.#pending.add(pending)
    return pending
  }

  #requested(incoming: IncomingMessage, outgoing: OutgoingMessage | ObserveWriteStream): void {
    outgoing.on('error', (error: Error) => this.#failed(error))
    if (!('_doSend' in outgoing)) this.#track(outgoing)
    const exchange = new Exchange(incoming, outgoing)
    const block1 = this.#server.block1Of(incoming)
    if (block1 !== undefined) outgoing.setOption('Block1', block1)
    try {
      const refusal = this.#server.refusal(incoming)
      if (refusal !== undefined) exchange.respond({ code: refusal })
      else if (hasUnknownCriticalOption(incoming)) exchange.respond({ code: '4.02' })
      else this.#listener.requested(exchange)
    } catch (thrown) {
      this.#failed(thrown)
      exchange.respond({ code: '5.00' })
    }
  }

  /** node-coap runs a timer for each request without an answer, save for those with Observe. */
  #track(outgoing: OutgoingMessage): void {
    this.#unanswered.add(outgoing)
    outgoing.once('finish', () => this.#unanswered.delete(outgoing))
  }

  #failed(thrown: unknown): void {
    this.#options.logger.debug({ reason: reasonOf(thrown) }, 'simulated device: an answer could not be sent')
  }
}

function outcomeOf(incoming: IncomingMessage): Response | CodedError {
  return incoming.code === '0.00' ? noAnswer('the server answered with a reset') : readResponse(incoming)
}

function noAnswer(reason: string): CodedError {
  return new CodedError('simulator_no_answer', reason)
}
