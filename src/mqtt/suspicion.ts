import type { Entry } from './queue.ts'

/** So often a broker may close the connection over a publication before that is dropped. */
export const CLOSES_UNTIL_POISON = 3

/** Topics of births that are remembered; beyond, the memory starts anew. */
const MOST_TOPICS = 1000

/**
 * Finds the publication over which a broker closes the connection again and again: MQTT 3.1.1 knows no other way
 * to refuse one, and it would be sent again at each reconnect for ever. After such an end, what was in flight is
 * sent one by one, so that the right one is blamed, and a broker that restarts in the middle costs no value.
 */
export class Suspicion {
  #oneByOne = 0
  /** Births are made anew for each connection: their topic tells that it is the same one. */
  readonly #births = new Map<string, number>()
  readonly #blamed = new Set<Entry>()

  /** Whether only one publication may be in flight for now. */
  get isAlert(): boolean {
    return this.#oneByOne > 0
  }

  /**
   * The broker closed the connection with these unacknowledged, oldest first. The first is blamed; if it is
   * innocent it passes the next time, when it goes alone.
   */
  closedOver(inFlight: readonly Entry[]): void {
    this.#oneByOne = Math.max(this.#oneByOne, inFlight.length)
    const [suspect] = inFlight
    if (suspect !== undefined) this.#blame(suspect)
  }

  /** A publication passed, or was given up. */
  passed(entry: Entry): void {
    if (entry.closes > 0) this.#blamed.delete(entry)
    if (this.#oneByOne > 0) this.#oneByOne--
  }

  /**
   * The broker was not even there when we came back: it had died, or was restarted, and closed nothing over a
   * publication. All blame is taken back.
   */
  acquit(): void {
    for (const entry of this.#blamed) entry.closes = 0
    this.#blamed.clear()
    this.#births.clear()
  }

  isPoison(entry: Entry): boolean {
    const closes = entry.birth ? (this.#births.get(entry.publication.topic) ?? 0) : entry.closes
    return closes >= CLOSES_UNTIL_POISON
  }

  /** Gives all topics another chance, as after a change of the broker's rules. */
  forgive(): void {
    this.#births.clear()
  }

  #blame(entry: Entry): void {
    entry.closes++
    if (!entry.birth) {
      this.#blamed.add(entry)
      return
    }
    const { topic } = entry.publication
    if (this.#births.size >= MOST_TOPICS) this.#births.clear()
    this.#births.set(topic, (this.#births.get(topic) ?? 0) + 1)
  }
}
