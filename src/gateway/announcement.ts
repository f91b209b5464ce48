import type { Clock, Timer } from '../lib/clock.ts'
import type { Publication } from '../mapping/publication.ts'
import { keyOf, type TopicKey } from '../mapping/retained-key.ts'

/** Port: where an announcement goes. */
export interface BirthSession {
  /** Takes a publication; false, without a call of `done`, when there is no room. */
  publishFirst(publication: Publication, done: () => void): boolean
  /** There was no room for these: they have not happened. */
  lost(publications: readonly Publication[]): void
  /** All has been told: lets what waits follow. */
  open(): void
}

/** What is to be told of one device, as it is when it is asked for. */
export type Telling = () => readonly Publication[]

/** From how many publications on their way the next device waits: the queue's room is bounded, a fleet is not. */
const MAX_ON_THE_WAY = 256
/** Devices that are looked at in one go, most of which may have nothing to tell: a fleet must not hold up the rest. */
const MAX_AT_A_TIME = 1_000
/** Milliseconds after which a queue that was full is tried again. */
const RETRY_AFTER = 1_000

/**
 * Tells the broker what holds now, device by device: after each connect, after a reload, or because a message asks for
 * it. All of one device is handed over at once, so that nothing that is newer comes before it. Where the queue is full it
 * waits, and begins again with that device, without what was taken of it: what held then may not hold any more. It goes
 * on by itself until all is told or it is ended.
 */
export class Announcement {
  readonly #session: BirthSession
  readonly #tellings: Iterator<Telling>
  readonly #clock: Clock
  readonly #ended: () => void
  /** Of the device for which there was no room. */
  #telling: Telling | undefined
  /** What was taken of it, by topic. */
  readonly #taken = new Map<TopicKey, Publication>()
  #onTheWay = 0
  #retry: Timer | undefined
  #isProceeding = false
  #isOver = false

  /** @param ended called once, when all is told, or at `end` */
  constructor(
    session: BirthSession,
    tellings: Iterable<Telling>,
    clock: Clock,
    ended: () => void = () => {},
  ) {
    this.#session = session
    this.#tellings = tellings[Symbol.iterator]()
    this.#clock = clock
    this.#ended = ended
  }

  /** Sends as much as there is room for; goes on by itself. What is settled at once only makes the loop longer. */
  proceed(): void {
    if (this.#isProceeding) return
    this.#isProceeding = true
    try {
      this.#tellNext()
    } finally {
      this.#isProceeding = false
    }
  }

  /** There is nobody to tell it to any more, or another one tells it all. */
  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#retry?.cancel()
    this.#ended()
  }

  #tellNext(): void {
    for (let looked = 0; this.#mayGoOn(); looked++) {
      if (looked === MAX_AT_A_TIME) {
        this.#goOnIn(0)
        return
      }
      const telling = this.#telling ?? this.#next()
      if (telling === undefined) {
        this.end()
        this.#session.open()
      } else if (!this.#tell(telling)) {
        this.#telling = telling
        this.#goOnIn(RETRY_AFTER)
      }
    }
  }

  #mayGoOn(): boolean {
    return !this.#isOver && this.#retry === undefined && this.#onTheWay < MAX_ON_THE_WAY
  }

  #next(): Telling | undefined {
    const { value, done } = this.#tellings.next()
    return done === true ? undefined : value
  }

  /** @returns false where there is no room for all of it */
  #tell(telling: Telling): boolean {
    const publications = telling().filter((publication) => !this.#isTaken(publication))
    const refused = publications.findIndex((publication) => !this.#offer(publication))
    if (refused >= 0) {
      for (const publication of publications.slice(0, refused))
        this.#taken.set(keyOf(publication), publication)
      this.#session.lost(publications.slice(refused))
      return false
    }
    this.#telling = undefined
    this.#taken.clear()
    return true
  }

  /** Its id may be another one by now: what counts is what the broker has. */
  #isTaken(publication: Publication): boolean {
    const taken = this.#taken.size === 0 ? undefined : this.#taken.get(keyOf(publication))
    return taken !== undefined && Buffer.from(taken.payload).equals(Buffer.from(publication.payload))
  }

  #offer(publication: Publication): boolean {
    this.#onTheWay++
    const isTaken = this.#session.publishFirst(publication, this.#settled)
    if (!isTaken) this.#onTheWay--
    return isTaken
  }

  #goOnIn(milliseconds: number): void {
    if (this.#isOver) return
    const again = (announcement: Announcement): void => announcement.#again()
    this.#retry = this.#clock.schedule('announcement', milliseconds, again, this)
  }

  #again(): void {
    this.#retry = undefined
    this.proceed()
  }

  readonly #settled = (): void => {
    this.#onTheWay--
    this.proceed()
  }
}
