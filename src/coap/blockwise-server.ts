import { type Block, blockBytes, blockValue, RESERVED_SZX, readBlock, szxOf } from './block-option.ts'
import type { BlockTransfer, TransferringPeer } from './block-transfer.ts'
import type { BlockTransfers } from './block-transfers.ts'
import { Code } from './code.ts'
import { fingerprint } from './fingerprint.ts'
import type { Option, Response } from './handler.ts'
import { findOption, OptionNumber, readUint, uintValue } from './option.ts'
import type { BlockRequest } from './request.ts'

/** What comes of a message with a block: a request to be handled, or an answer to this block. */
export type Taken = { readonly handle: BlockRequest } | { readonly respond: Response }

const TWO_TO_32 = 2 ** 32
/** Seconds after which a body that there was no room for may be tried again: as long as a body that is kept takes. */
const RETRY_AFTER = 30
const NOTHING = new Uint8Array(0)
const ENCODER = new TextEncoder()
/** No room for a body: Max-Age says when to come again (RFC 7252, 5.9.3.4). */
const NO_ROOM: Taken = { respond: { code: Code.serviceUnavailable, maxAge: RETRY_AFTER } }
const answer = (code: number, options: readonly Option[] = []): Taken => ({ respond: { code, options } })

/**
 * Bodies in blocks on the side that is asked: requests are put together (Block1, RFC 7959, 2.5), and responses that
 * do not fit one message are kept and given out block by block (Block2, 2.4). A transfer is known by its peer, its
 * method, its path and query and its Request-Tag (RFC 9175, 3.3), never by the token, which may change at each block.
 */
export class BlockwiseServer {
  readonly #transfers: BlockTransfers
  readonly #szx: number
  readonly #seed: number

  /**
   * @param blockSize of the blocks that we send and ask for, in bytes
   * @param seed makes ETags that nobody can foresee
   */
  constructor(transfers: BlockTransfers, blockSize: number, seed: number) {
    this.#transfers = transfers
    this.#szx = szxOf(blockSize)
    this.#seed = seed
  }

  /** Whether a request is for a further block of a body that is under way. */
  continues(peer: TransferringPeer, request: BlockRequest): boolean {
    const { block1, block2 } = request
    if (peer.transfers === undefined) return false
    if (block1 !== undefined && readBlock(block1).num > 0) {
      return this.#transfers.find(peer, this.#requestKey(request)) !== undefined
    }
    if (block2 === undefined || readBlock(block2).num === 0) return false
    return this.#transfers.find(peer, this.#responseKey(request)) !== undefined
  }

  /** Takes a request that has a Block option. */
  take(peer: TransferringPeer, request: BlockRequest): Taken {
    const block1 = request.block1 === undefined ? undefined : readBlock(request.block1)
    const block2 = request.block2 === undefined ? undefined : readBlock(request.block2)
    if (block1?.szx === RESERVED_SZX || block2?.szx === RESERVED_SZX) return answer(Code.badRequest)
    if (block1 !== undefined) return this.#takeBlock(peer, request, block1)
    if (block2 === undefined || block2.num === 0) return { handle: request }
    const kept = this.#transfers.find(peer, this.#responseKey(request))?.response
    if (kept !== undefined) return { respond: kept }
    // What can be asked again is asked again; nothing else is carried out for the sake of a later block.
    const isSafe = request.code === Code.get || request.code === Code.fetch
    return isSafe ? { handle: request } : answer(Code.requestEntityIncomplete)
  }

  /** Makes a response one that fits its message: the block that was asked for, and what was taken of the request. */
  fit(peer: TransferringPeer, request: BlockRequest, response: Response): Response {
    const { length } = response.payload ?? NOTHING
    if (request.block1 === undefined && request.block2 === undefined && length <= blockBytes(this.#szx)) {
      return response
    }
    // Which block of the answer is wanted says nothing before there is one (RFC 7959, 3.3).
    const cut = response.code === Code.continue ? response : this.#cut(peer, request, response)
    if (request.block1 === undefined) return cut
    const { num, more, szx } = readBlock(request.block1)
    const block1 = blockValue({ num, more, szx: Math.min(szx, this.#szx) })
    return withOptions(cut, { number: OptionNumber.block1, value: block1 })
  }

  #takeBlock(peer: TransferringPeer, request: BlockRequest, block: Block): Taken {
    const { length } = request.payload
    const size = blockBytes(block.szx)
    if (block.more ? length !== size : length > size) return answer(Code.badRequest)
    const key = this.#requestKey(request)
    if (block.num === 0) return this.#begin(peer, request, block, key)
    const transfer = this.#transfers.find(peer, key)
    const { contentFormat = transfer?.contentFormat } = request // not all devices repeat it with each block
    if (transfer === undefined || transfer.contentFormat !== contentFormat) {
      return answer(Code.requestEntityIncomplete)
    }
    return this.#continue(transfer, request, block)
  }

  #begin(peer: TransferringPeer, request: BlockRequest, block: Block, key: number): Taken {
    const known = this.#transfers.find(peer, key)
    if (!block.more) {
      if (known !== undefined) this.#transfers.drop(known)
      return { handle: request }
    }
    const announced = findOption(request.options, OptionNumber.size1)
    if (announced !== undefined && readUint(announced) > this.#transfers.longest) return this.#tooLarge()
    const transfer = this.#transfers.begin(peer, key)
    if (transfer === undefined) return NO_ROOM
    transfer.contentFormat = request.contentFormat
    return this.#add(transfer, request, block)
  }

  #continue(transfer: BlockTransfer, request: BlockRequest, block: Block): Taken {
    const offset = block.num * blockBytes(block.szx)
    if (offset === transfer.body.length) return this.#add(transfer, request, block)
    // The answer to it may have been lost, and its sender have begun a new exchange.
    const isKnown = block.more && transfer.body.holds(offset, request.payload)
    return answer(isKnown ? Code.continue : Code.requestEntityIncomplete)
  }

  #add(transfer: BlockTransfer, request: BlockRequest, block: Block): Taken {
    const result = this.#transfers.append(transfer, request.payload)
    if (result === 'added' && block.more) return answer(Code.continue)
    const payload = transfer.body.take()
    this.#transfers.drop(transfer)
    if (result === 'added') return { handle: { ...request, contentFormat: transfer.contentFormat, payload } }
    return result === 'too-large' ? this.#tooLarge() : NO_ROOM
  }

  /** Size1 says how large it may be (RFC 7959, 2.9.3 and 4). */
  #tooLarge(): Taken {
    const value = uintValue(this.#transfers.longest)
    return answer(Code.requestEntityTooLarge, [{ number: OptionNumber.size1, value }])
  }

  #cut(peer: TransferringPeer, request: BlockRequest, response: Response): Response {
    const payload = response.payload ?? NOTHING
    const wanted = request.block2 === undefined ? undefined : readBlock(request.block2)
    const szx = Math.min(this.#szx, wanted?.szx ?? this.#szx)
    const num = wanted?.num ?? 0
    const start = num * blockBytes(szx)
    if (num === 0 && payload.length <= blockBytes(szx)) return response
    if (start >= payload.length) return isError(response) ? response : { code: Code.badRequest }
    const end = start + blockBytes(szx)
    const more = end < payload.length
    const whole = this.#keep(peer, request, response, more)
    const options: Option[] = [{ number: OptionNumber.block2, value: blockValue({ num, more, szx }) }]
    if (num === 0) options.push({ number: OptionNumber.size2, value: uintValue(payload.length) })
    return { ...withOptions(whole, ...options), payload: payload.subarray(start, end) }
  }

  /** Keeps a response while there are blocks to be fetched; returns it with an ETag. */
  #keep(peer: TransferringPeer, request: BlockRequest, response: Response, more: boolean): Response {
    const key = this.#responseKey(request)
    const known = this.#transfers.find(peer, key)
    const tagged = this.#tagged(response)
    if (!more) {
      if (known !== undefined) this.#transfers.drop(known)
    } else if (known?.response === response) this.#transfers.touch(known)
    else {
      const transfer = this.#transfers.begin(peer, key)
      if (transfer !== undefined) this.#transfers.keep(transfer, tagged)
    }
    return tagged
  }

  #requestKey({ code, path, query, options }: BlockRequest): number {
    return this.#keyOf([code, path, query, tagsOf(options)])
  }

  #responseKey({ code, path, query, options, accept }: BlockRequest): number {
    return this.#keyOf([code, path, query, tagsOf(options), 'response', accept ?? null])
  }

  /** However long a path and a query are, what is kept of them is a number. */
  #keyOf(parts: readonly unknown[]): number {
    return fingerprint(ENCODER.encode(JSON.stringify(parts)), this.#seed)
  }

  #tagged(response: Response): Response {
    if (findOption(response.options ?? [], OptionNumber.etag) !== undefined) return response
    const print = fingerprint(response.payload ?? NOTHING, this.#seed)
    const value = Buffer.allocUnsafe(7)
    value.writeUIntBE(Math.floor(print / TWO_TO_32), 0, 3)
    value.writeUInt32BE(print % TWO_TO_32, 3)
    return withOptions(response, { number: OptionNumber.etag, value })
  }
}

function withOptions(response: Response, ...options: Option[]): Response {
  return { ...response, options: [...(response.options ?? []), ...options] }
}

function isError({ code }: Response): boolean {
  return code >= Code.badRequest
}

function tagsOf(options: readonly Option[]): string[] {
  const tags = options.filter(({ number }) => number === OptionNumber.requestTag)
  return tags.map(({ value }) => Buffer.from(value).toString('hex'))
}
