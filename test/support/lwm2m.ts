import {
  generate,
  type NamedOption,
  type OptionName,
  type Packet,
  type ParsedPacket,
  parse,
} from 'coap-packet'
import { CoapEndpoint } from '../../src/coap/endpoint.ts'
import type { Subject } from '../../src/coap/peer.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import type { Command, PendingCommand, Result } from '../../src/lwm2m/command.ts'
import type { Fact, Outcome, Registration, Uplink } from '../../src/lwm2m/fact.ts'
import { builtinModel } from '../../src/lwm2m/model/builtin.ts'
import type { ActiveObservation } from '../../src/lwm2m/observation.ts'
import { Lwm2mServer, type ServerOptions } from '../../src/lwm2m/server.ts'
import { SimulatedClock } from './clock.ts'
import { type SimulatedDevice, SimulatedNetwork } from './network.ts'
import { SeededRandom } from './random.ts'

const SERVER = '192.0.2.1:5683'
/** What a UDP datagram holds. */
const MAX_DATAGRAM_BYTES = 65_507

type FactOf<T extends Fact['type'], F extends Fact = Fact> = F extends Fact
  ? T extends F['type']
    ? F
    : never
  : never

/**
 * An LwM2M server on a simulated network and clock, with scripted devices that build and read their messages by the
 * independent package coap-packet.
 * ```ts
 * const bench = new Lwm2mBench()
 * const device = bench.device()
 * const location = device.register('ep=lamp&lt=60', '</3/0>')
 * device.answer = (request) => ({ code: '2.05', payload: Buffer.from('ACME') })
 * const results = bench.command({ id: '1', endpoint: 'lamp', operation: 'read', path: '/3/0/0' })
 * bench.facts // what went up
 * ```
 */
export class Lwm2mBench implements Uplink {
  readonly clock = new SimulatedClock()
  readonly random = new SeededRandom()
  readonly network = new SimulatedNetwork(this.clock, this.random)
  readonly facts: Fact[] = []
  /** How offers end; `hold` leaves them open until `settle`. */
  outcome: Outcome | 'hold' = 'broker'
  readonly held: ((outcome: Outcome) => void)[] = []
  /** What the layer above does when facts come, before it settles them. */
  onFacts: (facts: readonly Fact[]) => void = () => {}
  readonly server: Lwm2mServer
  endpoint!: CoapEndpoint<ActiveObservation>
  #devices = 0

  constructor(
    options: Partial<
      Pick<ServerOptions, 'strictBinding' | 'grace' | 'observe' | 'observeRate' | 'limit'>
    > = {},
  ) {
    const { clock, random } = this
    this.server = new Lwm2mServer({
      ...{ clock, random, logger: silentLogger, model: builtinModel, uplink: this },
      ...{ strictBinding: true, grace: 0, observe: [], ...options },
      connect: (handlers) => {
        this.endpoint = new CoapEndpoint({ clock, random, ...handlers })
        return this.endpoint
      },
    })
    this.network.attach(SERVER, this.endpoint)
  }

  offer(facts: readonly Fact[], done: (outcome: Outcome) => void): void {
    this.facts.push(...facts)
    this.onFacts(facts)
    if (this.outcome === 'hold') this.held.push(done)
    else done(this.outcome)
  }

  /** Ends all held offers. */
  settle(outcome: Outcome): void {
    for (const done of this.held.splice(0)) done(outcome)
    this.clock.advance(0)
  }

  /** Types of all facts, oldest first. */
  get history(): string[] {
    return this.facts.map(({ type }) => type)
  }

  /** What is registered under a name; undefined where nothing is. */
  registration(endpoint = 'device'): Registration | undefined {
    return this.server.snapshot(endpoint).registration
  }

  /** The facts of one type, oldest first. */
  factsOf<T extends Fact['type']>(type: T): FactOf<T>[] {
    return this.facts.filter((fact) => fact.type === type) as FactOf<T>[]
  }

  /** A device of its own address, or the given one; `subject` is who its transport has proved it to be. */
  device(address = `192.0.2.${10 + this.#devices++}:40000`, subject?: Subject): ScriptedDevice {
    if (subject !== undefined) this.network.subjects.set(address, subject)
    return new ScriptedDevice(this, this.network.device(address, SERVER))
  }

  /** Gives a command; what becomes of it arrives in the array. */
  command(command: Command): { readonly results: Result[]; readonly pending: PendingCommand; sent: number } {
    const results: Result[] = []
    const life = { results, sent: 0, pending: { cancel() {} } as PendingCommand }
    life.pending = this.server.commands.accept(command, {
      sent: () => life.sent++,
      done: (result) => results.push(result),
    })
    this.clock.advance(0)
    return life
  }
}

/** What a scripted device says in a message; the rest is filled in. */
export interface Saying {
  readonly code: string
  readonly path?: string
  /** Parameters, joined by `&` */
  readonly query?: string
  readonly contentFormat?: number
  readonly accept?: number
  readonly observe?: number
  readonly locationPath?: readonly string[]
  readonly payload?: Uint8Array | string
}

function uint(value: number): Buffer {
  const hex = value.toString(16)
  return value === 0 ? Buffer.alloc(0) : Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
}

function optionsOf(saying: Saying): NamedOption[] {
  const options: NamedOption[] = []
  const add = (name: OptionName, value: Buffer): void => void options.push({ name, value })
  if (saying.observe !== undefined) add('Observe', uint(saying.observe))
  for (const segment of saying.locationPath ?? []) add('Location-Path', Buffer.from(segment))
  for (const segment of saying.path?.split('/').filter(Boolean) ?? []) add('Uri-Path', Buffer.from(segment))
  if (saying.contentFormat !== undefined) add('Content-Format', uint(saying.contentFormat))
  for (const item of saying.query?.split('&').filter(Boolean) ?? []) add('Uri-Query', Buffer.from(item))
  if (saying.accept !== undefined) add('Accept', uint(saying.accept))
  return options
}

/** All values of an option, as text. */
export function textOptions(packet: ParsedPacket, name: OptionName): string[] {
  return packet.options.filter((option) => option.name === name).map(({ value }) => value.toString())
}

/** The value of a numeric option; undefined where there is none. */
export function numberOption(packet: ParsedPacket, name: OptionName): number | undefined {
  const value = packet.options.find((option) => option.name === name)?.value
  return value?.reduce((sum, byte) => sum * 256 + byte, 0)
}

export function pathIn(packet: ParsedPacket): string {
  return `/${textOptions(packet, 'Uri-Path').join('/')}`
}

type Answer = Saying | undefined | 'ack' | 'reset'

const REQUEST = /^0\.0[1-7]$/
const NOTHING = Buffer.alloc(0)

/** A device whose every message a test decides. */
export class ScriptedDevice {
  readonly bench: Lwm2mBench
  readonly link: SimulatedDevice
  /** Requests of the server, oldest first, without repetitions. */
  readonly requests: ParsedPacket[] = []
  /** Everything that came, oldest first; `heardAt` says when, in the clock's milliseconds. */
  readonly heard: ParsedPacket[] = []
  readonly heardAt: number[] = []
  /** Answers a request in its ACK; undefined stays silent; `ack` acknowledges and never answers; `reset` sends RST. */
  answer: (request: ParsedPacket) => Answer = () => ({ code: '4.04' })
  readonly #answers = new Map<string, Answer>()
  #messageId = 100
  #token = 1

  constructor(bench: Lwm2mBench, link: SimulatedDevice) {
    this.bench = bench
    this.link = link
    link.onDatagram = (bytes) => this.#hear(parse(Buffer.from(bytes)))
  }

  /** Sends a confirmable request and returns the response that came at once; undefined where none did. */
  call(saying: Saying, packet: Packet = {}): ParsedPacket | undefined {
    const token = packet.token ?? uint(this.#token++)
    const from = this.heard.length
    this.say({ ...saying }, { confirmable: true, token, ...packet })
    return this.heard.slice(from).find((heard) => heard.token.equals(token) && heard.code !== '0.00')
  }

  /** Sends a message; returns its id. */
  say(saying: Saying, packet: Packet = {}): number {
    const messageId = packet.messageId ?? this.#messageId++
    const payload = saying.payload === undefined ? {} : { payload: Buffer.from(saying.payload) }
    const message = { code: saying.code, options: optionsOf(saying), ...payload, ...packet, messageId }
    this.link.send(generate(message, MAX_DATAGRAM_BYTES))
    this.bench.clock.advance(0)
    return messageId
  }

  /**
   * Registers and returns the location (`rd/...`).
   * @throws Error with the code of a refusal
   */
  register(query = 'ep=device&lt=300&lwm2m=1.1', links = '</1/0>,</3/0>,</3303/0>'): string {
    const response = this.call({ code: '0.02', path: '/rd', query, contentFormat: 40, payload: links })
    if (response?.code !== '2.01') throw new Error(`Register: ${response?.code ?? 'no answer'}`)
    return textOptions(response, 'Location-Path').join('/')
  }

  /** Sends an Update; returns the code of the answer, undefined where none came. */
  update(location: string, query = '', links?: string): string | undefined {
    const payload = links === undefined ? undefined : { payload: links }
    return this.call({ code: '0.02', path: location, query, ...payload })?.code
  }

  /** Sends a Deregister; returns the code of the answer, undefined where none came. */
  deregister(location: string): string | undefined {
    return this.call({ code: '0.04', path: location })?.code
  }

  /** Goes on from another address, as behind a NAT that has forgotten it. */
  move(address: string): void {
    this.bench.network.move(this.link, address)
  }

  /** Answers the `index`th request (from the end where negative), in its ACK unless the packet says otherwise. */
  respond(saying: Saying, index = -1, packet: Packet = {}): number {
    const request = this.requests.at(index)
    if (request === undefined) throw new Error('there is no such request')
    const { messageId, token } = request
    return this.say(saying, { ack: true, messageId, token, ...packet })
  }

  /** Sends a notification; returns what the server said to it: `ack`, `reset`, or undefined for silence. */
  notify(token: Buffer, saying: Saying, packet: Packet = {}): 'ack' | 'reset' | undefined {
    const from = this.heard.length
    const messageId = this.say(saying, { confirmable: true, token, ...packet })
    return this.receiptOf(messageId, from)
  }

  /** The server's empty ACK or RST for a message, looked for from the `from`th heard message on. */
  receiptOf(messageId: number, from = 0): 'ack' | 'reset' | undefined {
    const receipt = this.heard
      .slice(from)
      .find((heard) => heard.code === '0.00' && heard.messageId === messageId)
    if (receipt === undefined) return undefined
    return receipt.ack ? 'ack' : 'reset'
  }

  #hear(packet: ParsedPacket): void {
    this.heard.push(packet)
    this.heardAt.push(this.bench.clock.now())
    if (!REQUEST.test(packet.code)) return
    const answer = this.#answerTo(packet)
    const { messageId, token } = packet
    if (answer === 'ack') this.say({ code: '0.00' }, { ack: true, messageId, token: NOTHING })
    else if (answer === 'reset') this.say({ code: '0.00' }, { reset: true, messageId, token: NOTHING })
    else if (answer !== undefined) this.say(answer, { ack: true, messageId, token })
  }

  /** A repetition is answered as the first was. */
  #answerTo(packet: ParsedPacket): Answer {
    const key = `${packet.messageId} ${packet.token.toString('hex')}`
    if (!this.#answers.has(key)) {
      this.requests.push(packet)
      this.#answers.set(key, this.answer(packet))
    }
    return this.#answers.get(key)
  }
}
