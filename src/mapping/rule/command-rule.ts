import { CodedError } from '../../lib/errors.ts'
import { isJsonObject, type JsonValue, parseJson } from '../../lib/json.ts'
import { jsonBytes } from '../../lib/json-size.ts'
import type { Budget } from '../expression/budget.ts'
import type { Scope } from '../expression/expression.ts'
import { textOfResult } from '../expression/result.ts'
import type { Message } from '../publication.ts'
import type { MessageFacts } from '../scope/message.ts'
import type { Condition } from '../template/operators.ts'
import { jsonOfProduced } from '../template/structure.ts'
import type { Template } from '../template/template.ts'
import { idIn, type RequestedCommand, readCommand } from './command-body.ts'
import type { PayloadSchema } from './payload-schema.ts'
import type { PublicationTemplate } from './publish-rule.ts'
import type { TopicFilter } from './topic-filter.ts'

/** How the asker hears of the end. */
export interface AnswerTemplate {
  readonly publication: PublicationTemplate
  readonly when: Condition | undefined
}

/** What makes one rule of `commands`. */
export interface CommandRuleOptions {
  readonly mapping: string
  /** As people read it: its name, or its place in the list. */
  readonly name: string
  /** What a command that is under way knows it by (`rule-key.ts`). */
  readonly key: string
  readonly topic: TopicFilter
  readonly parse: 'auto' | 'json' | 'text'
  readonly schema: PayloadSchema | undefined
  readonly when: Condition | undefined
  /** Gives the mapping's name of the device, where no level of the topic is `{device}`. */
  readonly device: Template | undefined
  /** Gives the endpoint name. */
  readonly endpoint: Template | undefined
  readonly body: Template
  readonly remember: Template | undefined
  readonly answer: AnswerTemplate | undefined
  readonly budget: Budget
}

/** What a rule made of one message: a command, or the reason why it is none. */
export type Requested = RequestedCommand | { readonly reject: string; readonly id: string | undefined }

/** Whom a message is for: a name of the mapping's, or an endpoint name. */
export type Addressee = { readonly name: string } | { readonly endpoint: string }

/** More commands than that do not come of one message. */
const MAX_COMMANDS = 256
/** Memory of what one command asks to remember (`json-size.ts`). */
const MAX_REMEMBERED_BYTES = 8_192

/** One rule of `commands`, compiled. */
export class CommandRule {
  readonly #options: CommandRuleOptions

  constructor(options: CommandRuleOptions) {
    this.#options = options
  }

  get name(): string {
    return this.#options.name
  }

  get key(): string {
    return this.#options.key
  }

  /** The filter to subscribe to. */
  get filter(): string {
    return this.#options.topic.filter
  }

  /** Whether it leaves messages of its topic to later rules. */
  get isChoosy(): boolean {
    return this.#options.when !== undefined
  }

  get answer(): AnswerTemplate | undefined {
    return this.#options.answer
  }

  /** @param topic cut at its slashes */
  levels(topic: readonly string[]): Record<string, string> | undefined {
    return this.#options.topic.match(topic)
  }

  /** How this rule reads the payload. JSON is read by `parse: json` as well; what is none is found by `check`. */
  payloadOf(payload: ReadPayload): JsonValue {
    return this.#options.parse === 'text' ? payload.text : payload.value
  }

  /**
   * Whether the message is for this rule.
   * @throws CodedError `mapping_failed`, `mapping_budget`
   */
  takes(scope: Scope): boolean {
    this.#options.budget.refill(scope)
    return this.#options.when?.holds(scope) ?? true
  }

  /** @throws CodedError `request_not_json`, `request_invalid` for a payload that the rule does not allow */
  check(payload: ReadPayload): void {
    const { parse, schema } = this.#options
    const { fault: notJson, isText } = payload
    if (notJson !== undefined && (parse === 'json' || !isText))
      throw new CodedError('request_not_json', notJson)
    const fault = schema?.check(this.payloadOf(payload))
    if (fault !== undefined) throw new CodedError('request_invalid', fault, { place: 'payload' })
  }

  /** @throws CodedError `mapping_failed`, `mapping_budget` */
  addressee(scope: Scope, levels: Readonly<Record<string, string>>): Addressee | undefined {
    const { device, endpoint } = this.#options
    if (endpoint !== undefined) return { endpoint: textOfResult(endpoint.evaluate(scope)) }
    if (device !== undefined) return { name: textOfResult(device.evaluate(scope)) }
    return levels.device === undefined ? undefined : { name: levels.device }
  }

  /**
   * What the message asks for.
   * @throws CodedError `mapping_failed`, `mapping_budget`, `operation_unknown`, `request_invalid`
   */
  read(scope: Scope): readonly Requested[] {
    this.#options.budget.refill(scope)
    const body = jsonOfProduced(this.#options.body.evaluate(scope))
    const bodies = Array.isArray(body) ? (body as readonly JsonValue[]) : [body]
    if (bodies.length > MAX_COMMANDS)
      throw new CodedError('mapping_budget', `more than ${MAX_COMMANDS} commands of one message`)
    return bodies.map(requestedOf)
  }

  /**
   * What is to be kept with an observation; undefined for nothing.
   * @throws CodedError `mapping_failed`, `mapping_budget` for more than there is room for
   */
  remembered(scope: Scope): JsonValue | undefined {
    const remembered = jsonOfProduced(this.#options.remember?.evaluate(scope))
    if (remembered !== undefined && jsonBytes(remembered) > MAX_REMEMBERED_BYTES)
      throw new CodedError('mapping_budget', `more than ${MAX_REMEMBERED_BYTES} bytes to remember`)
    return remembered
  }
}

function requestedOf(body: JsonValue | undefined): Requested {
  if (!isJsonObject(body)) throw new CodedError('request_invalid', 'the rule made no command of this message')
  if (body.reject === undefined) return readCommand(body)
  return { reject: textOfResult(body.reject), id: idIn(body) }
}

/** A payload, read once for all rules. */
export interface ReadPayload {
  readonly text: string
  /** JSON where it is JSON, else the text. */
  readonly value: JsonValue
  /** Why it is no JSON. */
  readonly fault: string | undefined
  /** Whether it is UTF-8. */
  readonly isText: boolean
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Reads a payload: JSON where it is JSON, else text. What is no UTF-8 has its faulty bytes replaced, so that an id
 * which stands among them can be echoed; no rule lets it through.
 */
export function readPayload(payload: Uint8Array): ReadPayload {
  try {
    return { ...readText(utf8.decode(payload)), isText: true }
  } catch {
    const lossy = Buffer.from(payload).toString()
    return { ...readText(lossy), fault: 'the payload is no UTF-8 text', isText: false }
  }
}

function readText(text: string): Omit<ReadPayload, 'isText'> {
  try {
    return { text, value: parseJson(text), fault: undefined }
  } catch (error) {
    return { text, value: text, fault: `the payload is no JSON: ${(error as Error).message}` }
  }
}

/** What expressions see of a message. */
export function factsOf(
  message: Message,
  { text }: ReadPayload,
  payload: JsonValue,
  levels: Readonly<Record<string, string>>,
): MessageFacts {
  const { topic, retain } = message
  return { topic, levels, payload, text, properties: message.userProperties ?? {}, retained: retain }
}
