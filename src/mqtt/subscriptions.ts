import type { Subscription } from './session-options.ts'

/** What has to be said to the broker for it to know what is wanted. */
export interface SubscriptionChange {
  readonly added: readonly Subscription[]
  /** Filters. */
  readonly removed: readonly string[]
}

/** What a session listens to, and what the broker, which keeps the session, still has of what it listened to before. */
export class Subscriptions {
  #wanted: readonly Subscription[]
  /** Filters that this connection has asked for. */
  #asked = new Set<string>()
  /** Those, and what earlier connections have asked for and none has taken back. */
  #held = new Set<string>()

  constructor(wanted: readonly Subscription[]) {
    this.#wanted = wanted
  }

  /** Others are wanted from now on. */
  replace(wanted: readonly Subscription[]): void {
    this.#wanted = wanted
  }

  /** @returns what a new connection asks for: all that is wanted, since the broker may have forgotten the session */
  begin(): readonly Subscription[] {
    this.#asked = filtersOf(this.#wanted)
    for (const filter of this.#asked) this.#held.add(filter)
    return this.#wanted
  }

  /** @returns what leads from what the broker has to what is wanted now */
  catchUp(): SubscriptionChange {
    const wanted = filtersOf(this.#wanted)
    const added = this.#wanted.filter(({ filter }) => !this.#asked.has(filter))
    const removed = [...this.#held].filter((filter) => !wanted.has(filter))
    this.#asked = wanted
    this.#held = new Set(wanted)
    return { added, removed }
  }
}

function filtersOf(subscriptions: readonly Subscription[]): Set<string> {
  return new Set(subscriptions.map(({ filter }) => filter))
}
