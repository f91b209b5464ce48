/**
 * How one mapping names the devices: an index both ways, so that a command finds its endpoint without unescaping
 * anything. It is made anew from the registrations; nothing of it is stored.
 */
export class DeviceNames {
  readonly #byEndpoint = new Map<string, string>()
  readonly #byName = new Map<string, string>()

  nameOf(endpoint: string): string | undefined {
    return this.#byEndpoint.get(endpoint)
  }

  endpointOf(name: string): string | undefined {
    return this.#byName.get(name)
  }

  /**
   * Gives a device its name.
   * @param fallback what it is called where another device has that name; with a `%` after it, which no name that a
   *   file gives can have, where another device has taken that one, too
   * @returns the endpoint that has the name already, where that is another one
   */
  claim(endpoint: string, name: string, fallback: string): string | undefined {
    const holder = this.#byName.get(name)
    const isFree = holder === undefined || holder === endpoint
    const given = isFree ? name : this.#isOpenTo(endpoint, fallback) ? fallback : `${fallback}%`
    const before = this.#byEndpoint.get(endpoint)
    if (before !== given) {
      if (before !== undefined && this.#byName.get(before) === endpoint) this.#byName.delete(before)
      this.#byEndpoint.set(endpoint, given)
      this.#byName.set(given, endpoint)
    }
    return isFree ? undefined : holder
  }

  #isOpenTo(endpoint: string, name: string): boolean {
    const holder = this.#byName.get(name)
    return holder === undefined || holder === endpoint
  }

  /** The device is gone: its name is free. */
  release(endpoint: string): void {
    const name = this.#byEndpoint.get(endpoint)
    if (name === undefined) return
    this.#byEndpoint.delete(endpoint)
    if (this.#byName.get(name) === endpoint) this.#byName.delete(name)
  }
}
