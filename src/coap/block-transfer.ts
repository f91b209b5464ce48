import { Body } from './body.ts'
import type { BodyPool, IdleBody } from './body-pool.ts'
import type { Response } from './handler.ts'

/** A peer, as far as the bodies go that it sends or fetches in blocks. */
export interface TransferringPeer {
  /** By key; undefined where there are none. */
  transfers: Map<number, BlockTransfer> | undefined
  /** Keeps the peer from being forgotten. */
  hold(): void
  release(): void
}

/**
 * A body under way with a peer that asks: one that it sends in blocks (Block1), or a response of ours that it
 * fetches in blocks (Block2).
 */
export class BlockTransfer implements IdleBody {
  readonly peer: TransferringPeer
  readonly key: number
  /** What has come of a request. */
  readonly body: Body
  /** Content-Format of the request's first block. */
  contentFormat: number | undefined
  /** The whole response that is being fetched. */
  response: Response | undefined
  expires = 0
  previous: IdleBody | undefined
  next: IdleBody | undefined
  readonly #forget: (transfer: BlockTransfer) => void

  /** @param forget is called when it is given up */
  constructor(
    peer: TransferringPeer,
    key: number,
    pool: BodyPool,
    forget: (transfer: BlockTransfer) => void,
  ) {
    this.peer = peer
    this.key = key
    this.body = new Body(pool)
    this.#forget = forget
  }

  giveUp(): void {
    this.#forget(this)
  }
}
