import { PACKET_IDS } from './packet-ids.ts'
import type { Entry } from './queue.ts'

/**
 * The publications without a PUBACK, by packet identifier. A list with places, and no Map: V8 makes a Map's table
 * anew every few hundred changes, and the old ones, once they have aged, keep alive all that was in flight at that
 * time, until the next full collection. That tripled the cost of garbage collection.
 */
export class InFlight {
  readonly #entries: (Entry | undefined)[] = []
  #size = 0
  #last = 0

  get size(): number {
    return this.#size
  }

  /** @param packetId identifiers go round: each is the next one that is free */
  add(packetId: number, entry: Entry): void {
    while (this.#entries.length <= packetId) this.#entries.push(undefined)
    this.#entries[packetId] = entry
    this.#last = packetId
    this.#size++
  }

  /** Takes out what has this identifier. */
  take(packetId: number): Entry | undefined {
    const entry = this.#entries[packetId]
    if (entry === undefined) return undefined
    this.#entries[packetId] = undefined
    this.#size--
    return entry
  }

  /** Takes out all, in the order in which they were sent. */
  drain(): Entry[] {
    const entries: Entry[] = []
    for (let step = 1; this.#size > 0 && step <= PACKET_IDS; step++) {
      const entry = this.take((this.#last + step) % PACKET_IDS)
      if (entry !== undefined) entries.push(entry)
    }
    return entries
  }
}
