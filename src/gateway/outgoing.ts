import type { Publication } from '../mapping/publication.ts'
import type { Settle } from '../mqtt/settle.ts'
import type { Mapper } from './mapper.ts'
import type { Publisher } from './uplink.ts'

/** Port: what births go out through as well. */
export interface BirthPublisher extends Publisher {
  /** Takes a publication that goes before all that waits; false when there is no room, or the session is gone. */
  publishFirst(publication: Publication, settle: Settle): boolean
}

/**
 * The one way to a broker: what the queue takes, the ledger of retained topics knows from then on; what it does not
 * take, has not happened.
 */
export class Outgoing implements BirthPublisher {
  readonly #session: BirthPublisher
  readonly #mapper: Pick<Mapper, 'taken' | 'lost'>

  constructor(session: BirthPublisher, mapper: Pick<Mapper, 'taken' | 'lost'>) {
    this.#session = session
    this.#mapper = mapper
  }

  publish(publication: Publication, settle: Settle, isOwed = false): boolean {
    const isTaken = this.#session.publish(publication, this.#watched(publication, settle), isOwed)
    return this.#noted(publication, isTaken)
  }

  publishFirst(publication: Publication, settle: Settle): boolean {
    const isTaken = this.#session.publishFirst(publication, this.#watched(publication, settle))
    return this.#noted(publication, isTaken)
  }

  /** Parts that are taken away may be lost later on, too. They are few. */
  #watched(publication: Publication, settle: Settle): Settle {
    if (publication.origin?.farewells === undefined) return settle
    return (error) => {
      if (error !== undefined) this.#mapper.lost(publication)
      settle(error)
    }
  }

  #noted(publication: Publication, isTaken: boolean): boolean {
    if (isTaken) this.#mapper.taken(publication)
    else this.#mapper.lost(publication)
    return isTaken
  }
}
