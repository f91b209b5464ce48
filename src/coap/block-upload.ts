import { type Block, blockBytes, blockValue, HIGHEST_NUM } from './block-option.ts'
import type { Option, Request } from './handler.ts'
import { OptionNumber, uintValue } from './option.ts'

/** The body of a request of ours on its way in blocks (Block1, RFC 7959, 2.5). */
export class BlockUpload {
  readonly #payload: Uint8Array
  #offset = 0
  #szx: number

  constructor(payload: Uint8Array, szx: number) {
    this.#payload = payload
    this.#szx = szx
  }

  get szx(): number {
    return this.#szx
  }

  /** The block that is to be sent, or has been sent last. */
  get block(): Block {
    const size = blockBytes(this.#szx)
    return { num: this.#offset / size, more: !this.isLast, szx: this.#szx }
  }

  get isLast(): boolean {
    return this.#offset + blockBytes(this.#szx) >= this.#payload.length
  }

  /** Whether there are numbers for all blocks. */
  get isNumerable(): boolean {
    return this.#payload.length <= (HIGHEST_NUM + 1) * blockBytes(this.#szx)
  }

  /** The request for this block; the first one tells the size of the whole. */
  request(base: Request): Request {
    const options: Option[] = [
      ...(base.options ?? []),
      { number: OptionNumber.block1, value: blockValue(this.block) },
    ]
    if (this.#offset === 0) {
      options.push({ number: OptionNumber.size1, value: uintValue(this.#payload.length) })
    }
    const end = this.#offset + blockBytes(this.#szx)
    return { ...base, options, payload: this.#payload.subarray(this.#offset, end) }
  }

  /** This block has arrived; the next ones are of size `szx` if that is smaller (RFC 7959, 2.5 and figure 8). */
  advance(szx: number): void {
    this.#offset += blockBytes(this.#szx)
    this.#szx = Math.min(this.#szx, szx)
  }

  restart(szx: number): void {
    this.#offset = 0
    this.#szx = szx
  }
}
