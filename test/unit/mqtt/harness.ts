import type { ErrorCode } from '../../../src/lib/errors.ts'
import type { Logger } from '../../../src/lib/logger.ts'
import type { Message, Publication } from '../../../src/mapping/publication.ts'
import { BrokerSession } from '../../../src/mqtt/session.ts'
import type { SessionOptions } from '../../../src/mqtt/session-options.ts'
import { ScriptedBroker } from '../../support/broker.ts'
import { SimulatedClock } from '../../support/clock.ts'
import { SeededRandom } from '../../support/random.ts'

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error'
  readonly code: unknown
  readonly message: string
}

class RecordingLogger implements Logger {
  readonly lines: LogLine[] = []

  debug(): void {}

  info(fields: object, message: string): void {
    this.#add('info', fields, message)
  }

  warn(fields: object, message: string): void {
    this.#add('warn', fields, message)
  }

  error(fields: object, message: string): void {
    this.#add('error', fields, message)
  }

  #add(level: LogLine['level'], fields: object, message: string): void {
    this.lines.push({ level, code: 'code' in fields ? fields.code : undefined, message })
  }
}

export interface Incoming {
  readonly message: Message
  readonly done: (accepted: boolean) => void
}

/** A session with a scripted broker, on simulated time; `onUp` opens at once unless a test takes it over. */
export class Harness {
  readonly broker = new ScriptedBroker()
  readonly clock = new SimulatedClock()
  readonly logger = new RecordingLogger()
  readonly session: BrokerSession
  readonly incoming: Incoming[] = []
  readonly downs: ErrorCode[] = []
  /** How each publication ended, in the order of the ends: `topic ok` or `topic code`. */
  readonly settled: string[] = []
  onUp: () => void = () => this.session.open()

  constructor(options: Partial<SessionOptions> = {}) {
    this.session = new BrokerSession(
      {
        url: 'mqtt://broker.example:1883',
        clientId: 'lwm2mqtt-gw1',
        keepalive: 60,
        sessionExpiry: 3600,
        queue: { limit: 1000, bytes: 1_000_000 },
        inFlight: 100,
        reconnect: { first: 1000, longest: 60_000 },
        subscriptions: [{ filter: 'lwm2m/device/+/do/#', retained: false, loss: 'no commands arrive' }],
        clock: this.clock,
        random: new SeededRandom(7),
        logger: this.logger,
        openStream: this.broker.openStream,
        ...options,
      },
      {
        onUp: () => this.onUp(),
        onDown: (reason) => this.downs.push(reason.code),
        onMessage: (message, done) => this.incoming.push({ message, done }),
      },
    )
  }

  /** Lets the pause before the next attempt pass, and no more. */
  retry(): void {
    const before = this.broker.connections.length
    for (let waited = 0; waited < 60_000 && this.broker.connections.length === before; waited += 10) {
      this.clock.advance(10)
    }
  }

  publish(topic: string, fields: Partial<Publication> = {}): boolean {
    return this.session.publish(publication(topic, fields), (error) => this.#note(topic, error?.code))
  }

  publishFirst(topic: string, fields: Partial<Publication> = {}): boolean {
    return this.session.publishFirst(publication(topic, fields), (error) => this.#note(topic, error?.code))
  }

  #note(topic: string, code: ErrorCode | undefined): void {
    this.settled.push(`${topic} ${code ?? 'ok'}`)
  }
}

export function publication(topic: string, fields: Partial<Publication> = {}): Publication {
  return { topic, payload: '{}', qos: 1, retain: false, ...fields }
}
