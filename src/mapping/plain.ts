import { createHash } from 'node:crypto'
import { CodedError } from '../lib/errors.ts'
import { isJsonObject, type JsonObject, parseJson } from '../lib/json.ts'
import type { DeviceSnapshot, Result } from '../lwm2m/command.ts'
import type { Fact } from '../lwm2m/fact.ts'
import type {
  CommandState,
  GatewayState,
  Mapped,
  Mapping,
  MappingState,
  Neighbour,
  Order,
  Rejection,
  ReplyTo,
} from './mapping.ts'
import { publicationsOf, retained, standingOf, transient } from './plain-facts.ts'
import { idInRequest, type PlainRequest, readRequest, readShortForm } from './plain-request.ts'
import { PlainTopics } from './plain-topics.ts'
import type { Message, Publication } from './publication.ts'
import { decodeTopicLevel, encodeTopicLevel } from './topic.ts'
import { contentOf } from './value-json.ts'

export interface PlainOptions {
  /** Base topic, without a slash at the end. */
  readonly base: string
  /** Id of the gateway. */
  readonly gateway: string
  /** Whether answers may be published there, when a request asks for it. */
  readonly isResponseTopic: (topic: string) => boolean
}

const utf8 = new TextDecoder('utf-8', { fatal: true })
/** As a Register allows it: what is longer names no device. */
const MAX_ENDPOINT_BYTES = 255
/** Correlation data that serves as an id is no longer than an id may be, in base64. */
const MAX_ID_BYTES = 96

/** The preset `plain`: the topics and payloads that docs/reference/mqtt-api.md describes. */
export class PlainMapping implements Mapping {
  readonly filters: readonly string[]
  readonly neighbours: string
  readonly #topics: PlainTopics
  readonly #isResponseTopic: (topic: string) => boolean

  constructor({ base, gateway, isResponseTopic }: PlainOptions) {
    this.#topics = new PlainTopics(base, gateway)
    this.#isResponseTopic = isResponseTopic
    this.filters = [this.#topics.commands]
    this.neighbours = this.#topics.gateways
  }

  up(fact: Fact, device: DeviceSnapshot, state: MappingState): Mapped {
    return { publications: publicationsOf(fact, device, this.#topics), state }
  }

  down(message: Message, serial: string): readonly Order[] | Rejection {
    const address = this.#topics.readCommand(message.topic)
    if (address === undefined) return []
    if (message.retain && message.payload.length === 0) return [] // this is how a retained message is removed
    const { level, action } = address
    const { responseTopic, correlationData } = message
    const mayReply = responseTopic === undefined || this.#isResponseTopic(responseTopic)
    const reply = { serial, topic: mayReply ? responseTopic : undefined, correlationData }
    try {
      if (message.retain)
        throw new CodedError('command_retained', `the message on ${message.topic} is retained`)
      if (!mayReply)
        throw new CodedError('response_topic_refused', `answers may not go to '${responseTopic}'`)
      return [orderOf(readMessage(action, message.payload), readEndpoint(level), reply)]
    } catch (error) {
      if (!(error instanceof CodedError)) throw error
      const endpoint = endpointIn(level) ?? level.slice(0, MAX_ENDPOINT_BYTES)
      const given = idIn(action, message.payload)
      return { endpoint, id: given, reply, code: error.code, message: error.message }
    }
  }

  answer(result: Result, reply: ReplyTo): readonly Publication[] {
    const { id, operation, path, status } = result
    const code = result.code === undefined ? undefined : { code: result.code }
    const outcome: JsonObject = result.status === 'ok' ? okOf(result) : { error: result.error }
    const body = { id, status, ...code, operation, path, ...outcome }
    return [this.#response(result.endpoint, reply, body)]
  }

  progress({ command, reply }: Order, state: CommandState): readonly Publication[] {
    const { id, endpoint, operation, path } = command
    const topic = this.#topics.device(endpoint, 'command')
    return [transient(topic, `${reply.serial}/${state}`, { id, state, operation, path })]
  }

  reject({ endpoint, id, reply, code, message }: Rejection): readonly Publication[] {
    return [this.#response(endpoint, reply, { id: id ?? null, status: 'error', error: { code, message } })]
  }

  /** Without an id: the same words come again, from the broker as the Will, and count each time. */
  gateway(state: GatewayState): Publication {
    const { userProperties: _, ...publication } = retained(this.#topics.gateway('state'), state, { state })
    return publication
  }

  neighbour({ topic, payload }: Message): Neighbour | undefined {
    if (topic === this.#topics.gateway('state')) return undefined
    const gateway = decodeTopicLevel(topic.split('/').at(-2) ?? '')
    return gateway === undefined ? undefined : { gateway, online: saysOnline(payload) }
  }

  standing({ registration }: DeviceSnapshot): readonly Publication[] {
    return registration === undefined ? [] : standingOf(registration, this.#topics)
  }

  #response(endpoint: string, { serial, topic, correlationData }: ReplyTo, body: JsonObject): Publication {
    const to = topic ?? this.#topics.device(endpoint, 'response')
    const response = transient(to, `${serial}/response`, body)
    return correlationData === undefined ? response : { ...response, correlationData }
  }
}

function endpointIn(level: string): string | undefined {
  const endpoint = decodeTopicLevel(level)
  const isName =
    endpoint !== undefined && endpoint !== '' && Buffer.byteLength(endpoint) <= MAX_ENDPOINT_BYTES
  return isName ? endpoint : undefined
}

function readEndpoint(level: string): string {
  const endpoint = endpointIn(level)
  if (endpoint !== undefined) return endpoint
  const shown = level.slice(0, 80)
  const reason = `'${shown}' in the topic is no endpoint name in its encoded form, such as '${encodeTopicLevel(shown)}'`
  throw new CodedError('endpoint_unknown', reason)
}

function saysOnline(payload: Uint8Array): boolean {
  try {
    const body = parseJson(textOf(payload))
    return isJsonObject(body) && body.state === 'online'
  } catch {
    return false
  }
}

function okOf(result: Result & { status: 'ok' }): JsonObject {
  const { samples, location, links, path } = result
  return {
    ...(samples === undefined ? undefined : { content: contentOf(path, samples) }),
    ...(location === undefined ? undefined : { location }),
    ...(links === undefined ? undefined : { links: links.map((link) => ({ ...link })) }),
  }
}

function readMessage(action: string, payload: Uint8Array): PlainRequest {
  const text = textOf(payload)
  return action === 'request' ? readRequest(text) : readShortForm(action, text)
}

function textOf(payload: Uint8Array): string {
  try {
    return utf8.decode(payload)
  } catch (error) {
    throw new CodedError('request_not_json', 'the payload is no UTF-8 text', { cause: error })
  }
}

function idIn(action: string, payload: Uint8Array): string | undefined {
  return action === 'request' ? idInRequest(Buffer.from(payload).toString()) : undefined
}

function orderOf({ id: given, deadline, command }: PlainRequest, endpoint: string, reply: ReplyTo): Order {
  const asked = given ?? idOfCorrelation(reply.correlationData)
  return {
    command: { ...command, id: asked ?? reply.serial, endpoint },
    reply,
    repeatable: asked !== undefined,
    deadline,
  }
}

/** Correlation data stands in for an id; of long data a hash does. */
function idOfCorrelation(data: Uint8Array | undefined): string | undefined {
  if (data === undefined) return undefined
  if (data.length > MAX_ID_BYTES) return createHash('sha256').update(data).digest('base64url')
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64url')
}
