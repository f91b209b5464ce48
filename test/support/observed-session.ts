import { SystemClock } from '../../src/lib/clock.ts'
import type { CodedError } from '../../src/lib/errors.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import type { Message, Publication } from '../../src/mapping/publication.ts'
import { BrokerSession } from '../../src/mqtt/session.ts'
import type { SessionOptions } from '../../src/mqtt/session-options.ts'
import type { Received } from './mosquitto.ts'
import { SeededRandom } from './random.ts'

/** Of the sessions here; their birth says `online` in the same place. */
export const WILL: Publication = { topic: 'lwm2m/gateway/gw/state', payload: 'offline', qos: 1, retain: true }

export interface Incoming {
  readonly message: Message
  readonly done: (accepted: boolean) => void
}

/** A session with a real broker whose events a test can wait for. */
export class ObservedSession {
  readonly session: BrokerSession
  readonly incoming: Incoming[] = []
  readonly downs: CodedError[] = []
  ups = 0
  #changed: () => void = () => {}

  constructor(url: string, options: Partial<SessionOptions> = {}) {
    const changed = (): void => this.#changed()
    this.session = new BrokerSession(
      {
        url,
        clientId: 'lwm2mqtt-interop',
        keepalive: 60,
        sessionExpiry: 600,
        will: WILL,
        queue: { limit: 100_000, bytes: 100_000_000 },
        inFlight: 1000,
        reconnect: { first: 20, longest: 100 },
        subscriptions: [{ filter: 'lwm2m/device/+/do/#', retained: false, loss: 'no commands arrive' }],
        clock: new SystemClock(),
        random: new SeededRandom(),
        logger: silentLogger,
        ...options,
      },
      {
        onUp: () => {
          this.ups++
          this.session.publishFirst({ ...WILL, payload: 'online' }, changed)
          this.session.open()
          changed()
        },
        onDown: (reason) => {
          this.downs.push(reason)
          changed()
        },
        onMessage: (message, done) => {
          this.incoming.push({ message, done })
          changed()
        },
      },
    )
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve
      })
    }
  }

  async up(): Promise<void> {
    this.session.start()
    await this.until(() => this.ups > 0)
  }

  publish(
    topic: string,
    payload: string,
    fields: Partial<Publication> = {},
  ): Promise<CodedError | undefined> {
    return new Promise((resolve) => {
      this.session.publish({ topic, payload, qos: 1, retain: false, ...fields }, resolve)
    })
  }
}

/** The payload that came last. */
export const last = (received: readonly Received[]): string | undefined => received.at(-1)?.payload
