import type { Publication } from '../mapping/publication.ts'
import { isSamePublication } from '../mapping/same-publication.ts'
import { QOS_NOT_SUPPORTED, RETAIN_NOT_SUPPORTED } from './reason.ts'

/** What the broker publishes for us when the connection breaks, as far as it takes it. */
export class Will {
  readonly #maxQoS: 0 | 1
  #wanted: Publication | undefined
  #taken: Publication | undefined
  /** Of the connection that there is. */
  #there: Publication | undefined

  constructor(wanted: Publication | undefined, maxQoS: 0 | 1) {
    this.#maxQoS = maxQoS
    this.#wanted = wanted
    this.restore()
  }

  /** @returns false where it is the same as before */
  replace(wanted: Publication | undefined): boolean {
    if (isSamePublication(wanted, this.#wanted)) return false
    this.#wanted = wanted
    this.restore()
    return true
  }

  /** @returns what a new connection carries */
  begin(): Publication | undefined {
    this.#there = this.#taken
    return this.#taken
  }

  /** Whether the connection carries what is wanted now. */
  get isThere(): boolean {
    return this.#there === this.#taken
  }

  /** Leaves out what a CONNACK refuses. @returns whether there was anything to leave out */
  adapt(refusal: number | undefined): boolean {
    const will = this.#taken
    if (will === undefined) return false
    if (refusal === RETAIN_NOT_SUPPORTED && will.retain) this.#taken = { ...will, retain: false }
    else if (refusal === QOS_NOT_SUPPORTED && will.qos > 0) this.#taken = { ...will, qos: 0 }
    else return false
    return true
  }

  /** The broker gets another chance to take all of it. */
  restore(): void {
    const will = this.#wanted
    const isLowered = will !== undefined && will.qos > this.#maxQoS
    this.#taken = isLowered ? { ...will, qos: this.#maxQoS } : will
  }
}
