import type { Clock } from '../lib/clock.ts'
import type { CodedError } from '../lib/errors.ts'
import type { Logger } from '../lib/logger.ts'
import type { Publication } from '../mapping/publication.ts'
import type { Closure } from './connection.ts'
import { InFlight } from './in-flight.ts'
import { Lane, type LaneLimits } from './lane.ts'
import { type Limits, packetBytes } from './limits.ts'
import { expired, faultOf, poison, refused, tooLarge } from './publication-error.ts'
import type { Entry } from './queue.ts'
import type { Settle } from './settle.ts'
import { Suspicion } from './suspicion.ts'

/** Births have the room of the limits once more. */
export interface OutboxOptions extends LaneLimits {
  /** Publications of QoS 1 without a PUBACK; the broker's Receive Maximum may be lower. */
  readonly inFlight: number
  /** Values for which there is no room are counted as dropped: nobody offers them again. */
  readonly drops?: boolean
}

/** What the outbox needs of a connection. */
export interface Carrier {
  readonly limits: Limits
  readonly isWritable: boolean
  publish(publication: Publication, expiry: number | undefined): number
}

/**
 * Publications on their way to the broker, in order and bounded. What was in flight when a connection ended goes
 * back to the head and is sent again: at least once. Births overtake all others, and values wait until `open`.
 */
export class Outbox {
  readonly #ownWindow: number
  readonly #drops: boolean
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #values: Lane
  readonly #births: Lane
  readonly #inFlight = new InFlight()
  readonly #suspicion = new Suspicion()
  #carrier: Carrier | undefined
  #window = 0
  #isOpen = false
  #isPumping = false
  #isRefusing = false
  #onIdle: (() => void) | undefined
  #delivered = 0
  #failed = 0
  #dropped = 0
  /** What was dropped until the latest log line about it. */
  #droppedBefore = 0

  constructor(options: OutboxOptions, clock: Clock, logger: Logger) {
    this.#ownWindow = options.inFlight
    this.#drops = options.drops === true
    this.#values = new Lane(options)
    this.#births = new Lane(options)
    this.#clock = clock
    this.#logger = logger
  }

  /** Publications that wait or are in flight. */
  get pending(): number {
    return this.#values.count + this.#births.count
  }

  get pendingBytes(): number {
    return this.#values.bytes + this.#births.bytes
  }

  /** Whether there is room for a value that is not owed. */
  get hasRoom(): boolean {
    return this.#values.hasRoom(0)
  }

  get inFlight(): number {
    return this.#inFlight.size
  }

  get delivered(): number {
    return this.#delivered
  }

  get failed(): number {
    return this.#failed
  }

  /** Those that failed because there was no room. */
  get dropped(): number {
    return this.#dropped
  }

  /**
   * @param isOwed somebody waits for it: it has the same room once more
   * @returns false when it is full; `settle` is not called then
   */
  offer(publication: Publication, settle: Settle, isOwed = false): boolean {
    return this.#take(publication, settle, this.#values, isOwed ? 2 : 1)
  }

  /** Takes a birth, which overtakes the queue and lives as long as the connection. */
  offerBirth(publication: Publication, settle: Settle): boolean {
    return this.#take(publication, settle, this.#births, 1)
  }

  /** Takes a publication although the queue is full: the last words of a process. */
  force(publication: Publication, settle: Settle): void {
    this.#take(publication, settle, this.#values, Number.POSITIVE_INFINITY)
  }

  /** A connection is up. Births go out, values wait for `open`. */
  attach(carrier: Carrier): void {
    this.#carrier = carrier
    this.#window = Math.max(1, Math.min(this.#ownWindow, carrier.limits.receiveMaximum))
    this.#isOpen = false
    this.pump()
  }

  /** The births are through: values may follow. */
  open(): void {
    if (this.#carrier === undefined) return
    this.#isOpen = true
    this.pump()
  }

  /** The connection is gone. */
  detach(closure: Closure): void {
    this.#carrier = undefined
    this.#isOpen = false
    const inFlight = this.#inFlight.drain()
    if (closure.overPublication) this.#suspicion.closedOver(inFlight)
    else if (closure.error.code === 'mqtt_unreachable') this.#suspicion.acquit()
    this.#values.queue.putBack(inFlight.filter((entry) => !entry.birth))
    for (const entry of inFlight) if (entry.birth) this.#settle(entry, closure.error)
    for (const entry of this.#births.queue.drain()) this.#settle(entry, closure.error)
  }

  /** A PUBACK; `refusal` is its reason code where that is 0x80 or above. */
  acknowledged(packetId: number, refusal: number | undefined): void {
    const entry = this.#inFlight.take(packetId)
    if (entry === undefined) return
    this.#suspicion.passed(entry)
    this.#settle(entry, refusal === undefined ? undefined : refused(entry.publication, refusal))
    this.pump()
  }

  /** Gives publications that were blamed for closed connections another chance. */
  forgive(): void {
    this.#suspicion.forgive()
  }

  /** Calls `idle` once, when nothing waits and nothing is in flight any more. */
  whenIdle(idle: () => void): void {
    this.#onIdle = idle
    this.#checkIdle()
  }

  /** Settles all that is left with an error. */
  close(error: CodedError): void {
    this.#carrier = undefined
    this.#onIdle = undefined
    const left = [...this.#inFlight.drain(), ...this.#births.queue.drain(), ...this.#values.queue.drain()]
    for (const entry of left) this.#settle(entry, error)
  }

  /** Sends what may be sent. A settle function that publishes again only makes the loop longer. */
  pump(): void {
    if (this.#isPumping) return
    this.#isPumping = true
    try {
      while (this.#sendNext());
    } finally {
      this.#isPumping = false
    }
  }

  #take(publication: Publication, settle: Settle, lane: Lane, share: number): boolean {
    const fault = faultOf(publication)
    if (fault !== undefined) {
      this.#failed++
      settle(fault)
      return true
    }
    const bytes = packetBytes(publication)
    if (!lane.hasRoom(bytes, share)) {
      this.#reportFull()
      if (this.#drops) this.#dropped++
      return false
    }
    const birth = lane === this.#births
    const since = publication.expiry === undefined ? 0 : this.#clock.now()
    lane.enter({ publication, settle, bytes, since, birth, closes: 0, next: undefined })
    this.pump()
    return true
  }

  #reportFull(): void {
    if (this.#isRefusing) return
    this.#isRefusing = true
    const fields = { code: 'mqtt_queue_full', publications: this.pending, bytes: this.pendingBytes }
    const fate = this.#drops ? 'dropped' : 'refused'
    this.#logger.warn(fields, `the queue of publications is full: what comes now is ${fate}`)
  }

  #sendNext(): boolean {
    const carrier = this.#carrier
    if (carrier === undefined || !carrier.isWritable) return false
    const lane = this.#births.queue.isEmpty && this.#isOpen ? this.#values : this.#births
    const entry = lane.queue.head
    if (entry === undefined || !this.#fitsWindow(entry)) return false
    lane.queue.shift()
    this.#send(entry, carrier)
    return true
  }

  #fitsWindow(entry: Entry): boolean {
    if (this.#suspicion.isAlert) return this.#inFlight.size === 0
    return entry.publication.qos === 0 || this.#inFlight.size < this.#window
  }

  #send(entry: Entry, carrier: Carrier): void {
    const expiry = this.#expiryLeft(entry)
    const obstacle = this.#obstacle(entry, carrier, expiry)
    if (obstacle !== undefined) {
      this.#settle(entry, obstacle)
      return
    }
    const packetId = carrier.publish(entry.publication, expiry)
    if (packetId === 0) this.#settle(entry, undefined)
    else this.#inFlight.add(packetId, entry)
  }

  /** Seconds that are left to a publication, as the broker would count them (MQTT 5, 3.3.2.3.3). */
  #expiryLeft(entry: Entry): number | undefined {
    const { expiry } = entry.publication
    if (expiry === undefined) return undefined
    return Math.ceil(expiry - (this.#clock.now() - entry.since) / 1000)
  }

  #obstacle(entry: Entry, carrier: Carrier, expiry: number | undefined): CodedError | undefined {
    const { publication, bytes } = entry
    if (expiry !== undefined && expiry <= 0) return expired(publication)
    if (bytes > carrier.limits.packet) return tooLarge(publication, bytes, carrier.limits.packet)
    if (!this.#suspicion.isPoison(entry)) return undefined
    this.#suspicion.passed(entry)
    return poison(publication)
  }

  #settle(entry: Entry, error: CodedError | undefined): void {
    const lane = entry.birth ? this.#births : this.#values
    lane.leave(entry)
    if (error === undefined) this.#delivered++
    else this.#reportFailure(entry, error)
    this.#checkRoom()
    entry.settle(error)
    this.#checkIdle()
  }

  #reportFailure(entry: Entry, error: CodedError): void {
    this.#failed++
    const fields = { code: error.code, topic: entry.publication.topic }
    if (error.code === 'mqtt_poison') this.#logger.error(fields, error.message)
    else this.#logger.debug(fields, error.message)
  }

  #checkRoom(): void {
    if (!this.#isRefusing || !this.#values.isHalfEmpty || !this.#births.isHalfEmpty) return
    this.#isRefusing = false
    const dropped = this.#dropped - this.#droppedBefore
    this.#droppedBefore = this.#dropped
    const fields = { publications: this.pending, ...(this.#drops ? { dropped } : undefined) }
    this.#logger.info(fields, 'the queue of publications has room again')
  }

  #checkIdle(): void {
    const idle = this.#onIdle
    if (idle === undefined || this.pending > 0) return
    this.#onIdle = undefined
    idle()
  }
}
