import type { IncomingMessage, ObserveWriteStream, OutgoingMessage } from 'coap'
import { formatBytes, formatNumber } from './content-formats.ts'
import type { Request, Response } from './message.ts'

type Outgoing = OutgoingMessage | ObserveWriteStream
type Options = readonly { readonly name: string | number; readonly value: unknown }[]

function optionTexts(incoming: IncomingMessage, name: string): string[] {
  const options: Options = incoming._packet.options ?? []
  return options.filter((option) => option.name === name).map((option) => String(option.value))
}

/** Whether a critical option is here that node-coap has no name for (RFC 7252, 5.4.1): its name is its number. */
export function hasUnknownCriticalOption(incoming: IncomingMessage): boolean {
  const options: Options = incoming._packet.options ?? []
  return options.some((option) => Number(option.name) % 2 === 1)
}

/** What the tree needs of a request. */
export function readRequest(incoming: IncomingMessage): Request {
  const accept = formatNumber(incoming.headers.Accept)
  const contentFormat = formatNumber(incoming.headers['Content-Format'])
  return {
    code: incoming.code,
    path: `/${optionTexts(incoming, 'Uri-Path').join('/')}`,
    query: optionTexts(incoming, 'Uri-Query'),
    ...(accept === undefined ? undefined : { accept }),
    ...(contentFormat === undefined ? undefined : { contentFormat }),
    payload: incoming.payload,
  }
}

export function readResponse(incoming: IncomingMessage): Response {
  const contentFormat = formatNumber(incoming.headers['Content-Format'])
  return {
    code: incoming.code,
    ...(contentFormat === undefined ? undefined : { contentFormat }),
    payload: incoming.payload,
    location: optionTexts(incoming, 'Location-Path'),
  }
}

/** A request of the server's that waits for its answer. */
export class Exchange {
  readonly request: Request
  /** Value of the Observe option, where the request has one. */
  readonly observe: number | undefined
  /** In hexadecimal. */
  readonly token: string
  readonly #incoming: IncomingMessage
  readonly #outgoing: Outgoing
  #answered = false

  constructor(incoming: IncomingMessage, outgoing: Outgoing) {
    const { Observe: observe } = incoming.headers
    this.request = readRequest(incoming)
    this.observe = typeof observe === 'number' ? observe : undefined
    this.token = incoming._packet.token?.toString('hex') ?? ''
    this.#incoming = incoming
    this.#outgoing = outgoing
  }

  /** The one and only answer; a second does nothing. */
  respond(response: Response): void {
    if (this.#answered) return
    this.#answered = true
    const outgoing = this.#outgoing
    setHead(outgoing, response)
    if ('_doSend' in outgoing) outgoing._doSend(toBuffer(response.payload))
    else outgoing.end(toBuffer(response.payload))
  }

  /**
   * Answers an Observe: the relation that notifications go out on. Only for a request with Observe 0, for which
   * node-coap makes a stream; undefined for any other, which is answered all the same.
   */
  establish(response: Response): Relation | undefined {
    if (!('_doSend' in this.#outgoing)) {
      this.respond(response)
      return undefined
    }
    this.#answered = true
    setHead(this.#outgoing, response)
    this.#outgoing.write(toBuffer(response.payload))
    return new Relation(this.token, this.#outgoing)
  }

  /** Sends the empty acknowledgement; the answer, if it comes, is a separate response (RFC 7252, 5.2.2). */
  acknowledge(): void {
    const packet = this.#outgoing._packet
    // node-coap acknowledges by itself after 50 ms, save for a request with Observe.
    if (!('_doSend' in this.#outgoing) || packet.ack !== true) return
    const { messageId } = this.#incoming._packet
    this.#outgoing._send(this.#outgoing, {
      code: '0.00',
      ack: true,
      ...(messageId === undefined ? undefined : { messageId }),
    })
    packet.ack = false
    packet.confirmable = true
    delete packet.messageId
  }
}

/** An observation as node-coap sees it: a stream of notifications under one token (RFC 7641). */
export class Relation {
  readonly token: string
  readonly #stream: ObserveWriteStream

  constructor(token: string, stream: ObserveWriteStream) {
    this.token = token
    this.#stream = stream
  }

  /** Calls back once, when a confirmable notification was given up or refused. */
  onGivenUp(ended: () => void): void {
    this.#stream.once('finish', ended)
  }

  notify(response: Response, confirmable: boolean): void {
    this.#prepare(response, confirmable)
    this.#stream.write(toBuffer(response.payload))
  }

  /** The last notification: an error code, and no Observe option (RFC 7641, 3.2). */
  end(code: string, confirmable: boolean): void {
    this.#stream._packet.options = []
    this.#prepare({ code }, confirmable)
    this.#stream._doSend()
  }

  // node-coap takes the type of every notification from the request, and sends an ACK where that was non-confirmable.
  #prepare(response: Response, confirmable: boolean): void {
    setHead(this.#stream, response)
    this.#stream._packet.confirmable = confirmable
    this.#stream._packet.ack = false
  }
}

function setHead(outgoing: Outgoing, response: Response): void {
  outgoing.code = response.code
  outgoing.statusCode = response.code
  if (response.contentFormat !== undefined) {
    outgoing.setOption('Content-Format', formatBytes(response.contentFormat))
  }
  if (response.location !== undefined) {
    outgoing.setOption(
      'Location-Path',
      response.location.map((segment) => Buffer.from(segment)),
    )
  }
}

function toBuffer(payload: Uint8Array | undefined): Buffer {
  return payload === undefined ? Buffer.alloc(0) : Buffer.from(payload)
}
