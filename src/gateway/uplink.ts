import type { CodedError, ErrorCode } from '../lib/errors.ts'
import type { Logger } from '../lib/logger.ts'
import type { Fact, Outcome, Uplink as UplinkPort } from '../lwm2m/fact.ts'
import type { Publication } from '../mapping/publication.ts'
import type { Mapper } from './mapper.ts'

/** Port: what the way up and the way down need of the brokers. */
export interface Publisher {
  /**
   * Queues a publication for its connection; in order, at least once for QoS 1.
   * @param done called once, when the broker has it or never will
   * @param isOwed an answer that somebody waits for: a queue that is full of values has room for it
   * @returns false, without a call of `done`, when the queue is full
   */
  publish(publication: Publication, done: (error?: CodedError) => void, isOwed?: boolean): boolean
}

/**
 * When what goes over a connection counts as safe, so that a device may hear so. `broker`: the broker has it;
 * `received`: it is queued here; `none`: it need not be.
 */
export type Acknowledge = 'broker' | 'received' | 'none'

export interface UplinkOptions {
  readonly mapper: Mapper
  readonly publisher: Publisher
  /** On the main connection. */
  readonly acknowledge: Exclude<Acknowledge, 'none'>
  /** On the others, by their names. */
  readonly acknowledgeOn?: ReadonlyMap<string, Acknowledge>
  readonly logger: Logger
}

/** The way up: facts become publications, and the brokers' acknowledgements settle the facts. */
export class Uplink implements UplinkPort {
  readonly #options: UplinkOptions

  constructor(options: UplinkOptions) {
    this.#options = options
  }

  offer(facts: readonly Fact[], done: (outcome: Outcome) => void): void {
    const { mapper } = this.#options
    const delivery = new Delivery(facts, this.#options, done)
    for (const fact of facts) {
      for (const publication of mapper.up(fact)) this.#publish(publication, delivery)
    }
    delivery.seal()
  }

  #publish(publication: Publication, delivery: Delivery): void {
    const { publisher, logger } = this.#options
    const { connection, topic } = publication
    const settle = connection === undefined ? delivery.expect() : delivery.expectOn(connection)
    if (publisher.publish(publication, settle)) return
    delivery.refuse(connection)
    // The queue itself warns, once, that it is full; a fleet must not flood the log on top of that.
    logger.debug({ connection, topic }, 'not taken: the queue is full, or the end is near')
  }
}

/** What the broker would not take however often it came: a device that repeated it would be caught in a loop. */
const HOPELESS: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['mqtt_poison', 'mqtt_too_large', 'mqtt_topic'])

type Settle = (error?: CodedError) => void

/** Counts the publications of one offer until the brokers that are waited for have them all. */
class Delivery {
  readonly #facts: readonly Fact[]
  readonly #options: UplinkOptions
  readonly #done: (outcome: Outcome) => void
  /** Publications that are waited for, and the offer itself, until it is sealed. */
  #missing = 1
  /** Something waits in memory alone, and the device hears that it is received. */
  #isHeld: boolean
  #isRefused = false
  #ended = false
  /** How publications over connections other than the main one are settled; made when there is one. */
  #settles: Map<string, Settle> | undefined
  /** Connections that something did not get through on; made when there is one. */
  #distrusted: Set<string | undefined> | undefined

  constructor(facts: readonly Fact[], options: UplinkOptions, done: (outcome: Outcome) => void) {
    this.#facts = facts
    this.#options = options
    this.#done = done
    this.#isHeld = options.acknowledge === 'received'
  }

  /** @returns settles one more publication over the main connection */
  expect(): Settle {
    if (this.#options.acknowledge === 'broker') this.#missing++
    return this.#published
  }

  /** @returns settles one more publication over another one */
  expectOn(connection: string): Settle {
    const acknowledge = this.#acknowledgeOn(connection)
    if (acknowledge === 'broker') this.#missing++
    if (acknowledge === 'received') this.#isHeld = true
    this.#settles ??= new Map()
    const known = this.#settles.get(connection)
    if (known !== undefined) return known
    const settle: Settle = (error) => this.#settled(connection, acknowledge === 'broker', error)
    this.#settles.set(connection, settle)
    return settle
  }

  /** A connection has not taken a publication: what need not be safe there is dropped. */
  refuse(connection: string | undefined): void {
    if (this.#acknowledgeOn(connection) !== 'none') this.#isRefused = true
    this.#distrust(connection)
  }

  #acknowledgeOn(connection: string | undefined): Acknowledge {
    const { acknowledge, acknowledgeOn } = this.#options
    return (connection === undefined ? undefined : acknowledgeOn?.get(connection)) ?? acknowledge
  }

  /** All publications are queued. */
  seal(): void {
    if (this.#isRefused) this.#end('refused')
    else this.#oneLess()
  }

  readonly #published: Settle = (error) =>
    this.#settled(undefined, this.#options.acknowledge === 'broker', error)

  #settled(connection: string | undefined, isAwaited: boolean, error: CodedError | undefined): void {
    if (error === undefined) {
      if (isAwaited) this.#oneLess()
      return
    }
    const isHopeless = HOPELESS.has(error.code)
    if (!isHopeless) this.#distrust(connection)
    if (isAwaited) this.#end(isHopeless ? 'undeliverable' : 'refused')
  }

  #oneLess(): void {
    if (--this.#missing === 0) this.#end(this.#isHeld ? 'received' : 'broker')
  }

  #end(outcome: Outcome): void {
    if (this.#ended) return
    this.#ended = true
    this.#done(outcome)
  }

  #distrust(connection: string | undefined): void {
    this.#distrusted ??= new Set()
    if (this.#distrusted.has(connection)) return
    this.#distrusted.add(connection)
    for (const { endpoint } of this.#facts) this.#options.mapper.distrust(endpoint ?? '', connection)
  }
}
