import { BlockTransfer, type TransferringPeer } from './block-transfer.ts'
import type { BodyPool } from './body-pool.ts'
import type { Response } from './handler.ts'

/**
 * The bodies under way in blocks with peers that ask, bounded for each peer; `BodyPool` bounds them all. Where there is
 * no room, the transfer that has been idle longest goes: its next block is answered as one that was never begun.
 */
export class BlockTransfers {
  readonly #pool: BodyPool
  readonly #limit: number

  /** @param limit of one peer */
  constructor(pool: BodyPool, limit: number) {
    this.#pool = pool
    this.#limit = limit
  }

  /** Bytes that one body may have. */
  get longest(): number {
    return this.#pool.longest
  }

  find(peer: TransferringPeer, key: number): BlockTransfer | undefined {
    return peer.transfers?.get(key)
  }

  /** Begins a transfer in the place of one with the same key; undefined where there is no room. */
  begin(peer: TransferringPeer, key: number): BlockTransfer | undefined {
    const known = this.find(peer, key)
    if (known !== undefined) this.drop(known)
    const own = peer.transfers
    if (own !== undefined && own.size >= this.#limit) this.drop(idlest(own))
    if (!this.#pool.open()) return undefined
    const transfer = new BlockTransfer(peer, key, this.#pool, this.#forget)
    peer.transfers ??= new Map()
    peer.transfers.set(key, transfer)
    peer.hold()
    this.#pool.wait(transfer)
    return transfer
  }

  /** Adds a block to a request's body, which thereby is the one that has been idle least. */
  append(transfer: BlockTransfer, block: Uint8Array): 'added' | 'too-large' | 'no-room' {
    this.#pool.wake(transfer) // or it might have to go to make room for itself
    const result = transfer.body.append(block)
    this.#pool.wait(transfer)
    return result
  }

  /** Keeps a response to be fetched; false where there is no room, and the transfer has ended. */
  keep(transfer: BlockTransfer, response: Response): boolean {
    this.#pool.wake(transfer)
    const hasRoom = this.#pool.reserve(response.payload?.length ?? 0)
    this.#pool.wait(transfer)
    if (hasRoom) transfer.response = response
    else this.drop(transfer)
    return hasRoom
  }

  /** Something was asked of this transfer: it is not idle. */
  touch(transfer: BlockTransfer): void {
    this.#pool.wake(transfer)
    this.#pool.wait(transfer)
  }

  /** Ends a transfer and gives its memory back. */
  drop(transfer: BlockTransfer): void {
    this.#pool.wake(transfer)
    this.#forget(transfer)
  }

  /** Ends all transfers of a peer. */
  dropAll(peer: TransferringPeer): void {
    for (const transfer of [...(peer.transfers?.values() ?? [])]) this.drop(transfer)
  }

  /** Forgets a transfer that waits no more. */
  readonly #forget = ({ peer, key, body, response }: BlockTransfer): void => {
    body.drop()
    this.#pool.release(response?.payload?.length ?? 0)
    this.#pool.close()
    peer.transfers?.delete(key)
    if (peer.transfers?.size === 0) peer.transfers = undefined
    peer.release()
  }
}

function idlest(transfers: Map<number, BlockTransfer>): BlockTransfer {
  return [...transfers.values()].reduce((one, other) => (other.expires < one.expires ? other : one))
}
