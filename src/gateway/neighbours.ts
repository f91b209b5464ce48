import { CodedError } from '../lib/errors.ts'
import type { Logger } from '../lib/logger.ts'
import type { Neighbour } from '../mapping/mapping.ts'

/** Whoever floods the topic makes us forget some, not run out of memory. */
const MOST = 16

/**
 * One base belongs to one gateway: who comes second has to go. Who was there first is decided when the broker has
 * our own `online`: what it had retained has come by then, and so has what it kept for our session while we were
 * away, which tells of gateways that came and went.
 */
export class Neighbours {
  readonly #base: string
  readonly #logger: Logger
  readonly #online = new Set<string>()
  readonly #taken = Promise.withResolvers<CodedError>()
  #isAnnounced = false

  constructor(base: string, logger: Logger) {
    this.#base = base
    this.#logger = logger
  }

  /** Resolves when the base turns out to be another's. */
  get taken(): Promise<CodedError> {
    return this.#taken.promise
  }

  /** Another gateway told its state. */
  hear({ gateway, online }: Neighbour): void {
    if (this.#isAnnounced) {
      if (online) this.#complain(gateway)
    } else if (!online) this.#online.delete(gateway)
    else if (this.#online.size < MOST) this.#online.add(gateway)
  }

  /** The broker has heard that we are online. */
  announced(): void {
    if (this.#isAnnounced) return
    this.#isAnnounced = true
    const [first] = this.#online
    this.#online.clear()
    if (first !== undefined) this.#taken.resolve(this.#complain(first))
  }

  #complain(neighbour: string): CodedError {
    const message = `gateway '${neighbour}' is online under the base topic '${this.#base}'`
    const error = new CodedError('base_taken', message)
    this.#logger.error({ code: error.code, neighbour, base: this.#base }, message)
    return error
  }
}
