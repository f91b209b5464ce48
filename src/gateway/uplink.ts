import type { CodedError, ErrorCode } from '../lib/errors.ts'
import type { Logger } from '../lib/logger.ts'
import type { Fact, Outcome, Uplink as UplinkPort } from '../lwm2m/fact.ts'
import type { Publication } from '../mapping/publication.ts'
import type { Mapper } from './mapper.ts'

/** Port: what the way up and the way down need of the broker. */
export interface Publisher {
  /**
   * Queues a publication; in order, at least once for QoS 1.
   * @param done called once, when the broker has it or never will
   * @param isOwed an answer that somebody waits for: a queue that is full of values has room for it
   * @returns false, without a call of `done`, when the queue is full
   */
  publish(publication: Publication, done: (error?: CodedError) => void, isOwed?: boolean): boolean
}

export interface UplinkOptions {
  readonly mapper: Mapper
  readonly publisher: Publisher
  /** `broker`: a device hears that its message is safe when the broker has it; `received`: when it is queued here. */
  readonly acknowledge: 'broker' | 'received'
  readonly logger: Logger
}

/** The way up: facts become publications, and the broker's acknowledgements settle the facts. */
export class Uplink implements UplinkPort {
  readonly #options: UplinkOptions

  constructor(options: UplinkOptions) {
    this.#options = options
  }

  offer(facts: readonly Fact[], done: (outcome: Outcome) => void): void {
    const { mapper } = this.#options
    const delivery = new Delivery(facts, mapper, done)
    let queued = true
    for (const fact of facts) {
      for (const publication of mapper.up(fact)) queued = this.#publish(publication, delivery) && queued
    }
    if (!queued) delivery.end('refused')
    else if (this.#options.acknowledge === 'received') delivery.end('received')
    else delivery.seal()
  }

  #publish(publication: Publication, delivery: Delivery): boolean {
    delivery.expect()
    if (this.#options.publisher.publish(publication, delivery.published)) return true
    // The queue itself warns, once, that it is full; a fleet must not flood the log on top of that.
    this.#options.logger.debug(
      { topic: publication.topic },
      'not taken: the queue is full, or the end is near',
    )
    return false
  }
}

/** What the broker would not take however often it came: a device that repeated it would be caught in a loop. */
const HOPELESS: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['mqtt_poison', 'mqtt_too_large', 'mqtt_topic'])

/** Counts the publications of one offer until the broker has them all. */
class Delivery {
  readonly #facts: readonly Fact[]
  readonly #mapper: Mapper
  readonly #done: (outcome: Outcome) => void
  #missing = 1 // the offer itself, until it is sealed
  #ended = false

  constructor(facts: readonly Fact[], mapper: Mapper, done: (outcome: Outcome) => void) {
    this.#facts = facts
    this.#mapper = mapper
    this.#done = done
  }

  expect(): void {
    this.#missing++
  }

  /** All publications are queued. */
  seal(): void {
    this.published()
  }

  readonly published = (error?: CodedError): void => {
    if (error !== undefined) this.end(HOPELESS.has(error.code) ? 'undeliverable' : 'refused')
    else if (--this.#missing === 0) this.end('broker')
  }

  end(outcome: Outcome): void {
    if (this.#ended) return
    this.#ended = true
    if (outcome === 'refused') for (const { endpoint } of this.#facts) this.#mapper.distrust(endpoint ?? '')
    this.#done(outcome)
  }
}
