import type { Publication } from '../mapping/publication.ts'

/** Port: a broker session that has just come up. */
export interface BirthSession {
  /** Takes a publication that goes before all that waits; false when there is no room, or the session is gone. */
  publishFirst(publication: Publication, done: () => void): boolean
  /** Lets what waits follow. */
  open(): void
}

/** How many births may be on their way: the queue's room for them is bounded, a fleet is not. */
const MAX_ON_THE_WAY = 256

/**
 * Tells the broker, after each connect, what holds now: all of it before anything that waits. A connection that
 * breaks meanwhile ends it; the next one brings a new announcement.
 */
export class Announcement {
  readonly #session: BirthSession
  readonly #births: Iterator<Publication>
  #onTheWay = 0
  #state: 'telling' | 'told' | 'broken' = 'telling'

  constructor(session: BirthSession, births: Iterable<Publication>) {
    this.#session = session
    this.#births = births[Symbol.iterator]()
  }

  /** Sends as much as there is room for; goes on by itself. */
  proceed(): void {
    while (this.#state === 'telling' && this.#onTheWay < MAX_ON_THE_WAY) {
      const { value, done } = this.#births.next()
      if (done === true) {
        this.#state = 'told'
        this.#session.open()
        return
      }
      this.#onTheWay++
      if (!this.#session.publishFirst(value, this.#settled)) this.#state = 'broken'
    }
  }

  readonly #settled = (): void => {
    this.#onTheWay--
    this.proceed()
  }
}
