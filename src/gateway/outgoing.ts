import type { CodedError } from '../lib/errors.ts'
import type { Publication } from '../mapping/publication.ts'
import type { Mapper } from './mapper.ts'
import type { RetainedLedger } from './retained-ledger.ts'
import type { Publisher } from './uplink.ts'

/** Port: what births go out through as well. */
export interface BirthPublisher extends Publisher {
  /** Takes a publication that goes before all that waits; false when there is no room, or the session is gone. */
  publishFirst(publication: Publication, done: (error?: CodedError) => void): boolean
}

export interface OutgoingOptions {
  readonly session: BirthPublisher
  readonly ledger: RetainedLedger
  readonly mapper: Pick<Mapper, 'lost'>
}

/**
 * The one way to the broker: what the queue takes, the ledger of retained topics knows from then on; what it does not
 * take, has not happened.
 */
export class Outgoing implements BirthPublisher {
  readonly #options: OutgoingOptions

  constructor(options: OutgoingOptions) {
    this.#options = options
  }

  publish(publication: Publication, done: (error?: CodedError) => void, isOwed = false): boolean {
    const isTaken = this.#options.session.publish(publication, this.#watched(publication, done), isOwed)
    return this.#noted(publication, isTaken)
  }

  publishFirst(publication: Publication, done: (error?: CodedError) => void): boolean {
    const isTaken = this.#options.session.publishFirst(publication, this.#watched(publication, done))
    return this.#noted(publication, isTaken)
  }

  /** Parts that are taken away may be lost later on, too. They are few. */
  #watched(publication: Publication, done: (error?: CodedError) => void): (error?: CodedError) => void {
    if (publication.origin?.farewells === undefined) return done
    return (error) => {
      if (error !== undefined) this.#options.mapper.lost(publication)
      done(error)
    }
  }

  #noted(publication: Publication, isTaken: boolean): boolean {
    if (isTaken) this.#options.ledger.note(publication)
    else this.#options.mapper.lost(publication)
    return isTaken
  }
}
