import { CodedError } from '../lib/errors.ts'
import type { JsonValue } from '../lib/json.ts'
import { idOfCorrelation } from './correlation.ts'
import { failureOf } from './failure.ts'
import type { Devices, Order, Read, Rejection, ReplyTo } from './mapping.ts'
import type { Message } from './publication.ts'
import { idIn } from './rule/command-body.ts'
import {
  type Addressee,
  type CommandRule,
  factsOf,
  type ReadPayload,
  readPayload,
} from './rule/command-rule.ts'
import { OrderScope, RequestScope } from './scope/message.ts'
import type { Sheet } from './sheet.ts'
import { decodeTopicLevel } from './topic.ts'

const NOTHING: Read = { orders: [], rejections: [] }
/** As a Register allows it: what is longer names no device. */
const MAX_ENDPOINT_BYTES = 255

/** A message on its way through the rules. */
interface Incoming {
  readonly message: Message
  readonly topic: readonly string[]
  readonly payload: ReadPayload
  readonly serial: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly devices: Devices
}

/** Finds the rule of `commands` that takes a message, and makes commands of it. */
export class MessageReader {
  /** Of all rules. */
  readonly filters: readonly string[]
  readonly #sheets: readonly Sheet[]
  readonly #isResponseTopic: (topic: string) => boolean

  constructor(sheets: readonly Sheet[], isResponseTopic: (topic: string) => boolean) {
    this.#sheets = sheets
    this.#isResponseTopic = isResponseTopic
    this.filters = sheets.flatMap(({ commands }) => commands.map(({ filter }) => filter))
  }

  read(message: Message, serial: string, at: number, devices: Devices): Read {
    if (message.retain && message.payload.length === 0) return NOTHING // this is how a retained message is removed
    const topic = message.topic.split('/')
    let incoming: Incoming | undefined
    for (const sheet of this.#sheets) {
      for (const rule of sheet.commands) {
        const levels = rule.levels(topic)
        if (levels === undefined) continue
        incoming ??= { message, topic, payload: readPayload(message.payload), serial, at, devices }
        const read = this.#offer(sheet, rule, levels, incoming)
        if (read !== undefined) return read
      }
    }
    return NOTHING
  }

  /** @returns undefined where the rule leaves the message to the next one */
  #offer(
    sheet: Sheet,
    rule: CommandRule,
    levels: Readonly<Record<string, string>>,
    incoming: Incoming,
  ): Read | undefined {
    const { message, payload, serial, at, devices } = incoming
    const facts = factsOf(message, payload, rule.payloadOf(payload), levels)
    const occasion = { event: 'command' as const, id: serial, at }
    const reply = this.#replyTo(sheet, rule, facts, incoming)
    let meant: Meant = { name: levels.device ?? '', endpoint: undefined }
    try {
      if (levels.device !== undefined) meant = endpointOf(sheet, { name: levels.device })
      const request = new RequestScope(sheet.surroundings, occasion, facts)
      if (!rule.takes(request)) return undefined
      if (message.retain)
        throw new CodedError('command_retained', `the message on ${message.topic} is retained`)
      this.#checkResponseTopic(message)
      meant = endpointOf(sheet, rule.addressee(request, levels))
      const { name, endpoint } = meant
      if (endpoint === undefined) throw unknownDevice(name)
      rule.check(payload)
      const snapshot = devices.snapshot(endpoint)
      if (snapshot.registration !== undefined && !sheet.matches(snapshot)) throw unknownDevice(name)
      const scope = new OrderScope(sheet.surroundings, occasion, sheet.known(endpoint, snapshot), facts)
      const remember = rule.remembered(scope)
      return this.#requested(rule, scope, endpoint, withMemory(reply, remember), incoming)
    } catch (error) {
      const { code, message: reason } = failureOf(error)
      const rejection = { id: idIn(facts.payload), reply, code, message: reason }
      return { orders: [], rejections: [{ ...whomToTell(meant), ...rejection }] }
    }
  }

  #requested(
    rule: CommandRule,
    scope: OrderScope,
    endpoint: string,
    reply: ReplyTo,
    { serial }: Incoming,
  ): Read {
    const orders: Order[] = []
    const rejections: Rejection[] = []
    for (const [index, requested] of rule.read(scope).entries()) {
      const own = index === 0 ? reply : { ...reply, serial: `${serial}.${index}` }
      if ('reject' in requested) {
        const { reject, id } = requested
        rejections.push({ endpoint, id, reply: own, code: 'request_invalid', message: reject })
        continue
      }
      const { id: given, deadline, command } = requested
      const asked = given ?? idOfCorrelation(reply.correlationData)
      orders.push({
        command: { ...command, id: asked ?? own.serial, endpoint },
        reply: own,
        repeatable: asked !== undefined,
        deadline,
      })
    }
    return { orders, rejections }
  }

  #checkResponseTopic({ responseTopic }: Message): void {
    if (responseTopic === undefined || this.#isResponseTopic(responseTopic)) return
    throw new CodedError('response_topic_refused', `answers may not go to '${responseTopic}'`)
  }

  #replyTo(
    sheet: Sheet,
    rule: CommandRule,
    message: ReturnType<typeof factsOf>,
    { message: { responseTopic, correlationData }, serial }: Incoming,
  ): ReplyTo {
    const mayReply = responseTopic === undefined || this.#isResponseTopic(responseTopic)
    const question = { mapping: sheet.name, rule: rule.name, message, remember: undefined }
    return { serial, topic: mayReply ? responseTopic : undefined, correlationData, question }
  }
}

function withMemory(reply: ReplyTo, remember: JsonValue | undefined): ReplyTo {
  if (remember === undefined || reply.question === undefined) return reply
  return { ...reply, question: { ...reply.question, remember } }
}

/** The device that a message is for. */
interface Meant {
  /** As the message calls it. */
  readonly name: string
  /** Undefined where no device is called so. */
  readonly endpoint: string | undefined
}

/** A name is looked up; where nobody has it, and the file gives no names of its own, it is the endpoint name. */
function endpointOf(sheet: Sheet, addressee: Addressee | undefined): Meant {
  if (addressee === undefined) return { name: '', endpoint: undefined }
  if ('endpoint' in addressee)
    return { name: addressee.endpoint, endpoint: validEndpoint(addressee.endpoint) }
  const { name } = addressee
  const known = sheet.endpointOf(name)
  return { name, endpoint: known ?? (sheet.givesNames ? undefined : validEndpoint(decodeTopicLevel(name))) }
}

function validEndpoint(endpoint: string | undefined): string | undefined {
  const isName =
    endpoint !== undefined && endpoint !== '' && Buffer.byteLength(endpoint) <= MAX_ENDPOINT_BYTES
  return isName ? endpoint : undefined
}

/** A name that no device has is not taken for an endpoint name: the device that has that one was not meant. */
function whomToTell({ name, endpoint }: Meant): Pick<Rejection, 'endpoint' | 'name'> {
  return endpoint === undefined ? { endpoint: '', name: name.slice(0, MAX_ENDPOINT_BYTES) } : { endpoint }
}

function unknownDevice(name: string): CodedError {
  return new CodedError('endpoint_unknown', `'${name.slice(0, 80)}' is no device`)
}
