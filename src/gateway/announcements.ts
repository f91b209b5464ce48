import type { Clock } from '../lib/clock.ts'
import { Announcement, type BirthSession, type Telling } from './announcement.ts'

/** Announcements that messages have asked for and that are not through yet; above it they are left out. */
const MAX_ASKED = 16

/**
 * Of what there is one announcement at a time: `births` after a connect, and after a reload `words` of the gateway and
 * what holds for `devices`.
 */
export type Occasion = 'births' | 'words' | 'devices'

/** Works out what a message asks for, by the mapping that is in force then; undefined for nothing. */
export type Asking = () => Iterable<Telling> | undefined

/** All that is being told over a connection of the gateway's own accord, so that it ends with what it is told for. */
export class Announcements {
  readonly #clock: Clock
  readonly #current = new Map<Occasion, Announcement>()
  readonly #asked = new Map<Asking, Announcement>()

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
  asked(session: BirthSession, ask: Asking): boolean {
    const tellings = ask()
    if (tellings === undefined) return true
    if (this.#asked.size >= MAX_ASKED) return false
    const announcement = new Announcement(session, tellings, this.#clock, () => this.#asked.delete(ask))
    this.#asked.set(ask, announcement)
    announcement.proceed()
    return true
  }

  /** Another mapping is in force: what messages have asked for is told by that one. */
  renewAsked(session: BirthSession): void {
    for (const [ask, announcement] of [...this.#asked]) {
      announcement.end()
      this.asked(session, ask)
    }
  }

  stop(): void {
    for (const announcement of [...this.#current.values(), ...this.#asked.values()]) announcement.end()
  }
}
