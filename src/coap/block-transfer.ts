import { Body, type BodyMemory } from './body.ts'
import type { Expiring } from './expiry.ts'
import type { Response } from './handler.ts'

/** A peer, as far as the bodies go that it sends or fetches in blocks. */
export interface TransferringPeer {
  /** By key; undefined where there are none. */
  transfers: Map<string, BlockTransfer> | undefined
  /** Keeps the peer from being forgotten. */
  hold(): void
  release(): void
}

/**
 * A body under way with a peer that asks: one that it sends in blocks (Block1), or a response of ours that it
 * fetches in blocks (Block2).
 */
export class BlockTransfer implements Expiring<BlockTransfer> {
  readonly peer: TransferringPeer
  readonly key: string
  /** What has come of a request. */
  readonly body: Body
  /** Content-Format of the request's first block. */
  contentFormat: number | undefined
  /** The whole response that is being fetched. */
  response: Response | undefined
  expires = 0
  previous: BlockTransfer | undefined
  next: BlockTransfer | undefined

  constructor(peer: TransferringPeer, key: string, memory: BodyMemory) {
    this.peer = peer
    this.key = key
    this.body = new Body(memory)
  }
}
