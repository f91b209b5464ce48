import { isSamePlacement, type Placement } from '../mapping/placement.ts'

/** Devices whose placement is kept; the one that was placed longest ago is forgotten first. */
const MAX_PLACEMENTS = 400_000

/** In no file. */
const NOWHERE: NonNullable<Placement> = {}

/** Where the mapping has placed each device so far. A device of which nothing is kept here is where all are. */
export class Placements {
  readonly #byEndpoint = new Map<string, NonNullable<Placement>>()

  placeOf(endpoint: string): Placement {
    return this.#byEndpoint.get(endpoint)
  }

  /** @returns whether the device was somewhere else before; not for one of which nothing was kept */
  move(endpoint: string, placement: Placement): boolean {
    const before = this.#byEndpoint.get(endpoint)
    if (placement === undefined) this.#byEndpoint.delete(endpoint)
    else this.#keep(endpoint, placement)
    return before !== undefined && !isSamePlacement(before, placement)
  }

  /** What has told where a device is did not arrive: all of it is to be told again. */
  doubt(endpoint: string): void {
    if (this.#byEndpoint.has(endpoint)) this.#byEndpoint.set(endpoint, NOWHERE)
  }

  forget(endpoint: string): void {
    this.#byEndpoint.delete(endpoint)
  }

  #keep(endpoint: string, placement: NonNullable<Placement>): void {
    this.#byEndpoint.delete(endpoint)
    this.#byEndpoint.set(endpoint, placement)
    if (this.#byEndpoint.size <= MAX_PLACEMENTS) return
    const [oldest] = this.#byEndpoint.keys()
    if (oldest !== undefined) this.#byEndpoint.delete(oldest)
  }
}
