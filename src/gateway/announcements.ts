import type { Clock } from '../lib/clock.ts'
import { Announcement, type BirthSession, type Telling } from './announcement.ts'

/** Announcements that messages have asked for and that are not through yet; above it they are left out. */
const MAX_ASKED = 16

/** All that the gateway is telling of its own accord, so that it ends with what it is told for. */
export class Announcements {
  readonly #clock: Clock
  #births: Announcement | undefined
  #reload: Announcement | undefined
  readonly #asked = new Set<Announcement>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** After a connect: in the place of those of the connection before. */
  births(session: BirthSession, tellings: Iterable<Telling>): void {
    this.#births?.end()
    this.#births = new Announcement(session, tellings, this.#clock)
    this.#births.proceed()
  }

  /** The connection that the births were for is gone. */
  disconnected(): void {
    this.#births?.end()
  }

  /** After a reload: it tells all that an earlier one has not told yet. */
  reload(session: BirthSession, tellings: Iterable<Telling>): void {
    this.#reload?.end()
    this.#reload = new Announcement(session, tellings, this.#clock)
    this.#reload.proceed()
  }

  /** @returns false where too many are under way already */
  asked(session: BirthSession, tellings: Iterable<Telling>): boolean {
    if (this.#asked.size >= MAX_ASKED) return false
    const announcement: Announcement = new Announcement(session, tellings, this.#clock, () => {
      this.#asked.delete(announcement)
    })
    this.#asked.add(announcement)
    announcement.proceed()
    return true
  }

  stop(): void {
    for (const announcement of [this.#births, this.#reload, ...this.#asked]) announcement?.end()
  }
}
