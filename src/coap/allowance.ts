/**
 * How much may be sent to an address that nobody has proved to be the sender's (RFC 7252, 11.3): a few times what came
 * from there, until it has answered a request of ours, whose token it could not guess. Peer objects of one path share
 * it and carry it on, so that who keeps one keeps the proof as well.
 */
export class Allowance {
  /** Whether the peer is known to be where it says; then all may be sent. */
  isVerified: boolean
  readonly #factor: number
  #left = 0

  /** @param factor times what came that may be sent */
  constructor(isVerified: boolean, factor: number) {
    this.isVerified = isVerified
    this.#factor = factor
  }

  /** So many bytes came. */
  hear(bytes: number): void {
    if (!this.isVerified) this.#left += bytes * this.#factor
  }

  covers(bytes: number): boolean {
    return this.isVerified || bytes <= this.#left
  }

  /** Whether so many bytes may be sent; if so, they are taken for sent. */
  spend(bytes: number): boolean {
    if (this.isVerified) return true
    if (bytes > this.#left) return false
    this.#left -= bytes
    return true
  }

  /** Goes on with what another has, which keeps nothing that could be spent twice. */
  absorb(other: Allowance | undefined): void {
    if (other === undefined || other === this) return
    this.#left += other.#left
    other.#left = 0
    if (other.isVerified) this.isVerified = true
  }
}
