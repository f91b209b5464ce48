import { MqttClient, type Packet } from 'mqtt'
import { CodedError } from '../lib/errors.ts'
import { connackError, reasonName, refusesVersion, transportError } from '../mqtt/reason.ts'
import { type OpenStream, parseBrokerUrl, streamOpener, type TlsOptions } from '../mqtt/stream.ts'

/** A broker to talk to, and as whom. */
export interface BrokerTarget {
  readonly url: string
  readonly username?: string | undefined
  readonly password?: string | undefined
  readonly tls?: TlsOptions
}

export interface PublishOptions {
  readonly retain: boolean
  /** MQTT 5 only. */
  readonly responseTopic?: string | undefined
  readonly correlation?: string | undefined
}

type ProtocolVersion = 4 | 5

const CONNECT_WITHIN = 10_000
const REFUSED = 0x80

/** How an attempt to connect failed: `refusal` is the code of the CONNACK, where one came. */
interface Refusal {
  readonly error: CodedError
  readonly refusal: number | undefined
}

/** One connection for people at a shell: it does not reconnect, and ends with the command that opened it. */
export class BrokerClient {
  readonly version: ProtocolVersion
  /** Settles when the connection has ended: with the reason, or with undefined after `end`. */
  readonly closed: Promise<CodedError | undefined>
  readonly #client: MqttClient
  readonly #place: string
  #isEnding = false

  private constructor(client: MqttClient, version: ProtocolVersion, place: string) {
    this.#client = client
    this.#place = place
    this.version = version
    this.closed = new Promise((resolve) => {
      client.once('close', () => resolve(this.#isEnding ? undefined : this.#lost()))
    })
  }

  /**
   * Connects with MQTT 5, and with 3.1.1 where the broker refuses that.
   * @throws CodedError `mqtt_...`
   */
  static async connect(target: BrokerTarget, signal: AbortSignal): Promise<BrokerClient> {
    const open = streamOpener(parseBrokerUrl(target.url), target.tls)
    const first = await attempt(open, target, 5, signal)
    if (first instanceof MqttClient) return new BrokerClient(first, 5, target.url)
    if (!refusesVersion(first.refusal)) throw first.error
    const second = await attempt(open, target, 4, signal)
    if (second instanceof MqttClient) return new BrokerClient(second, 4, target.url)
    throw second.error
  }

  /** @throws CodedError `mqtt_subscription` where the broker refuses, `mqtt_closed` */
  subscribe(filter: string, receive: (topic: string, payload: Uint8Array) => void): Promise<void> {
    this.#client.on('message', receive)
    const subscribed = new Promise<void>((resolve, reject) => {
      this.#client.subscribe(filter, { qos: 1 }, (error, _granted, suback) => {
        const code = Number(suback?.granted[0] ?? REFUSED)
        if (suback === undefined) reject(this.#lost())
        else if (error || code >= REFUSED)
          reject(this.#refused('mqtt_subscription', reasonName(code), filter))
        else resolve()
      })
    })
    return this.#unlessLost(subscribed)
  }

  /** Publishes with QoS 1 and waits for the PUBACK. @throws CodedError `mqtt_refused`, `mqtt_closed` */
  publish(topic: string, payload: string, options: PublishOptions): Promise<void> {
    const { retain, responseTopic, correlation } = options
    const properties = {
      ...(responseTopic !== undefined && { responseTopic }),
      ...(correlation !== undefined && { correlationData: Buffer.from(correlation) }),
    }
    const published = new Promise<void>((resolve, reject) => {
      this.#client.publish(topic, payload, { qos: 1, retain, properties }, (error) => {
        const code = (error as { code?: unknown } | undefined)?.code
        if (typeof code === 'number') reject(this.#refused('mqtt_refused', reasonName(code), topic))
        else if (error) reject(this.#lost())
        else resolve()
      })
    })
    return this.#unlessLost(published)
  }

  /** Says DISCONNECT and closes. */
  async end(): Promise<void> {
    this.#isEnding = true
    // Without force it would wait, also after the connection, for what was never answered.
    await this.#client.endAsync(!this.#client.connected)
  }

  /** MQTT.js forgets a PUBLISH that is open when the connection ends: nobody would ever be told. */
  #unlessLost(asked: Promise<void>): Promise<void> {
    const lost = this.closed.then(() => {
      throw this.#lost()
    })
    return Promise.race([asked, lost])
  }

  #lost(): CodedError {
    return new CodedError('mqtt_closed', 'the broker closed the connection', { place: this.#place })
  }

  #refused(code: 'mqtt_subscription' | 'mqtt_refused', why: string, topic: string): CodedError {
    return new CodedError(code, `the broker refused it: ${why}`, { place: topic })
  }
}

function attempt(
  open: OpenStream,
  target: BrokerTarget,
  version: ProtocolVersion,
  signal: AbortSignal,
): Promise<MqttClient | Refusal> {
  const { username, password } = target
  const client = new MqttClient(open, {
    protocolVersion: version,
    clean: true,
    reconnectPeriod: 0,
    connectTimeout: CONNECT_WITHIN,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
  })
  const abort = (): void => void client.end(true)
  signal.addEventListener('abort', abort, { once: true })
  client.once('close', () => signal.removeEventListener('abort', abort))
  if (signal.aborted) abort()
  return outcomeOf(client, target.url)
}

/** The connected client, or why it is not. */
function outcomeOf(client: MqttClient, place: string): Promise<MqttClient | Refusal> {
  return new Promise((resolve) => {
    let refusal: number | undefined
    let failure: Error | undefined
    client.once('packetreceive', (packet: Packet) => {
      if (packet.cmd === 'connack') refusal = packet.reasonCode || packet.returnCode || undefined
    })
    client.on('error', (error) => {
      failure ??= error
      client.end(true)
    })
    client.once('connect', () => resolve(client))
    client.once('close', () => resolve({ refusal, error: explain(refusal, failure, place) }))
  })
}

function explain(refusal: number | undefined, failure: Error | undefined, place: string): CodedError {
  if (refusal !== undefined) return connackError(refusal, place)
  if (failure !== undefined) return transportError(failure, place)
  return new CodedError('mqtt_closed', 'the broker closed the connection before it answered', { place })
}
