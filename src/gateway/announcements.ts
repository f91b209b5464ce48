import type { Clock } from '../lib/clock.ts'
import { Announcement, type BirthSession, type Telling } from './announcement.ts'

/** Announcements that messages have asked for and that are not through yet; above it they are left out. */
const MAX_ASKED = 16

/** Of what there is one announcement at a time: `births` after a connect, and `devices` after a reload. */
export type Occasion = 'births' | 'devices'

/** All that is being told over a connection of the gateway's own accord, so that it ends with what it is told for. */
export class Announcements {
  readonly #clock: Clock
  readonly #current = new Map<Occasion, Announcement>()
  /** That end by themselves. */
  readonly #asked = new Set<Announcement>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** In the place of what has not been told yet of the same occasion: this tells all of it. */
  tell(occasion: Occasion, session: BirthSession, tellings: Iterable<Telling>): void {
    this.#current.get(occasion)?.end()
    const announcement = new Announcement(session, tellings, this.#clock)
    this.#current.set(occasion, announcement)
    announcement.proceed()
  }

  /** The connection that the births were for is gone. */
  disconnected(): void {
    this.#current.get('births')?.end()
  }

  /** @returns false where too many are under way already */
  asked(session: BirthSession, tellings: Iterable<Telling>): boolean {
    if (this.#asked.size >= MAX_ASKED) return false
    this.add(session, tellings)
    return true
  }

  /** What is told once and little, such as words of the gateway that a reload has changed: all of it, in any case. */
  add(session: BirthSession, tellings: Iterable<Telling>): void {
    const announcement: Announcement = new Announcement(session, tellings, this.#clock, () => {
      this.#asked.delete(announcement)
    })
    this.#asked.add(announcement)
    announcement.proceed()
  }

  stop(): void {
    for (const announcement of [...this.#current.values(), ...this.#asked]) announcement.end()
  }
}
