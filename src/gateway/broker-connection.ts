import type { Clock } from '../lib/clock.ts'
import { reasonOf } from '../lib/errors.ts'
import { type Logger, withFields } from '../lib/logger.ts'
import type { Random } from '../lib/random.ts'
import type { DeviceSnapshot } from '../lwm2m/command.ts'
import type { GatewayState } from '../mapping/mapping.ts'
import type { Message, Publication } from '../mapping/publication.ts'
import { keyOf } from '../mapping/retained-key.ts'
import { isSamePublication } from '../mapping/same-publication.ts'
import { BrokerSession } from '../mqtt/session.ts'
import type { SessionOptions, Subscription } from '../mqtt/session-options.ts'
import type { Settle } from '../mqtt/settle.ts'
import { matches } from '../mqtt/topic.ts'
import type { BirthSession, Telling } from './announcement.ts'
import { Announcements } from './announcements.ts'
import type { Mapper } from './mapper.ts'
import type { Neighbours } from './neighbours.ts'
import { Outgoing } from './outgoing.ts'
import { removal } from './retained-ledger.ts'

/** What all connections have in common. */
export interface ConnectionEnvironment {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly mapper: Mapper
  /** All that are registered. */
  readonly devices: () => Iterable<DeviceSnapshot>
  /** Takes a message; throws where it cannot be read. */
  readonly take: (message: Message, done: (accepted: boolean) => void) => void
}

export interface BrokerConnectionOptions {
  /** Undefined for the main one. */
  readonly name: string | undefined
  readonly session: Omit<SessionOptions, 'clock' | 'random' | 'logger' | 'will' | 'subscriptions'>
  /** Where other gateways of the base are looked for: on the main one. */
  readonly neighbours?: Neighbours
}

/** One connection to a broker, with what the mapping files in force say and hear over it. */
export class BrokerConnection {
  readonly name: string | undefined
  readonly url: string
  readonly #environment: ConnectionEnvironment
  readonly #logger: Logger
  readonly #neighbours: Neighbours | undefined
  readonly #session: BrokerSession
  readonly #outgoing: Outgoing
  readonly #announcements: Announcements
  /** What the broker is told of the gateway, as the files have it that are in force. */
  #words: Readonly<Record<GatewayState, readonly Publication[]>>

  /** @throws CodedError `mqtt_url` or `config_invalid` for a URL, certificates or keys that cannot be used */
  constructor({ name, session, neighbours }: BrokerConnectionOptions, environment: ConnectionEnvironment) {
    const { clock, random, logger, mapper } = environment
    this.#announcements = new Announcements(clock)
    this.name = name
    this.url = session.url
    this.#environment = environment
    this.#logger = name === undefined ? logger : withFields(logger, { connection: name })
    this.#neighbours = neighbours
    this.#words = this.#wordsInForce()
    const will = this.#will()
    const options = {
      ...{ clock, random, logger: this.#logger, ...session },
      ...(will === undefined ? undefined : { will }),
      subscriptions: this.#subscriptions(),
    }
    this.#session = new BrokerSession(options, {
      onUp: () => this.#announce(),
      onDown: () => this.#announcements.disconnected(),
      onMessage: (message, done) => this.#receive(message, done),
    })
    this.#outgoing = new Outgoing(this.#session, mapper)
  }

  /** Begins to connect. */
  start(): void {
    this.#session.start()
  }

  /** As `Publisher` has it. */
  publish(publication: Publication, settle: Settle, isOwed?: boolean): boolean {
    return this.#outgoing.publish(publication, settle, isOwed)
  }

  /** Publishes what a message asks for, in a number that the queue has room for. */
  tell(topic: string, tellings: Iterable<Telling>): void {
    if (this.#announcements.asked(this.#inTurn, tellings)) return
    const fields = { code: 'mqtt_queue_full', topic }
    this.#logger.warn(fields, 'too much is being told already: what a message asks for is left out')
  }

  /**
   * Other mapping files are in force: what they say of the gateway takes the place of what was said, and the Will's.
   * @param tellings of all devices
   */
  follow(tellings: Iterable<Telling>): void {
    const before = this.#words
    this.#words = this.#wordsInForce()
    this.#session.listen(this.#subscriptions())
    const isNew = (birth: Publication): boolean =>
      !before.online.some((known) => isSamePublication(known, birth))
    const words = [...outdated(before, this.#words), ...this.#words.online.filter(isNew)]
    this.#announcements.add(this.#inTurn, [() => words])
    this.#session.replaceWill(this.#will())
    this.#announcements.tell('devices', this.#inTurn, tellings)
  }

  /** Says that the gateway is gone, empties the queue, and disconnects. */
  stop(within: number): Promise<void> {
    this.#announcements.stop()
    return this.#session.stop(this.#words.offline, within)
  }

  #wordsInForce(): Readonly<Record<GatewayState, readonly Publication[]>> {
    const said = (state: GatewayState): readonly Publication[] =>
      this.#environment.mapper.gateway(state).filter(({ connection }) => connection === this.name)
    return { online: said('online'), offline: said('offline') }
  }

  /** MQTT has one Will for a connection: what neighbours look for goes before what else files say. */
  #will(): Publication | undefined {
    const { offline } = this.#words
    const neighbours = this.#neighbours
    const heard = neighbours && offline.find(({ topic }) => matches(neighbours.filter, topic))
    return heard ?? offline[0]
  }

  #subscriptions(): Subscription[] {
    const filters = this.#environment.mapper.filtersOf(this.name)
    const commands = filters.map((filter) => ({ filter, retained: false, loss: 'no commands arrive' }))
    if (this.#neighbours === undefined) return commands
    const loss = 'another gateway under the same base topic would go unnoticed'
    return [...commands, { filter: this.#neighbours.filter, retained: true, loss }]
  }

  /** The broker is there (again): what holds now goes first, then what waited. */
  #announce(): void {
    for (const birth of this.#words.online) {
      this.#outgoing.publishFirst(birth, (error) => {
        if (error === undefined) this.#neighbours?.announced()
      })
    }
    const { devices, mapper } = this.#environment
    this.#announcements.tell('births', this.#asBirths, mapper.standing(devices(), this.name))
  }

  #receive(message: Message, done: (accepted: boolean) => void): void {
    if (this.#neighbours !== undefined && matches(this.#neighbours.filter, message.topic)) {
      this.#neighbours.hear(message)
      done(true)
      return
    }
    try {
      this.#environment.take(this.name === undefined ? message : { ...message, connection: this.name }, done)
    } catch (error) {
      // Delivered again, it would end the next life of the process as well.
      const fields = { code: 'mapping_failed', topic: message.topic, reason: reasonOf(error) }
      this.#logger.error(fields, 'a message could not be read: it is dropped')
      done(true)
    }
  }

  readonly #inTurn: BirthSession = {
    publishFirst: (publication, done) => this.#outgoing.publish(publication, () => done()),
    open: () => {},
  }

  readonly #asBirths: BirthSession = {
    publishFirst: (publication, done) => this.#outgoing.publishFirst(publication, () => done()),
    open: () => this.#session.open(),
  }
}

/** Takes away what the broker keeps of earlier words on topics that nothing is said on any more. */
function outdated(
  before: Readonly<Record<GatewayState, readonly Publication[]>>,
  after: Readonly<Record<GatewayState, readonly Publication[]>>,
): Publication[] {
  const said = new Set([...after.online, ...after.offline].map(({ topic }) => topic))
  const kept = [...before.online, ...before.offline].filter(({ topic, retain }) => retain && !said.has(topic))
  return [...new Set(kept.map(keyOf))].map(removal)
}
