import type { Duplex } from 'node:stream'
import { type IConnackPacket, type IPublishPacket, MqttClient, type Packet } from 'mqtt'
import type { Timer } from '../lib/clock.ts'
import { CodedError } from '../lib/errors.ts'
import type { Message, Publication } from '../mapping/publication.ts'
import { type ConnectionOptions, clientOptions } from './connection-options.ts'
import { type Limits, limitsOf } from './limits.ts'
import { encodePuback, messageOf } from './packet.ts'
import { PacketBuffer } from './packet-buffer.ts'
import { PacketIds } from './packet-ids.ts'
import { encodePublish } from './publish-packet.ts'
import * as reason from './reason.ts'
import type { Subscription } from './session-options.ts'
import { subscribe } from './subscribe.ts'
import type { SubscriptionChange } from './subscriptions.ts'

/** How a connection ended. */
export interface Closure {
  readonly error: CodedError
  /** Of the CONNACK, where it refused. */
  readonly refusal: number | undefined
  /** Of the broker's DISCONNECT. */
  readonly disconnect: number | undefined
  /** The broker ended an established connection, and what we had sent may be the reason. */
  readonly overPublication: boolean
}

/** `closed` comes exactly once, and last. */
export interface ConnectionEvents {
  /** CONNACK and SUBACK are here. `refused` are the subscriptions that the broker does not grant. */
  up(refused: readonly Subscription[]): void
  /** A PUBACK; `refusal` is its reason code where that is 0x80 or above. */
  acknowledged(packetId: number, refusal: number | undefined): void
  /** The socket takes more again. */
  writable(): void
  message(message: Message, done: (accepted: boolean) => void): void
  closed(closure: Closure): void
}

type Puback = Extract<Packet, { cmd: 'puback' }>

/** Tells MQTT.js to go on without a PUBACK of its own. */
const ACKNOWLEDGED_LATER = new Error('acknowledged later')

const ignore = (): void => {}

/**
 * One connection to a broker, from CONNECT to its end: MQTT.js for the packets, and nothing of its reconnecting,
 * storing and queueing, which belong to the session.
 */
export class Connection {
  readonly #options: ConnectionOptions
  readonly #events: ConnectionEvents
  readonly #stream: Duplex
  readonly #client: MqttClient
  readonly #packetIds = new PacketIds()
  /** PUBLISHes and PUBACKs of this turn of the event loop. */
  readonly #packets: PacketBuffer
  #limits: Limits | undefined
  #patience: Timer | undefined
  #isUp = false
  #isEnding = false
  #isClosed = false
  #isGathering = false
  #connack: IConnackPacket | undefined
  #disconnect: number | undefined
  #failure: unknown
  #peerEnded = false
  #unanswered = 0
  #held: (() => void) | undefined

  constructor(stream: Duplex, options: ConnectionOptions, events: ConnectionEvents) {
    this.#options = options
    this.#events = events
    this.#stream = stream
    this.#packets = new PacketBuffer((bytes) => stream.write(bytes))
    this.#client = new MqttClient(() => stream, clientOptions(options, this.#packetIds))
    this.#watchStream()
    this.#watchClient()
    this.#patience = options.clock.schedule(
      'mqtt connect',
      options.patience,
      () => this.#lostPatience(),
      undefined,
    )
    this.#client.connect()
  }

  get version(): 4 | 5 {
    return this.#options.version
  }

  /** Valid once it is up. */
  get limits(): Limits {
    return this.#limits ?? limitsOf({ cmd: 'connack', sessionPresent: false }, this.#options.maxQoS)
  }

  /** False while the socket's buffer is full, and when it is gone or about to. */
  get isWritable(): boolean {
    return !this.#isEnding && this.#stream.writable && !this.#stream.writableNeedDrain
  }

  /**
   * Writes a PUBLISH, together with all others of this turn of the event loop. QoS 2 goes as QoS 1: after a
   * reconnect it would be repeated all the same.
   * @param expiry seconds that are left of the publication's
   * @returns its packet identifier, 0 for QoS 0
   */
  publish(publication: Publication, expiry: number | undefined): number {
    this.#gather()
    const qos = publication.qos === 0 ? 0 : this.limits.qos
    const retain = publication.retain && this.limits.retain
    // There is always one: no window is wider than their number, and SUBSCRIBE has given back its own.
    const packetId = qos === 0 ? 0 : (this.#packetIds.allocate() ?? 0)
    encodePublish(publication, { version: this.version, qos, retain, packetId, expiry }, this.#packets)
    return packetId
  }

  /**
   * Changes what is listened to, while it is up.
   * @param done told what the broker does not grant
   */
  listen({ added, removed }: SubscriptionChange, done: (refused: readonly Subscription[]) => void): void {
    if (removed.length > 0) this.#client.unsubscribe([...removed])
    if (added.length > 0) this.#sendSubscribe(added, done)
  }

  /** Says DISCONNECT, so that the broker drops the Will, and closes. */
  end(): void {
    if (this.#isClosed) return
    this.#isEnding = true
    this.flush()
    this.#client.end()
  }

  /** Drops the connection; the broker publishes the Will. */
  destroy(): void {
    this.#stream.destroy()
  }

  #watchStream(): void {
    this.#stream.on('end', () => {
      this.#peerEnded = true
    })
    this.#stream.on('error', (error) => {
      this.#peerEnded ||= reason.isReset(error)
      this.#failure ??= error
    })
    this.#stream.on('drain', () => this.#events.writable())
  }

  #watchClient(): void {
    const client = this.#client
    client.once('packetreceive', (packet) => this.#onFirstPacket(packet))
    client.on('packetreceive', (packet) => {
      if (packet.cmd === 'puback') this.#onPuback(packet)
    })
    client.on('connect', () => this.#subscribe())
    client.on('disconnect', (packet) => {
      this.#disconnect = packet.reasonCode ?? 0
    })
    client.on('error', (error) => this.#fail(error))
    client.on('close', () => this.#onClose())
    client.onKeepaliveTimeout = () => this.#fail(this.#timeout('a ping'))
    client.handleMessage = (packet, callback) => this.#onMessage(packet, callback)
  }

  #timeout(what: string): CodedError {
    return new CodedError('mqtt_timeout', `the broker did not answer ${what} in time`, {
      place: this.#options.place,
    })
  }

  #lostPatience(): void {
    this.#fail(this.#timeout(this.#connack === undefined ? 'the connection' : 'SUBSCRIBE'))
  }

  #fail(error: unknown): void {
    this.#failure ??= error
    this.#stream.destroy()
  }

  #onFirstPacket(packet: Packet): void {
    if (packet.cmd !== 'connack') return
    this.#connack = packet
    this.#limits = limitsOf(packet, this.#options.maxQoS)
  }

  #subscribe(): void {
    const { subscriptions } = this.#options
    if (subscriptions.length === 0) {
      this.#established([])
      return
    }
    this.#sendSubscribe(subscriptions, (refused) => this.#established(refused))
  }

  #sendSubscribe(
    subscriptions: readonly Subscription[],
    done: (refused: readonly Subscription[]) => void,
  ): void {
    subscribe(this.#client, subscriptions, { acknowledged: done, failed: (error) => this.#fail(error) })
  }

  #established(refused: readonly Subscription[]): void {
    if (this.#isClosed) return
    this.#patience?.cancel()
    this.#isUp = true
    this.#events.up(refused)
  }

  /** The PUBACKs are ours, as the PUBLISHes are: MQTT.js knows nothing of their identifiers, and passes over them. */
  #onPuback({ messageId, reasonCode = 0 }: Puback): void {
    if (messageId === undefined || this.#isClosed) return
    this.#packetIds.deallocate(messageId)
    this.#events.acknowledged(messageId, reasonCode < 0x80 ? undefined : reasonCode)
  }

  #onMessage(packet: IPublishPacket, callback: (error?: Error) => void): void {
    if (packet.qos !== 1) {
      this.#events.message(messageOf(packet), ignore)
      callback()
      return
    }
    this.#unanswered++
    this.#events.message(messageOf(packet), this.#answerTo(packet.messageId ?? 0))
    // MQTT 3.1.1 knows no Receive Maximum: there the next packet waits instead.
    if (this.#unanswered <= this.#options.receiveMaximum) callback(ACKNOWLEDGED_LATER)
    else this.#held = () => callback(ACKNOWLEDGED_LATER)
  }

  #answerTo(packetId: number): (accepted: boolean) => void {
    let answered = false
    return (accepted) => {
      if (answered || this.#isClosed) return
      answered = true
      this.#acknowledge(packetId, accepted ? 0 : reason.NOT_ACCEPTED)
    }
  }

  #acknowledge(packetId: number, code: number): void {
    this.#gather()
    encodePuback(packetId, this.version, code, this.#packets)
    this.#unanswered--
    const next = this.#held
    this.#held = undefined
    next?.()
  }

  #gather(): void {
    if (this.#isGathering) return
    this.#isGathering = true
    setImmediate(flush, this)
  }

  /** Ends a gathering: one write to the socket for all packets of this turn. */
  flush(): void {
    this.#isGathering = false
    if (this.#stream.writable) this.#packets.flush()
  }

  #onClose(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#patience?.cancel()
    this.#events.closed(this.#closure())
  }

  #closure(): Closure {
    const refusal = this.#connack?.reasonCode || this.#connack?.returnCode || undefined
    const isOurs = this.#isEnding || this.#failure instanceof CodedError
    const brokerEnded = this.#isUp && this.#peerEnded && !isOurs
    return {
      error: this.#explain(refusal),
      refusal,
      disconnect: this.#disconnect,
      overPublication: brokerEnded && reason.mayBlamePublication(this.#disconnect),
    }
  }

  #explain(refusal: number | undefined): CodedError {
    const { place, clientId } = this.#options
    if (refusal !== undefined) return reason.connackError(refusal, place)
    if (this.#disconnect !== undefined) return reason.disconnectError(this.#disconnect, clientId, place)
    if (this.#failure !== undefined) return reason.transportError(this.#failure, place)
    const when = this.#connack === undefined ? ' before it answered CONNECT' : ''
    return new CodedError('mqtt_closed', `the broker closed the connection${when}`, { place })
  }
}

function flush(connection: Connection): void {
  connection.flush()
}
