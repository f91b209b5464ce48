import type { Clock } from '../lib/clock.ts'
import { BlockTransfer, type TransferringPeer } from './block-transfer.ts'
import type { BodyMemory } from './body.ts'
import type { Counters } from './counters.ts'
import { Expiry } from './expiry.ts'
import type { Response } from './handler.ts'
import type { CoapParameters } from './parameters.ts'

/** Memory of one transfer besides its body: measured, rounded up. */
const OVERHEAD = 512

/**
 * The bodies under way in blocks, bounded for each peer, in all, in bytes and in time. Where there is no room, the
 * transfer that has been idle longest goes: its next block is answered as one that was never begun.
 */
export class BlockTransfers implements BodyMemory {
  readonly #idle: Expiry<BlockTransfer>
  readonly #parameters: CoapParameters
  readonly #counters: Counters
  #size = 0
  #bytes = 0

  constructor(clock: Clock, parameters: CoapParameters, counters: Counters) {
    this.#idle = new Expiry('coap idle transfers', clock, parameters.transferIdle, (transfer) =>
      this.#forget(transfer),
    )
    this.#parameters = parameters
    this.#counters = counters
  }

  /** Memory in use, in bytes, with that of bodies which we fetch ourselves. */
  get bytes(): number {
    return this.#bytes
  }

  get longest(): number {
    return this.#parameters.bodyBytes
  }

  find(peer: TransferringPeer, key: string): BlockTransfer | undefined {
    return peer.transfers?.get(key)
  }

  /** Begins a transfer in the place of one with the same key; undefined where there is no room. */
  begin(peer: TransferringPeer, key: string): BlockTransfer | undefined {
    const known = this.find(peer, key)
    if (known !== undefined) this.drop(known)
    this.#makeRoom(peer)
    if (!this.reserve(OVERHEAD)) return undefined
    const transfer = new BlockTransfer(peer, key, this)
    peer.transfers ??= new Map()
    peer.transfers.set(key, transfer)
    peer.hold()
    this.#size++
    this.#idle.add(transfer)
    return transfer
  }

  /** Adds a block to a request's body, which thereby is the one that has been idle least. */
  append(transfer: BlockTransfer, block: Uint8Array): 'added' | 'too-large' | 'no-room' {
    this.#idle.remove(transfer) // or it might have to go to make room for itself
    const result = transfer.body.append(block)
    this.#idle.add(transfer)
    return result
  }

  /** Keeps a response to be fetched; false where there is no room, and the transfer has ended. */
  keep(transfer: BlockTransfer, response: Response): boolean {
    this.#idle.remove(transfer)
    const hasRoom = this.reserve(response.payload?.length ?? 0)
    this.#idle.add(transfer)
    if (hasRoom) transfer.response = response
    else this.drop(transfer)
    return hasRoom
  }

  /** Something was asked of this transfer: it is not idle. */
  touch(transfer: BlockTransfer): void {
    this.#idle.remove(transfer)
    this.#idle.add(transfer)
  }

  /** Ends a transfer and gives its memory back. */
  drop(transfer: BlockTransfer): void {
    this.#idle.remove(transfer)
    this.#forget(transfer)
  }

  /** Ends all transfers of a peer. */
  dropAll(peer: TransferringPeer): void {
    for (const transfer of [...(peer.transfers?.values() ?? [])]) this.drop(transfer)
  }

  reserve(bytes: number): boolean {
    while (this.#bytes + bytes > this.#parameters.bodiesBytes) {
      const oldest = this.#idle.first
      if (oldest === undefined) {
        this.#counters.overload++
        return false
      }
      this.drop(oldest)
    }
    this.#bytes += bytes
    return true
  }

  release(bytes: number): void {
    this.#bytes -= bytes
  }

  stop(): void {
    this.#idle.stop()
  }

  #makeRoom(peer: TransferringPeer): void {
    const { transfersPerPeer, transfersInAll } = this.#parameters
    const own = peer.transfers
    if (own !== undefined && own.size >= transfersPerPeer) this.drop(idlest(own))
    else if (this.#size >= transfersInAll && this.#idle.first !== undefined) this.drop(this.#idle.first)
  }

  /** Forgets a transfer that is in the queue no more. */
  #forget(transfer: BlockTransfer): void {
    const { peer, key, body, response } = transfer
    body.drop()
    this.release(OVERHEAD + (response?.payload?.length ?? 0))
    this.#size--
    peer.transfers?.delete(key)
    if (peer.transfers?.size === 0) peer.transfers = undefined
    peer.release()
  }
}

function idlest(transfers: Map<string, BlockTransfer>): BlockTransfer {
  return [...transfers.values()].reduce((one, other) => (other.expires < one.expires ? other : one))
}
