/** One more than the highest (MQTT 5, 2.2.1); 0 is none. */
export const PACKET_IDS = 0x10000

/**
 * Packet identifiers (MQTT 5, 2.2.1) from 1 to 65535, in the shape that MQTT.js asks for. Its own provider hands
 * out an identifier again although it is still in flight.
 */
export class PacketIds {
  readonly #used = new Uint8Array(PACKET_IDS)
  #count = 0
  #last = 0

  /** The next one that is free, round and round; null when all are in use. */
  allocate(): number | null {
    if (this.#count >= PACKET_IDS - 1) return null
    do this.#last = (this.#last % (PACKET_IDS - 1)) + 1
    while (this.#used[this.#last] === 1)
    this.register(this.#last)
    return this.#last
  }

  getLastAllocated(): number {
    return this.#last
  }

  /** False for one that is in use. */
  register(id: number): boolean {
    if (this.#used[id] === 1) return false
    this.#used[id] = 1
    this.#count++
    return true
  }

  deallocate(id: number): void {
    if (this.#used[id] !== 1) return
    this.#used[id] = 0
    this.#count--
  }

  clear(): void {
    this.#used.fill(0)
    this.#count = 0
  }
}
