import { SystemClock } from '../lib/clock.ts'
import { CodedError, reasonOf } from '../lib/errors.ts'
import { isJsonObject, type JsonObject, parseJson, stringifyJson } from '../lib/json.ts'
import { refusalOf } from '../lwm2m/operation/trial.ts'
import { deviceOf } from '../mapping/cast.ts'
import { pathsIn } from '../mapping/example-fact.ts'
import type { Layers } from '../mapping/layers.ts'
import type { Order } from '../mapping/mapping.ts'
import { Rehearsal, type Told } from '../mapping/rehearsal.ts'
import { shownOrder, shownPublication, shownRejection } from '../mapping/shown.ts'
import { parseArguments } from './arguments.ts'
import type { Command } from './command.ts'
import { findAndLoad } from './configuration.ts'
import { exitCodes } from './exit-codes.ts'
import { type InputLine, inputLines } from './input-lines.ts'
import type { Io } from './io.ts'
import { configOption, configOptionHelp, knownConnections, modelOf, openForGateway } from './mapping-tools.ts'

/** A pipe through a mapping file. */
export const mapTry: Command = {
  name: 'map try',
  summary: 'a pipe: events in, publications out; or messages in, commands out',
  usage: `lwm2mqtt map try FILE [--commands] [--config FILE] < LINES

Reads a JSON object a line and writes what FILE (or a preset, by its name) makes of it, a JSON object a line. A line is
an event as in \`examples\`, with \`device\` in it for what else there is to say of the device:
  {"type":"notify","endpoint":"room-1","path":"/3303/0/5700","value":21.5,"device":{"attributes":{"room":"kitchen"}}}
What the mapping keeps is kept from line to line, so that filters show; \`at\` says when (milliseconds since the epoch),
else it is now, and what a filter still holds back at the end comes then. A line with nothing but \`device\` registers it.
A bad line, or a rule that fails, is told on standard error with the number of the line; the exit code is then 1.

      --commands      lines are messages, on command topics and on others that rules are \`on\`:
                      {"topic":"home/kitchen/light/set","payload":"ON"}; out come commands, why there is none, or
                      publications
${configOptionHelp}`,

  async run(args, io) {
    const options = { ...configOption, commands: { type: 'boolean' } } as const
    const { positionals, values } = parseArguments(args, options, ['FILE'])
    const { configuration } = findAndLoad(values.config, io)
    const connections = knownConnections(values.config, configuration)
    const { layers, file, connection } = openForGateway(positionals[0] ?? '', configuration, connections)
    const { match } = file.document
    const rehearsal = new Rehearsal(layers, await modelOf(configuration, io), { match, connection })
    const pipe = new Pipe(rehearsal, layers, values.commands === true, io)
    try {
      for await (const line of inputLines(io.input)) pipe.take(line)
    } catch (error) {
      if (!io.signal.aborted) throw error
    }
    pipe.end()
    return pipe.hasFaults ? exitCodes.failure : exitCodes.ok
  },
}

const NO_DEVICE =
  'a rule takes this message, but no device is known: a line with nothing but `device` registers one'

/** Takes lines and writes what comes of them. */
class Pipe {
  hasFaults = false
  readonly #rehearsal: Rehearsal
  readonly #layers: Layers
  readonly #takesMessages: boolean
  readonly #io: Io
  readonly #clock = new SystemClock()

  constructor(rehearsal: Rehearsal, layers: Layers, takesMessages: boolean, io: Io) {
    this.#rehearsal = rehearsal
    this.#layers = layers
    this.#takesMessages = takesMessages
    this.#io = io
  }

  take({ number, text }: InputLine): void {
    try {
      if (text === undefined) throw new CodedError('mapping_syntax', 'the line is too long')
      const { device, ...happening } = objectIn(text)
      const at = typeof happening.at === 'number' ? happening.at : this.#clock.wall()
      this.#tell(this.#rehearsal.pass(at), number)
      const given = deviceOf(device)
      this.#requireKind(happening)
      if (Object.keys(happening).length === 0) this.#introduce(given, at, number)
      else if (this.#takesMessages) this.#hear(happening, given, at, number)
      else this.#tell(this.#rehearsal.happen(happening, given, at), number)
    } catch (error) {
      if (!(error instanceof CodedError)) throw error
      this.#complain(number, error.message)
    }
  }

  /** Events and messages are taken for each other. @throws CodedError */
  #requireKind({ type, topic }: JsonObject): void {
    const isMessage = type === undefined && topic !== undefined
    const isEvent = type !== undefined && topic === undefined
    if (isMessage && !this.#takesMessages)
      throw new CodedError('usage', 'a line with a `topic` is a message: lines are messages with --commands')
    if (isEvent && this.#takesMessages)
      throw new CodedError('usage', 'a line with a `type` is an event: with --commands, lines are messages')
  }

  #introduce(device: JsonObject, at: number, number: number): void {
    this.#rehearsal.introduce(device, [], at)
    this.#tell(this.#rehearsal.pass(at), number)
  }

  /** Writes what filters have held back. */
  end(): void {
    this.#tell(this.#rehearsal.pass(Number.POSITIVE_INFINITY), undefined)
  }

  #hear(message: JsonObject, device: JsonObject, at: number, number: number): void {
    if (Object.keys(device).length > 0) this.#rehearsal.introduce(device, pathsIn(message), at)
    const heard = this.#rehearsal.hear(message, at)
    for (const order of heard.orders) this.#io.out(stringifyJson(this.#shownOrder(order, at)))
    for (const rejection of heard.rejections) this.#io.out(stringifyJson(shownRejection(rejection)))
    this.#tell(heard, number)
    if (heard.orders.length + heard.rejections.length > 0) return
    if (heard.isTrigger) {
      if (!this.#rehearsal.knowsDevices) this.#complain(number, NO_DEVICE)
      return
    }
    const objections = this.#layers.objectionsTo(heard.message)
    if (objections.length === 0) this.#complain(number, 'no rule takes a message of this topic')
    for (const objection of objections) this.#complain(number, `no rule takes this message: ${objection}`)
  }

  /** What the gateway would refuse is no command. */
  #shownOrder(order: Order, at: number): JsonObject {
    const { command } = order
    if (command.operation === 'forget') return shownOrder(order) // no device is asked
    const refusal = refusalOf(command, this.#rehearsal.deviceFor(order, at))
    if (refusal === undefined) return shownOrder(order)
    const { endpoint, id } = command
    return { endpoint, id, rejected: refusal.message, code: refusal.code }
  }

  #tell({ publications, failures }: Told, number: number | undefined): void {
    for (const publication of publications) this.#io.out(stringifyJson(shownPublication(publication)))
    for (const { mapping, rule, reason } of failures)
      this.#complain(number, `${mapping}, rule ${rule}: ${reason}`)
  }

  #complain(number: number | undefined, reason: string): void {
    this.hasFaults = true
    this.#io.err(`${number === undefined ? 'at the end' : `line ${number}`}: ${reason}`)
  }
}

function objectIn(text: string): JsonObject {
  const json = jsonIn(text)
  if (isJsonObject(json)) return json
  throw new CodedError('mapping_syntax', 'a line holds one JSON object')
}

function jsonIn(text: string): unknown {
  try {
    return parseJson(text)
  } catch (error) {
    throw new CodedError('mapping_syntax', `it is no JSON: ${reasonOf(error)}`)
  }
}
