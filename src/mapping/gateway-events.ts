import type { EventName } from './events.ts'
import type { GatewayState, Report } from './mapping.ts'
import type { Publication } from './publication.ts'
import type { Run } from './run.ts'
import { StrangerScope } from './scope/device.ts'
import { EventScope } from './scope/event.ts'
import type { Sheet } from './sheet.ts'

/**
 * Tells of the gateway itself, and of what concerns no known device: strangers that were refused, mappings that fail.
 * Where no file does on the main connection, the fallback speaks there. Nothing is kept for it.
 */
export class GatewayEvents {
  readonly #sheets: readonly Sheet[]
  readonly #fallback: Sheet

  constructor(sheets: readonly Sheet[], fallback: Sheet) {
    this.#sheets = sheets
    this.#fallback = fallback
  }

  /** That the gateway is there, or has gone. */
  state(state: GatewayState, run: Run): readonly Publication[] {
    const own = this.#speakersOf(state)
    // Where other gateways look for this one, whatever the files say.
    const speakers = own.some(({ id }) => id === this.#fallback.id) ? own : [...own, this.#fallback]
    const event = { event: state, id: state, at: 0 }
    for (const sheet of speakers) {
      for (const { publish } of sheet.causesForNobody(state))
        publish.rule.apply(new EventScope(sheet.surroundings, event), state, 0, run)
    }
    // Without an id: the same words come again, from the broker as the Will, and count each time.
    return run.publications.map(({ userProperties: _, ...publication }) => publication)
  }

  /** What has happened. Of a stranger nothing is kept, whatever it calls itself. */
  report(report: Report, run: Run): readonly Publication[] {
    const { event, at } = report
    for (const sheet of this.#speakersOf(event)) {
      for (const { publish } of sheet.causesForNobody(event))
        publish.rule.apply(new StrangerScope(sheet.surroundings, report, report), event, at, run)
    }
    return run.publications.map(({ origin: _, ...publication }) => publication)
  }

  /** The files that speak of something; with the fallback where none does on the main connection. */
  #speakersOf(event: EventName): readonly Sheet[] {
    const speakers = this.#sheets.filter((sheet) => sheet.causesForNobody(event).length > 0)
    const isSpokenOf = speakers.some(({ connection }) => connection === undefined)
    return isSpokenOf ? speakers : [...speakers, this.#fallback]
  }
}
