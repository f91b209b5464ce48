import type { ErrorCode } from '../lib/errors.ts'
import { type Block, blockBytes, blockValue, RESERVED_SZX } from './block-option.ts'
import { Body, type BodyMemory } from './body.ts'
import type { ReceivedResponse, Request } from './handler.ts'
import { sameBytes } from './message.ts'
import { findOption, OptionNumber, readUint } from './option.ts'

/** What a block makes of a body. */
export type BlockVerdict =
  | 'more'
  | 'complete'
  /** It is a block of another body than the ones before. */
  | 'changed'
  | { readonly code: ErrorCode; readonly reason: string }

/** The body of a response on its way to us in blocks (Block2, RFC 7959, 2.4). */
export class BlockDownload {
  readonly #body: Body
  readonly #memory: BodyMemory
  #first: ReceivedResponse | undefined
  #szx = 0

  constructor(memory: BodyMemory) {
    this.#memory = memory
    this.#body = new Body(memory)
  }

  /** Takes the next block. */
  take(response: ReceivedResponse, block: Block): BlockVerdict {
    const fault = this.#faultOf(response, block)
    if (fault !== undefined) return fault
    const result = this.#body.append(response.payload)
    if (result === 'too-large') return tooLarge(`more than ${this.#memory.longest} bytes`)
    if (result === 'no-room')
      return { code: 'coap_overload', reason: 'is not heard: too many bodies are under way' }
    this.#first ??= response
    this.#szx = block.szx
    return block.more ? 'more' : 'complete'
  }

  #faultOf(response: ReceivedResponse, { num, more, szx }: Block): BlockVerdict | undefined {
    if (szx === RESERVED_SZX) return failed('sent a block of the reserved size 7')
    if (this.#first === undefined) {
      const announced = findOption(response.options, OptionNumber.size2)
      const size = announced === undefined ? 0 : readUint(announced)
      if (size > this.#memory.longest) return tooLarge(`${size} bytes`)
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

  /** Begins anew, at the size that was agreed on. */
  restart(): void {
    this.#body.drop()
    this.#first = undefined
  }

  /** Gives the memory back. */
  drop(): void {
    this.#body.drop()
  }
}

/** Whether two blocks cannot be of one body. Not all devices repeat the ETag with each block. */
function isOther(one: ReceivedResponse, other: ReceivedResponse): boolean {
  if (one.code !== other.code || one.contentFormat !== other.contentFormat) return true
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
