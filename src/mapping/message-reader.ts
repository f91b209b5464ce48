import { CodedError } from '../lib/errors.ts'
import type { JsonValue } from '../lib/json.ts'
import type { DeviceSnapshot } from '../lwm2m/command.ts'
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

/** What a rule made of a message. */
interface Offered {
  readonly read: Read
  /** The rule is not for this device: another one may be. */
  readonly isForOthers: boolean
}

/** Whether answers may be published to a topic, over a connection (undefined: the main one), when a message asks for it. */
export type ResponseTopicCheck = (topic: string, connection: string | undefined) => boolean

/** Finds the rule of `commands` that takes a message, and makes commands of it. */
export class MessageReader {
  readonly #sheets: readonly Sheet[]
  readonly #isResponseTopic: ResponseTopicCheck

  constructor(sheets: readonly Sheet[], isResponseTopic: ResponseTopicCheck) {
    this.#sheets = sheets
    this.#isResponseTopic = isResponseTopic
  }

  read(message: Message, serial: string, at: number, devices: Devices): Read {
    if (message.retain && message.payload.length === 0) return NOTHING // this is how a retained message is removed
    const topic = message.topic.split('/')
    let incoming: Incoming | undefined
    let refused: Read | undefined
    for (const sheet of this.#sheets) {
      if (sheet.connection !== message.connection) continue
      for (const rule of sheet.commands) {
        const levels = rule.levels(topic)
        if (levels === undefined) continue
        incoming ??= { message, topic, payload: readPayload(message.payload), serial, at, devices }
        const offered = this.#offer(sheet, rule, levels, incoming)
        if (offered?.isForOthers === false) return offered.read
        refused ??= offered?.read
      }
    }
    return refused ?? NOTHING
  }

  /** @returns undefined where the message is none that the rule means */
  #offer(
    sheet: Sheet,
    rule: CommandRule,
    levels: Readonly<Record<string, string>>,
    incoming: Incoming,
  ): Offered | undefined {
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
      const snapshot = devices.snapshot(endpoint)
      if (isForOthers(sheet, rule, snapshot)) throw unknownDevice(name)
      rule.check(payload)
      const scope = new OrderScope(sheet.surroundings, occasion, sheet.known(endpoint, snapshot), facts)
      const own = withMemory(reply, rule.remembered(scope))
      return { read: this.#requested(rule, scope, endpoint, own, serial), isForOthers: false }
    } catch (error) {
      const { code, message: reason } = failureOf(error)
      const rejection = { ...whomToTell(meant), id: idIn(facts.payload), reply, code, message: reason }
      const read = { orders: [], rejections: [rejection] }
      return { read, isForOthers: mayBeForOthers(sheet, rule, meant, devices) }
    }
  }

  #requested(rule: CommandRule, scope: OrderScope, endpoint: string, reply: ReplyTo, serial: string): Read {
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

  #checkResponseTopic({ responseTopic, connection }: Message): void {
    if (responseTopic === undefined || this.#isResponseTopic(responseTopic, connection)) return
    throw new CodedError('response_topic_refused', `answers may not go to '${responseTopic}'`)
  }

  #replyTo(
    sheet: Sheet,
    rule: CommandRule,
    message: ReturnType<typeof factsOf>,
    { message: { responseTopic, correlationData, connection }, serial }: Incoming,
  ): ReplyTo {
    const mayReply = responseTopic === undefined || this.#isResponseTopic(responseTopic, connection)
    const question = { mapping: sheet.id, rule: rule.key, message, remember: undefined }
    return {
      ...{ serial, topic: mayReply ? responseTopic : undefined, correlationData, question },
      ...(connection === undefined ? undefined : { connection }),
    }
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

/** Whether a rule is not for a device that is there: by its file, or since a file for that device has another one. */
function isForOthers(sheet: Sheet, { name }: CommandRule, device: DeviceSnapshot): boolean {
  return device.registration !== undefined && (!sheet.matches(device) || sheet.leaves(name, device))
}

/** The same of whom a message means; a name that a file for some devices does not know may be that of another one. */
function mayBeForOthers(sheet: Sheet, rule: CommandRule, { endpoint }: Meant, devices: Devices): boolean {
  return endpoint === undefined ? !sheet.isForAll : isForOthers(sheet, rule, devices.snapshot(endpoint))
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
