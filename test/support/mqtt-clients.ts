import { Program, type Ran, run } from './processes.ts'

/** A message as mosquitto's clients show it with `-F %j`. */
export interface Heard {
  readonly topic: string
  readonly qos: number
  /** 1 where it is retained. */
  readonly retain: number
  readonly payload: string
  /** MQTT 5 */
  readonly properties?: {
    readonly 'user-properties'?: Readonly<Record<string, string>>
    readonly 'content-type'?: string
    readonly 'correlation-data'?: string
  }
}

export type ProtocolVersion = 4 | 5
export type Payload = Readonly<Record<string, unknown>>

const SUBSCRIBED = 'test/subscribed'

/** mosquitto's clients, at one broker. */
export class MqttClients {
  readonly #address: readonly string[]

  /**
   * @param version that they speak: 5, or 4 for 3.1.1
   * @param login as they take it: `-u`, name, `-P`, password
   */
  constructor(port: number, version: ProtocolVersion = 5, login: readonly string[] = []) {
    this.#address = ['-h', '127.0.0.1', '-p', String(port), '-V', version === 5 ? '5' : '311', ...login]
  }

  /**
   * Subscribes with `mosquitto_sub`; resolves when the broker has granted it: what is retained on a second topic
   * has then come. (What mosquitto_sub says of its subscription with -d stays in its buffer.)
   */
  async subscribe(filter: string): Promise<Subscriber> {
    await this.publish(SUBSCRIBED, 'yes', '-r')
    const topics = ['-t', filter, '-t', SUBSCRIBED]
    const subscriber = new Subscriber(
      new Program('mosquitto_sub', [...this.#address, '-F', '%j', '-q', '1', ...topics]),
    )
    await subscriber.next(SUBSCRIBED)
    return subscriber
  }

  /**
   * Publishes with `mosquitto_pub` at QoS 1; resolves when the broker has it.
   * @param more further arguments as it takes them
   */
  async publish(topic: string, payload: string, ...more: readonly string[]): Promise<void> {
    const message = payload === '' ? ['-n'] : ['-m', payload]
    const ran = await run('mosquitto_pub', [...this.#address, '-q', '1', '-t', topic, ...message, ...more])
    if (ran.code !== 0) throw new Error(`mosquitto_pub: ${ran.stderr}`)
  }

  /** Asks with `mosquitto_rr`: it subscribes to the response topic, publishes, and prints the first answer. */
  async ask(
    topic: string,
    payload: string,
    responseTopic: string,
    ...more: readonly string[]
  ): Promise<Heard> {
    const question = ['-q', '1', '-t', topic, '-e', responseTopic, '-m', payload, '-F', '%j', '-W', '60']
    const ran: Ran = await run('mosquitto_rr', [...this.#address, ...question, ...more])
    if (ran.code !== 0) throw new Error(`mosquitto_rr: ${ran.code} ${ran.stderr}`)
    return heardIn(ran.stdout)
  }
}

export type Fits = (payload: Payload, message: Heard) => boolean

/** `mosquitto_sub`, and what it has heard so far. */
export class Subscriber {
  readonly #program: Program

  constructor(program: Program) {
    this.#program = program
  }

  get messages(): Heard[] {
    return this.#program.stdout.all.map(heardIn).filter(({ topic }) => topic !== SUBSCRIBED)
  }

  /** A mark, for `next`: to look only at what comes later. */
  get mark(): number {
    return this.#program.stdout.all.length
  }

  /** The messages of one topic, oldest first. */
  on(topic: string): Heard[] {
    return this.messages.filter((message) => message.topic === topic)
  }

  /** The first message of a topic that fits, of those that have come since the mark and those to come. */
  async next(topic: string, fits: Fits = () => true, mark = 0): Promise<Heard> {
    const isIt = (line: string): boolean => {
      const message = heardIn(line)
      return message.topic === topic && fits(payloadOf(message), message)
    }
    return heardIn(await this.#program.stdout.findBy(`${topic} ${fits}`, isIt, mark))
  }

  /** As `next`: the payload. */
  async payload(topic: string, fits?: Fits, mark?: number): Promise<Payload> {
    return payloadOf(await this.next(topic, fits, mark))
  }

  async stop(): Promise<void> {
    await this.#program.kill('SIGTERM')
  }
}

/** An empty payload is called null. */
function heardIn(line: string): Heard {
  const message = JSON.parse(line) as Omit<Heard, 'payload'> & { payload: string | null }
  return { ...message, payload: message.payload ?? '' }
}

/** The payload as an object; of anything else an empty one. */
export function payloadOf({ payload }: Heard): Payload {
  try {
    const value: unknown = JSON.parse(payload)
    return typeof value === 'object' && value !== null ? (value as Payload) : {}
  } catch {
    return {}
  }
}
