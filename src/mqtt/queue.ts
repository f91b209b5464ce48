import type { Publication } from '../mapping/publication.ts'
import type { Settle } from './settle.ts'

/** A publication on its way, from the moment it was taken until it is settled. */
export interface Entry {
  readonly publication: Publication
  readonly settle: Settle
  /** Upper bound of its encoded size. */
  readonly bytes: number
  /** When it was taken, on the monotonic clock; 0 where it does not expire. */
  readonly since: number
  /** Births belong to one connection: they are not sent again after it. */
  readonly birth: boolean
  /** How often the broker closed the connection while this was the first in flight. */
  closes: number
  next: Entry | undefined
}

/** First in, first out, as a linked list: also what comes back to the head costs O(1) each. */
export class Queue {
  #head: Entry | undefined
  #tail: Entry | undefined

  get head(): Entry | undefined {
    return this.#head
  }

  get isEmpty(): boolean {
    return this.#head === undefined
  }

  push(entry: Entry): void {
    entry.next = undefined
    if (this.#tail === undefined) this.#head = entry
    else this.#tail.next = entry
    this.#tail = entry
  }

  shift(): Entry | undefined {
    const entry = this.#head
    if (entry === undefined) return undefined
    this.#head = entry.next
    if (this.#head === undefined) this.#tail = undefined
    entry.next = undefined
    return entry
  }

  /** Puts entries before all others, in the order given. */
  putBack(entries: readonly Entry[]): void {
    for (let index = entries.length - 1; index >= 0; index--) {
      const entry = entries[index] as Entry
      entry.next = this.#head
      this.#head = entry
      this.#tail ??= entry
    }
  }

  /** Takes everything out. */
  drain(): Entry[] {
    const entries: Entry[] = []
    for (let entry = this.shift(); entry !== undefined; entry = this.shift()) entries.push(entry)
    return entries
  }
}
