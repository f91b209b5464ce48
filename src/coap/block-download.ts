import type { ErrorCode } from '../lib/errors.ts'
import { type Block, blockBytes, blockValue, RESERVED_SZX } from './block-option.ts'
import { Body, type BodyMemory } from './body.ts'
import type { BodyPool, FetchedPeer, IdleBody } from './body-pool.ts'
import type { ReceivedResponse, Request } from './handler.ts'
import { sameBytes } from './message.ts'
import { findOption, OptionNumber, readUint } from './option.ts'

const TOO_MANY = 'is not heard: too many bodies are under way'

/** What a block makes of a body. */
export type BlockVerdict =
  | 'more'
  | 'complete'
  /** It is a block of another body than the ones before. */
  | 'changed'
  | { readonly code: ErrorCode; readonly reason: string }

/** The body of a response on its way to us in blocks (Block2, RFC 7959, 2.4). */
export class BlockDownload implements BodyMemory, IdleBody {
  expires = 0
  previous: IdleBody | undefined
  next: IdleBody | undefined
  readonly #body: Body
  readonly #pool: BodyPool
  readonly #peer: FetchedPeer
  #first: ReceivedResponse | undefined
  #szx = 0
  #state: 'resting' | 'waiting' | 'working' | 'given up' = 'resting'

  /** @param peer whose share of the memory it takes */
  constructor(pool: BodyPool, peer: FetchedPeer) {
    this.#pool = pool
    this.#peer = peer
    this.#body = new Body(this)
  }

  /** Whether a part of the body is here. */
  get isBegun(): boolean {
    return this.#body.length > 0
  }

  get longest(): number {
    return this.#pool.longest
  }

  reserve(bytes: number): boolean {
    return this.#pool.reserveFor(this.#peer, bytes)
  }

  release(bytes: number): void {
    this.#pool.releaseFor(this.#peer, bytes)
  }

  /** Takes the next block. */
  take(response: ReceivedResponse, block: Block): BlockVerdict {
    if (this.#state === 'given up')
      return noRoom('was not done in time: others needed the memory for its body')
    const fault = this.#faultOf(response, block)
    if (fault !== undefined) return fault
    if (!this.#wake()) return noRoom(TOO_MANY)
    const result = this.#keep(response) ? this.#body.append(response.payload) : 'no-room'
    if (result === 'too-large') return tooLarge(`more than ${this.longest} bytes`)
    if (result === 'no-room') return noRoom(TOO_MANY)
    this.#szx = block.szx
    if (!block.more) return 'complete'
    this.#state = 'waiting'
    this.#pool.wait(this)
    return 'more'
  }

  /** Makes it one that works, which need not go to make room for itself; false where there is no room for another. */
  #wake(): boolean {
    if (this.#state === 'waiting') this.#pool.wake(this)
    else if (this.#state === 'resting' && !this.#pool.open()) return false
    this.#state = 'working'
    return true
  }

  /** Keeps the first response, from which the whole is made. */
  #keep(response: ReceivedResponse): boolean {
    if (this.#first !== undefined) return true
    if (!this.reserve(bytesOf(response))) return false
    this.#first = response
    return true
  }

  #faultOf(response: ReceivedResponse, { num, more, szx }: Block): BlockVerdict | undefined {
    if (szx === RESERVED_SZX) return failed('sent a block of the reserved size 7')
    if (this.#first === undefined) {
      const announced = findOption(response.options, OptionNumber.size2)
      const size = announced === undefined ? 0 : readUint(announced)
      if (size > this.longest) return tooLarge(`${size} bytes`)
    } else if (isOther(this.#first, response)) return 'changed'
    const { length } = response.payload
    if (num * blockBytes(szx) !== this.#body.length) return failed(`sent block ${num} out of turn`)
    if (more ? length === blockBytes(szx) : length <= blockBytes(szx)) return undefined
    return failed(`sent ${length} bytes as a block of ${blockBytes(szx)}`)
  }

  /** The request for the next block: without Observe (RFC 7959, 3.4), and without what has been sent before. */
  request(base: Request): Request {
    const num = this.#body.length / blockBytes(this.#szx)
    const value = blockValue({ num, more: false, szx: this.#szx })
    const options = [...(base.options ?? []), { number: OptionNumber.block2, value }]
    return { ...base, observe: undefined, options }
  }

  /** The whole response: the first one, with all of the body. */
  outcome(first: ReceivedResponse): ReceivedResponse {
    return { ...(this.#first ?? first), payload: this.#body.take() }
  }

  /** Gives the memory back; it may begin anew, at the size that was agreed on. */
  drop(): void {
    this.#body.drop()
    if (this.#first !== undefined) this.release(bytesOf(this.#first))
    this.#first = undefined
    if (this.#state === 'waiting') this.#pool.wake(this)
    if (this.#state === 'waiting' || this.#state === 'working') this.#pool.close()
    if (this.#state !== 'given up') this.#state = 'resting'
  }

  giveUp(): void {
    this.#state = 'working' // it waits no more
    this.drop()
    this.#state = 'given up'
  }
}

/** Whether two blocks cannot be of one body. Not all devices repeat ETag and Content-Format with each block. */
function isOther(one: ReceivedResponse, other: ReceivedResponse): boolean {
  if (one.code !== other.code) return true
  if (other.contentFormat !== undefined && one.contentFormat !== other.contentFormat) return true
  const etag = findOption(one.options, OptionNumber.etag)
  const otherEtag = findOption(other.options, OptionNumber.etag)
  return etag !== undefined && otherEtag !== undefined && !sameBytes(etag, otherEtag)
}

function failed(reason: string): BlockVerdict {
  return { code: 'coap_block_failed', reason }
}

function tooLarge(size: string): BlockVerdict {
  return { code: 'coap_body_too_large', reason: `answers with a body of ${size}, which is not fetched` }
}

function noRoom(reason: string): BlockVerdict {
  return { code: 'coap_overload', reason }
}

/** What a response takes that is kept, in bytes. */
function bytesOf({ payload, options, locationPath = [] }: ReceivedResponse): number {
  let bytes = payload.length
  for (const { value } of options) bytes += value.length
  for (const segment of locationPath) bytes += segment.length
  return bytes
}
