/** Bounds what a broker in memory keeps of retained messages. */
export class RetainedBudget {
  readonly #most: number
  readonly #sizes = new Map<string, number>()
  #bytes = 0

  /** @param most bytes of topics and payloads together */
  constructor(most: number) {
    this.#most = most
  }

  /**
   * Counts a retained message in place of the one before; an empty payload removes it.
   * @returns false, and nothing counted, when it does not fit any more
   */
  admit(topic: string, payloadBytes: number): boolean {
    const before = this.#sizes.get(topic) ?? 0
    const size = payloadBytes === 0 ? 0 : Buffer.byteLength(topic) + payloadBytes
    if (size > before && this.#bytes - before + size > this.#most) return false
    this.#bytes += size - before
    if (size === 0) this.#sizes.delete(topic)
    else this.#sizes.set(topic, size)
    return true
  }
}
