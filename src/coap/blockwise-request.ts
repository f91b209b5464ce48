import { CodedError, type ErrorCode } from '../lib/errors.ts'
import { BlockDownload } from './block-download.ts'
import { blockBytes, blockValue, readBlock, szxOf } from './block-option.ts'
import { BlockUpload } from './block-upload.ts'
import type { BodyPool, FetchedPeer } from './body-pool.ts'
import { Code, isSuccessCode } from './code.ts'
import type { Option, ReceivedResponse, Request } from './handler.ts'
import { OptionNumber } from './option.ts'
import type { BlockResponse } from './response.ts'

/** What comes next of a request: another message to the peer, or the end. */
export type Step = { readonly ask: Request } | { readonly outcome: ReceivedResponse | CodedError }

/** What is known of the peer that is asked. */
export interface BlockwisePeer extends FetchedPeer {
  readonly peer: { readonly address: string }
  /** Size exponent of the blocks that it takes; undefined while it has said nothing. What it gives is another matter. */
  szx: number | undefined
}

export interface BlockwiseContext {
  /** Memory for what is fetched. */
  readonly bodies: BodyPool
  /** Bytes of the largest blocks that we send and want. */
  readonly parameters: { readonly blockSize: number }
}

/** How often a body that changes, or that the peer lost, is begun anew. */
const RESTARTS = 3
/** How often a block that got no answer is asked for again; the peer has answered others before. */
const RETRIES = 1

const SZX_1024 = 6
const NOTHING = new Uint8Array(0)

/**
 * One request of ours as a series of messages: its body in blocks (RFC 7959, 2.5), the response's body in blocks
 * (2.4), and repeated with an Echo option where the peer wants one (RFC 9175, 2.3). It knows nothing of datagrams:
 * for each response it says what comes next.
 */
export class BlockwiseRequest {
  readonly #request: Request
  readonly #peer: BlockwisePeer
  readonly #szx: number
  #upload: BlockUpload | undefined
  /** The request whose response is being fetched. */
  #base: Request
  readonly #download: BlockDownload
  /** Of the response that began it: its Observe option counts, whatever is fetched afterwards. */
  #first: Pick<ReceivedResponse, 'observe' | 'at'> | undefined
  #current: Request
  #echo: Option | undefined
  #isEchoed = false
  #isAnswered = false
  #restarts = 0
  #retries = 0

  constructor(request: Request, peer: BlockwisePeer, context: BlockwiseContext) {
    this.#request = request
    this.#peer = peer
    this.#szx = szxOf(context.parameters.blockSize)
    this.#base = request
    this.#download = new BlockDownload(context.bodies, peer)
    this.#current = request
  }

  /** The first message; an error where the body has more blocks than can be numbered. */
  first(): Request | CodedError {
    const szx = this.#szx
    const payload = this.#request.payload ?? NOTHING
    const agreed = Math.min(szx, this.#peer.szx ?? szx)
    if (payload.length > blockBytes(agreed)) {
      this.#upload = new BlockUpload(payload, agreed)
      if (!this.#upload.isNumerable) {
        return this.#error('coap_body_too_large', `takes blocks too small for ${payload.length} bytes`)
      }
      this.#current = this.#upload.request(this.#request)
    } else if (szx < SZX_1024 && isSafe(this.#request.code)) {
      const hint = { number: OptionNumber.block2, value: blockValue({ num: 0, more: false, szx }) }
      this.#current = withOption(this.#request, hint)
    }
    return this.#current
  }

  /** What comes after a response. */
  next(response: BlockResponse): Step {
    const echo = this.#echoOf(response)
    if (echo !== undefined) return this.#repeatWith(echo)
    this.#isEchoed = false
    this.#isAnswered = true
    this.#retries = 0
    if (this.#first !== undefined) return this.#downloaded(response)
    if (response.code === Code.requestEntityTooLarge) return this.#tooLarge(response)
    if (this.#upload !== undefined) return this.#uploaded(this.#upload, response)
    return this.#downloaded(response)
  }

  /**
   * The message again, after it was not answered: the peer has answered others, so that it is the link that fails.
   * Undefined where that is not so, and where it could be carried out twice.
   */
  retry(): Request | undefined {
    if (!this.#isAnswered || this.#retries === RETRIES || !this.#isRepeatable) return undefined
    this.#retries++
    return this.#current
  }

  /** Gives the memory back. */
  end(): void {
    this.#download.drop()
  }

  get #isRepeatable(): boolean {
    if (this.#first !== undefined || isIdempotent(this.#request.code)) return true
    return this.#upload !== undefined && !this.#upload.isLast
  }

  #echoOf({ code, options }: BlockResponse): Option | undefined {
    if (code !== Code.unauthorized || this.#isEchoed) return undefined
    return options.find(({ number }) => number === OptionNumber.echo)
  }

  /** The same once more, with the Echo option, which stays for the blocks to come (RFC 9175, 2.3). */
  #repeatWith(echo: Option): Step {
    this.#isEchoed = true
    const options = (this.#current.options ?? []).filter(({ number }) => number !== OptionNumber.echo)
    this.#echo = { number: echo.number, value: Uint8Array.from(echo.value) } // a view keeps the whole message
    return this.#ask({ ...this.#current, options })
  }

  #ask(request: Request): Step {
    this.#current = this.#echo === undefined ? request : withOption(request, this.#echo)
    return { ask: this.#current }
  }

  /** 4.13 with a Block1 option asks for smaller blocks (RFC 7959, 2.9.3). */
  #tooLarge(response: BlockResponse): Step {
    if (response.block1 === undefined) return { outcome: response }
    const { szx } = readBlock(response.block1)
    const payload = this.#request.payload ?? NOTHING
    const isSmaller = this.#upload === undefined ? payload.length > blockBytes(szx) : szx < this.#upload.szx
    if (!isSmaller) return { outcome: response }
    this.#peer.szx = szx
    this.#upload ??= new BlockUpload(payload, szx)
    this.#upload.restart(szx)
    return this.#ask(this.#upload.request(this.#request))
  }

  #uploaded(upload: BlockUpload, response: BlockResponse): Step {
    if (response.code === Code.requestEntityIncomplete && this.#restarts < RESTARTS) {
      this.#restarts++
      upload.restart(upload.szx)
      return this.#ask(upload.request(this.#request))
    }
    const isContinue = response.code === Code.continue
    if (upload.isLast) {
      return isContinue ? this.#failed('wants to continue after the last block') : this.#downloaded(response)
    }
    if (!isSuccessCode(response.code)) return { outcome: response }
    if (response.block1 === undefined) {
      return isContinue ? this.#sendNext(upload, upload.szx) : this.#failed('took a block for the whole body')
    }
    const { num, szx } = readBlock(response.block1)
    if (num !== upload.block.num) return this.#failed(`acknowledged block ${num}, not ${upload.block.num}`)
    return this.#sendNext(upload, szx)
  }

  #sendNext(upload: BlockUpload, szx: number): Step {
    if (szx < upload.szx) this.#peer.szx = szx
    upload.advance(szx)
    if (upload.isNumerable) return this.#ask(upload.request(this.#request))
    return this.#failed(`takes blocks of ${blockBytes(szx)} bytes, too many of them`)
  }

  #downloaded(response: BlockResponse): Step {
    if (this.#first === undefined) {
      if (!isPart(response)) return { outcome: response }
      this.#first = { observe: response.observe, at: response.at }
      this.#base = this.#remainder()
    } else if (!isSuccessCode(response.code)) return this.#refused(response)
    if (response.block2 === undefined) return this.#whole(response)
    const block = readBlock(response.block2)
    const verdict = this.#download.take(response, block)
    if (verdict === 'complete') return { outcome: this.#complete(this.#download.outcome(response)) }
    if (verdict === 'changed') return this.#restart()
    if (verdict !== 'more') return { outcome: this.#error(verdict.code, verdict.reason) }
    return this.#ask(this.#download.request(this.#base))
  }

  /** Asked for a block, it sent a body that needs none: another one. */
  #whole(response: BlockResponse): Step {
    this.#download.drop()
    return { outcome: this.#complete(response) }
  }

  /** A body that has become shorter has no such block any more (4.00), and some peers forget a body (4.08). */
  #refused(response: BlockResponse): Step {
    const mayHaveChanged = response.code === Code.badRequest || response.code === Code.requestEntityIncomplete
    const isAskedAnew = mayHaveChanged && this.#download.isBegun && this.#mayRestart
    return isAskedAnew ? this.#restart() : { outcome: response }
  }

  get #mayRestart(): boolean {
    return isSafe(this.#request.code) && this.#restarts < RESTARTS
  }

  #restart(): Step {
    if (!this.#mayRestart) {
      return { outcome: this.#error('coap_body_changed', 'changed the body while it was fetched') }
    }
    this.#restarts++
    this.#download.drop()
    return this.#ask(this.#download.request(this.#base))
  }

  #complete(response: ReceivedResponse): ReceivedResponse {
    const { observe, at } = this.#first ?? response
    return { ...response, observe, at }
  }

  /** What asks for further blocks; only FETCH is not itself without its payload (RFC 7959, 2.7; RFC 8132, 2). */
  #remainder(): Request {
    if (this.#request.code === Code.fetch && this.#upload === undefined) return this.#request
    const { payload: _, contentFormat: __, ...rest } = this.#request
    return rest
  }

  #failed(reason: string): Step {
    return { outcome: this.#error('coap_block_failed', reason) }
  }

  #error(code: ErrorCode, reason: string): CodedError {
    const { address } = this.#peer.peer
    return new CodedError(code, `${address} ${reason}`, { place: address })
  }
}

/** Whether a response may be other than the whole answer to a plain request. Asked of every response. */
export function needsMore({ code, block1, block2 }: BlockResponse): boolean {
  return block2 !== undefined || block1 !== undefined || code === Code.unauthorized
}

/** Whether a response, which came first, is a part of a body. */
export function isPart({ block2 }: BlockResponse): boolean {
  if (block2 === undefined) return false
  const { num, more } = readBlock(block2)
  return more || num > 0
}

function withOption(request: Request, option: Option): Request {
  return { ...request, options: [...(request.options ?? []), option] }
}

function isSafe(code: number): boolean {
  return code === Code.get || code === Code.fetch
}

function isIdempotent(code: number): boolean {
  return isSafe(code) || code === Code.put || code === Code.delete || code === Code.ipatch
}
