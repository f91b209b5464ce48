import type { Clock, Timer } from '../lib/clock.ts'
import type { Publication } from '../mapping/publication.ts'

/** Port: where an announcement goes. */
export interface BirthSession {
  /** Takes a publication; false when there is no room. */
  publishFirst(publication: Publication, done: () => void): boolean
  /** All has been told: lets what waits follow. */
  open(): void
}

/** What is to be told of one device, as it is when it is asked for. */
export type Telling = () => readonly Publication[]

/** How many publications may be on their way: the queue's room is bounded, a fleet is not. */
const MAX_ON_THE_WAY = 256
/** Milliseconds after which a queue that was full is tried again. */
const RETRY_AFTER = 1_000
/** How often what is told of one device is worked out anew, because there was no room for all of it. */
const MAX_REPETITIONS = 3

/**
 * Tells the broker what holds now, device by device: after each connect, after a reload, or because a message asks for
 * it. Where the queue is full it waits, and begins again with the device that it was at: what held then may not hold any
 * more. It goes on by itself until all is told or it is ended.
 */
export class Announcement {
  readonly #session: BirthSession
  readonly #tellings: Iterator<Telling>
  readonly #clock: Clock
  readonly #ended: () => void
  /** Of one device. */
  #telling: Telling = () => []
  #publications: readonly Publication[] = []
  #place = 0
  #repetitions = 0
  #onTheWay = 0
  #retry: Timer | undefined
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

  /** Sends as much as there is room for; goes on by itself. */
  proceed(): void {
    while (!this.#isOver && this.#retry === undefined && this.#onTheWay < MAX_ON_THE_WAY) {
      const publication = this.#next()
      if (publication === undefined) {
        this.end()
        this.#session.open()
        return
      }
      this.#onTheWay++
      if (!this.#session.publishFirst(publication, this.#settled)) this.#wait()
    }
  }

  /** There is nobody to tell it to any more, or another one tells it all. */
  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#retry?.cancel()
    this.#ended()
  }

  #next(): Publication | undefined {
    while (this.#place >= this.#publications.length) {
      const { value, done } = this.#tellings.next()
      if (done === true) return undefined
      this.#telling = value
      this.#repetitions = 0
      this.#publications = value()
      this.#place = 0
    }
    return this.#publications[this.#place++]
  }

  #wait(): void {
    this.#onTheWay--
    this.#place--
    if (this.#isOver) return
    const again = (announcement: Announcement): void => announcement.#again()
    this.#retry = this.#clock.schedule('announcement', RETRY_AFTER, again, this)
  }

  #again(): void {
    this.#retry = undefined
    // Some of it was taken each time: there may never be room for all of it at once.
    if (this.#place === 0 || this.#repetitions++ < MAX_REPETITIONS) {
      this.#publications = this.#telling()
      this.#place = 0
    }
    this.proceed()
  }

  readonly #settled = (): void => {
    this.#onTheWay--
    this.proceed()
  }
}
