import type { Clock } from '../lib/clock.ts'
import { reasonOf } from '../lib/errors.ts'
import { type Logger, withFields } from '../lib/logger.ts'
import type { Random } from '../lib/random.ts'
import type { DeviceSnapshot } from '../lwm2m/command.ts'
import type { GatewayState } from '../mapping/mapping.ts'
import type { Message, Publication } from '../mapping/publication.ts'
import { keyOf, type TopicKey } from '../mapping/retained-key.ts'
import { isSamePublication } from '../mapping/same-publication.ts'
import { BrokerSession } from '../mqtt/session.ts'
import type { SessionOptions, Subscription } from '../mqtt/session-options.ts'
import type { Settle } from '../mqtt/settle.ts'
import { matches } from '../mqtt/topic.ts'
import type { BirthSession, Telling } from './announcement.ts'
import { Announcements, type Asking } from './announcements.ts'
import type { Mapper } from './mapper.ts'
import type { Neighbours } from './neighbours.ts'
import { Outgoing } from './outgoing.ts'
import { removal } from './retained-ledger.ts'
import type { Publisher } from './uplink.ts'

/** What all connections have in common. */
export interface ConnectionEnvironment {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly mapper: Mapper
  /** All that are registered. */
  readonly devices: () => Iterable<DeviceSnapshot>
  /** Publishes over the connection that a publication names. */
  readonly publish: Publisher['publish']
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
  /** Those that the broker has been told; none while it is being told others. */
  #said: readonly Publication[]
  /** Retained topics of words that the broker may keep. */
  readonly #saidEver = new Set<TopicKey>()

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
    this.#said = this.#words.online
    this.#note()
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
  tell(topic: string, ask: Asking): void {
    if (this.#announcements.asked(this.#inTurn, ask)) return
    const fields = { code: 'mqtt_queue_full', topic }
    this.#logger.warn(fields, 'too much is being told already: what a message asks for is left out')
  }

  /**
   * Other mapping files are in force: what they say of the gateway takes the place of what was said, and the Will's.
   * @param tellings of all devices
   */
  follow(tellings: Iterable<Telling>): void {
    this.#words = this.#wordsInForce()
    this.#session.listen(this.#subscriptions())
    this.#announcements.tell('words', this.#asWords, [() => this.#changedWords()])
    this.#session.replaceWill(this.#will())
    this.#announcements.renewAsked(this.#inTurn)
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

  /** What a reload has changed of the words, and removals of those that are said no more. */
  #changedWords(): readonly Publication[] {
    const { online, offline } = this.#words
    const said = new Set([...online, ...offline].map(keyOf))
    const outdated = [...this.#saidEver].filter((key) => !said.has(key))
    const isNew = (word: Publication): boolean => !this.#said.some((known) => isSamePublication(known, word))
    const changed = [...outdated.map(removal), ...online.filter(isNew)]
    this.#said = [] // until it is told
    this.#note()
    return changed
  }

  /** The broker may keep the words in force from now on. */
  #note(): void {
    const { online, offline } = this.#words
    for (const word of [...online, ...offline]) if (word.retain) this.#saidEver.add(keyOf(word))
  }

  /** The broker has been told them all, and keeps no others. */
  #noteAll(): void {
    this.#said = this.#words.online
    this.#saidEver.clear()
    this.#note()
  }

  readonly #lost = (publications: readonly Publication[]): void => {
    for (const publication of publications) this.#environment.mapper.lost(publication)
  }

  /** A publication over another connection is one that the default way carries. */
  readonly #inTurn: BirthSession = {
    publishFirst: (publication, done) => {
      if (publication.connection !== this.name) return this.#environment.publish(publication, () => done())
      return this.#session.hasRoom && this.#outgoing.publish(publication, () => done())
    },
    lost: this.#lost,
    open: () => {},
  }

  readonly #asWords: BirthSession = { ...this.#inTurn, open: () => this.#noteAll() }

  readonly #asBirths: BirthSession = {
    publishFirst: (publication, done) => this.#outgoing.publishFirst(publication, () => done()),
    lost: this.#lost,
    open: () => this.#session.open(),
  }
}
