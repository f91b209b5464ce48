import type { Timer } from '../lib/clock.ts'
import { CodedError } from '../lib/errors.ts'
import type { Message, Publication } from '../mapping/publication.ts'
import { Backoff } from './backoff.ts'
import { Concessions } from './concessions.ts'
import { type Closure, Connection } from './connection.ts'
import type { ConnectionOptions } from './connection-options.ts'
import { Outbox } from './outbox.ts'
import type {
  SessionEvents,
  SessionOptions,
  SessionState,
  SessionStatus,
  Subscription,
} from './session-options.ts'
import type { Settle } from './settle.ts'
import { type OpenStream, parseBrokerUrl, streamOpener } from './stream.ts'
import { Subscriptions } from './subscriptions.ts'
import { Will } from './will.ts'

/** Milliseconds for CONNACK and SUBACK to arrive. */
const PATIENCE = 30_000
/** Commands that may wait for their acknowledgement. */
const RECEIVE_MAXIMUM = 256
/** Milliseconds for a connection to end in order. */
const RENEWAL = 5_000

/**
 * The gateway's session with its broker: it connects, comes back by itself with a growing pause, falls back from
 * MQTT 5 to 3.1.1 where the broker refuses the version, and carries publications through all of that in order.
 */
export class BrokerSession {
  readonly #options: SessionOptions
  readonly #events: SessionEvents
  readonly #openStream: OpenStream
  readonly #backoff: Backoff
  readonly #outbox: Outbox
  #state: SessionState = 'down'
  readonly #will: Will
  readonly #concessions: Concessions
  readonly #subscriptions: Subscriptions
  #renewal: Timer | undefined
  /** From our DISCONNECT until the connection with the other Will is up, or did not come about. */
  #isRenewing = false
  #connection: Connection | undefined
  #retry: Timer | undefined
  #upSince = 0
  #error: CodedError | undefined
  #connects = 0
  #received = 0
  #isStopping = false
  #lastWords: readonly Publication[] = []
  #stopped: Promise<void> | undefined
  #finish: (() => void) | undefined

  /**
   * @throws CodedError `mqtt_url` or `config_invalid` for a URL, certificates or keys that cannot be used
   */
  constructor(options: SessionOptions, events: SessionEvents) {
    this.#options = options
    this.#events = events
    this.#will = new Will(options.will, options.maxQoS ?? 1)
    this.#concessions = new Concessions(options, this.#will)
    this.#subscriptions = new Subscriptions(options.subscriptions)
    const { url, section, tls } = options
    this.#openStream = options.openStream ?? streamOpener(parseBrokerUrl(url, section), tls, section)
    this.#backoff = new Backoff(options.reconnect, options.random)
    const limits = { ...options.queue, inFlight: options.inFlight }
    this.#outbox = new Outbox(limits, options.clock, options.logger)
  }

  get status(): SessionStatus {
    const { pending, pendingBytes, inFlight, delivered, failed, dropped } = this.#outbox
    return {
      state: this.#state,
      protocol: this.#concessions.protocol,
      connects: this.#connects,
      pending,
      pendingBytes,
      inFlight,
      delivered,
      failed,
      dropped,
      received: this.#received,
      error: this.#error,
    }
  }

  /** Whether the queue has room for a publication that nobody waits for. */
  get hasRoom(): boolean {
    return this.#outbox.hasRoom
  }

  /** Begins to connect; called once. */
  start(): void {
    this.#connect()
  }

  /**
   * Takes a publication; it goes out in order, now or after a reconnect, at least once for QoS 1. QoS 2 goes as
   * QoS 1, QoS 0 is gone once it was written.
   * @param settle called exactly once, perhaps before this returns, with a CodedError if the broker never gets or
   *   refuses it: mqtt_topic, mqtt_too_large, mqtt_expired, mqtt_refused, mqtt_poison, mqtt_stopped
   * @param isOwed an answer that somebody waits for: a queue that is full of values has room for it
   * @returns false when the queue is full or the session stops; `settle` is not called then
   */
  publish(publication: Publication, settle: Settle, isOwed = false): boolean {
    return !this.#isStopping && this.#outbox.offer(publication, settle, isOwed)
  }

  /**
   * Takes a birth: it overtakes all that waits, and ends with this connection (`mqtt_closed` and the like), since
   * the next `onUp` brings newer ones. For use between `onUp` and `open`.
   */
  publishFirst(publication: Publication, settle: Settle): boolean {
    if (this.#state !== 'up' || this.#isStopping) return false
    return this.#outbox.offerBirth(publication, settle)
  }

  /** Listens to these topics from now on, and to no others. */
  listen(subscriptions: readonly Subscription[]): void {
    this.#subscriptions.replace(subscriptions)
    if (this.#state === 'up') this.#catchUp()
  }

  /**
   * The broker is to publish this from now on when the connection breaks. MQTT takes a Will with CONNECT alone: a
   * connection with another one ends in order, and the next one follows at once.
   */
  replaceWill(will: Publication | undefined): void {
    if (this.#will.replace(will) && this.#state === 'up' && !this.#isStopping) this.#renew()
  }

  /** Lets the queue follow the births; what `publishFirst` took is sent before all else. */
  open(): void {
    this.#outbox.open()
  }

  /**
   * Empties the queue, publishes the last words and disconnects, so that the broker drops the Will. What has not
   * gone when the time is over, or while the broker is away, is settled with `mqtt_stopped`; then, or when the last
   * words did not arrive, the connection breaks and the broker publishes the Will. While a Will is being replaced the
   * broker has none: the last words wait for the next connection.
   * @param deadline milliseconds from now
   */
  stop(lastWords: readonly Publication[], deadline: number): Promise<void> {
    this.#stopped ??= new Promise((resolve) => this.#beginStop(lastWords, deadline, resolve))
    return this.#stopped
  }

  #connect(): void {
    this.#retry = undefined
    if (this.#concessions.forgiveInTime()) this.#outbox.forgive()
    this.#state = 'connecting'
    this.#connection = new Connection(this.#openStream(), this.#connectionOptions(), {
      up: (refused) => this.#onUp(refused),
      acknowledged: (packetId, refusal) => this.#outbox.acknowledged(packetId, refusal),
      writable: () => this.#outbox.pump(),
      message: (message, done) => this.#onMessage(message, done),
      closed: (closure) => this.#onClosed(closure),
    })
  }

  #connectionOptions(): ConnectionOptions {
    const { url, clientId, username, password, keepalive, sessionExpiry, maxQoS = 1, clock } = this.#options
    return {
      version: this.#concessions.protocol,
      place: url,
      clientId,
      username,
      password,
      keepalive,
      sessionExpiry,
      will: this.#will.begin(),
      subscriptions: this.#subscriptions.begin(),
      maxQoS,
      patience: PATIENCE,
      receiveMaximum: RECEIVE_MAXIMUM,
      clock,
    }
  }

  #onUp(refused: readonly Subscription[]): void {
    const connection = this.#connection
    if (connection === undefined || (this.#isStopping && !this.#isRenewing)) return
    if (!this.#will.isThere && !this.#isStopping) {
      this.#renew() // it changed meanwhile
      return
    }
    this.#isRenewing = false
    const { logger, clock, url } = this.#options
    this.#state = 'up'
    this.#error = undefined
    this.#upSince = clock.now()
    this.#connects++
    const protocol = this.#concessions.protocol === 5 ? '5' : '3.1.1'
    logger.info({ url, protocol, limits: connection.limits }, `connected to the broker, MQTT ${protocol}`)
    for (const subscription of refused) this.#reportRefused(subscription)
    this.#catchUp() // they may have changed meanwhile
    this.#outbox.attach(connection)
    if (this.#isStopping) this.#sayLastWords()
    else this.#events.onUp()
  }

  /** Brings what the broker has of our subscriptions to what is wanted now. */
  #catchUp(): void {
    this.#connection?.listen(this.#subscriptions.catchUp(), (refused) => {
      for (const subscription of refused) this.#reportRefused(subscription)
    })
  }

  /**
   * With a plain DISCONNECT, which drops the old Will. Reason 0x04 would have the broker publish it, so that a crash
   * before the next CONNACK is told of as well; but then each change of a mapping would say `offline` for nothing,
   * and where the Will moves to another topic, a retained `offline` would stay at the old one, which nobody tends.
   */
  #renew(): void {
    const connection = this.#connection
    this.#isRenewing = true
    this.#state = 'down'
    this.#renewal = this.#options.clock.schedule(
      'mqtt renewal',
      RENEWAL,
      () => connection?.destroy(),
      undefined,
    )
    connection?.end()
  }

  #reportRefused({ filter, loss }: Subscription): void {
    const fields = { code: 'mqtt_subscription', filter }
    this.#options.logger.error(fields, `the broker refuses the subscription to '${filter}': ${loss}`)
  }

  #onMessage(message: Message, done: (accepted: boolean) => void): void {
    this.#received++
    this.#events.onMessage(message, done)
  }

  #onClosed(closure: Closure): void {
    const wasUp = this.#state === 'up'
    this.#connection = undefined
    this.#state = 'down'
    this.#outbox.detach(closure)
    const isRenewed = this.#renewal !== undefined
    this.#renewal?.cancel()
    this.#renewal = undefined
    const isWanted = !this.#isStopping || this.#isRenewing
    if (isWanted && (isRenewed || this.#concessions.adapt(closure.refusal))) {
      this.#connect()
      return
    }
    this.#isRenewing = false
    if (this.#isStopping) {
      this.#finish?.()
      return
    }
    this.#report(closure.error, wasUp)
    this.#retryLater(closure, wasUp)
  }

  /** One log line a change, however often the same attempt fails. */
  #report(error: CodedError, wasUp: boolean): void {
    const before = this.#error
    this.#error = error
    const { logger } = this.#options
    const fields = { code: error.code, place: error.place }
    if (!wasUp && before?.code === error.code && before.message === error.message) {
      logger.debug(fields, error.message)
      return
    }
    logger.warn(fields, error.message)
    this.#events.onDown(error)
  }

  #retryLater(closure: Closure, wasUp: boolean): void {
    const { clock, reconnect } = this.#options
    if (closure.overPublication) this.#concessions.forgiveLater()
    if (wasUp && clock.now() - this.#upSince >= reconnect.longest) this.#backoff.reset()
    // Two gateways with one id would throw each other out as fast as they connect.
    if (closure.error.code === 'mqtt_taken_over') this.#backoff.exhaust()
    this.#retry = clock.schedule('mqtt reconnect', this.#backoff.next(), () => this.#connect(), undefined)
  }

  #beginStop(lastWords: readonly Publication[], deadline: number, resolve: () => void): void {
    this.#isStopping = true
    this.#lastWords = lastWords
    this.#retry?.cancel()
    const timer = this.#options.clock.schedule('mqtt stop', deadline, () => this.#finish?.(), undefined)
    this.#finish = () => {
      this.#finish = undefined
      timer.cancel()
      this.#renewal?.cancel()
      this.#isRenewing = false
      this.#state = 'down'
      this.#outbox.close(new CodedError('mqtt_stopped', 'the gateway stopped before the broker had it'))
      this.#connection?.destroy()
      resolve()
    }
    if (this.#state === 'up') this.#sayLastWords()
    else if (!this.#isRenewing) this.#finish()
  }

  #sayLastWords(): void {
    const ignore = (): void => {}
    for (const publication of this.#lastWords) this.#outbox.force(publication, ignore)
    this.#outbox.open()
    this.#outbox.whenIdle(() => this.#connection?.end())
  }
}
