import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import { refusesVersion } from './reason.ts'
import type { SessionOptions } from './session-options.ts'
import type { Will } from './will.ts'

/** Milliseconds after which a broker that refused MQTT 5, or publications, is given another chance. */
const FORGIVE_AFTER = 3_600_000

/**
 * What a session does without since its broker refuses it: MQTT 5, parts of the Will. A broker may be replaced by one
 * that takes more: after an hour it is asked for all again.
 */
export class Concessions {
  readonly #wanted: SessionOptions['protocol']
  readonly #will: Will
  readonly #clock: Clock
  readonly #logger: Logger
  #protocol: 4 | 5
  #forgiveAt = Number.POSITIVE_INFINITY

  constructor(
    { protocol, clock, logger }: Pick<SessionOptions, 'protocol' | 'clock' | 'logger'>,
    will: Will,
  ) {
    this.#wanted = protocol
    this.#will = will
    this.#clock = clock
    this.#logger = logger
    this.#protocol = firstProtocol(protocol)
  }

  /** Of the next connection. */
  get protocol(): 4 | 5 {
    return this.#protocol
  }

  /**
   * Changes what the broker's CONNACK refused and we can do without.
   * @returns whether there was something to change, so that the next attempt need not wait
   */
  adapt(refusal: number | undefined): boolean {
    if (refusesVersion(refusal) && this.#protocol === 5 && this.#wanted !== 5) {
      this.#logger.info({}, 'the broker does not speak MQTT 5: falling back to 3.1.1')
      this.#protocol = 4
    } else if (!this.#will.adapt(refusal)) return false
    this.forgiveLater()
    return true
  }

  /** The broker has refused something: from the first time on an hour counts. */
  forgiveLater(): void {
    if (this.#forgiveAt !== Number.POSITIVE_INFINITY) return
    this.#forgiveAt = this.#clock.now() + FORGIVE_AFTER
  }

  /**
   * Takes all concessions back when the hour is over.
   * @returns whether it is
   */
  forgiveInTime(): boolean {
    if (this.#clock.now() < this.#forgiveAt) return false
    this.#forgiveAt = Number.POSITIVE_INFINITY
    this.#protocol = firstProtocol(this.#wanted)
    this.#will.restore()
    return true
  }
}

function firstProtocol(wanted: SessionOptions['protocol']): 4 | 5 {
  return wanted === 4 ? 4 : 5
}
