import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import { Throttle } from '../lib/throttle.ts'
import type { Report } from '../mapping/mapping.ts'
import { connectionOf, nameOf } from '../mapping/mapping-id.ts'
import type { Failure } from '../mapping/run.ts'

/**
 * Tells of rules that failed, in the log and on the gateway's event topic. A rule may fail on every value of a fleet: above
 * a bounded rate they are told at level debug alone, and counted for one line of the log a minute.
 */
export class FailureReports {
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #publish: (report: Report) => void
  readonly #throttle: Throttle
  /** Tells apart what is reported at the same time. */
  #count = 0

  /** @param publish called with what is told on the event topic */
  constructor(clock: Clock, logger: Logger, publish: (report: Report) => void) {
    this.#clock = clock
    this.#logger = logger
    this.#publish = publish
    this.#throttle = new Throttle({
      ...{ name: 'failing mappings', clock, perSecond: 1, burst: 10, reportAfter: 60_000 },
      report: (suppressed) =>
        logger.warn({ code: 'mapping_failed', suppressed }, 'mappings failed more often'),
    })
  }

  tell({ mapping: id, rule, event, endpoint, path, code, reason }: Failure): void {
    const mapping = nameOf(id)
    const connection = connectionOf(id)
    const fields = { code, mapping, connection, rule, event, endpoint, path, reason }
    const isClash = code === 'mapping_clash'
    const text = isClash ? 'two devices have one name in a mapping' : 'a rule of a mapping failed'
    this.#logger.debug(fields, text)
    if (!this.#throttle.admits()) return
    this.#logger.warn(fields, text)
    const at = this.#clock.wall()
    this.#publish({
      event: isClash ? 'mapping-clash' : 'mapping-failed',
      id: `${id}/${rule}/${at}-${this.#count++}`,
      ...{ at, endpoint, code, reason },
      details: { mapping, ...(connection && { connection }), rule, event, path: path ?? null },
    })
  }

  stop(): void {
    this.#throttle.stop()
  }
}
