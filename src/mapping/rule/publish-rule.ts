import { createHash } from 'node:crypto'
import { CodedError } from '../../lib/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import type { Budget } from '../expression/budget.ts'
import type { Expression, Scope } from '../expression/expression.ts'
import { jsonOfResult } from '../expression/result.ts'
import { failureOf } from '../failure.ts'
import type { Origin, Publication, QoS } from '../publication.ts'
import { keyOf } from '../retained-key.ts'
import type { Run } from '../run.ts'
import type { Condition, Elements } from '../template/operators.ts'
import type { Template } from '../template/template.ts'
import { type LastPublished, lastKey } from './last-published.ts'
import { farewells, type KnownParts, kindsOf, partsKey, partsOn } from './parts.ts'
import type { PathFilter } from './path-filter.ts'
import { checkTopic, type Encoding, encodePayload } from './payload.ts'
import type { ValueFilter } from './value-filter.ts'

/** How a publication is made of an event. */
export interface PublicationTemplate {
  readonly topic: Template
  /** Whether nothing can come into the topic that does not belong there. */
  readonly isTopicSafe: boolean
  /** Whether the topic is made of the name of the device. */
  readonly isTopicOfName: boolean
  /** Undefined: the empty message. */
  readonly payload: Template | undefined
  readonly encoding: Encoding
  readonly qos: QoS
  readonly retain: boolean
  /** The broker connection; undefined for the main one. */
  readonly connection: string | undefined
  readonly contentType: Template | undefined
  /** Seconds. */
  readonly expiry: number | undefined
  readonly properties: readonly (readonly [name: string, text: Template])[]
}

/** What a rule leaves out. */
export interface PublicationFilter {
  readonly judge: ValueFilter
  /** What is compared; undefined for the whole payload. */
  readonly of: Expression | undefined
  /** Events that can be told later on as well, from what is known by then: others are left out. */
  readonly deferrable: ReadonlySet<string>
  /** Events after which nothing is left out. */
  readonly always: ReadonlySet<string>
}

/** What a rule is applied to. */
interface Moment {
  readonly scope: Scope
  readonly subject: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly run: Run
}

/** What makes one rule of `publish`. */
export interface PublishRuleOptions {
  readonly mapping: string
  /** As people read it: its name, or its place in the list. */
  readonly name: string
  /** What the state knows it by (`rule-key.ts`). */
  readonly key: string
  readonly path: PathFilter | undefined
  readonly when: Condition | undefined
  /** One publication for each element. */
  readonly elements: Elements | undefined
  readonly publication: PublicationTemplate
  readonly filter: PublicationFilter | undefined
  /** Key of the payload whose vanished parts are taken away by a publication of their own. */
  readonly removal: string | undefined
  readonly stop: boolean
  readonly budget: Budget
}

/** What came of a rule: `nothing` where its condition does not hold, or its filter leaves the event out. */
export type Outcome = 'published' | 'nothing' | 'failed'

/** One rule of `publish`, compiled. */
export class PublishRule {
  /** Mapping and key: no other rule has both, and none with a name loses them when a changed file takes over. */
  readonly id: string
  readonly #options: PublishRuleOptions

  constructor(options: PublishRuleOptions) {
    this.#options = options
    this.id = `${options.mapping}/${options.key}`
  }

  get name(): string {
    return this.#options.name
  }

  get stop(): boolean {
    return this.#options.stop
  }

  /** Whether the broker keeps what it publishes: what takes something away is not kept. */
  get isRetained(): boolean {
    const { retain, payload } = this.#options.publication
    return retain && payload !== undefined
  }

  get isForAll(): boolean {
    return this.#options.path === undefined
  }

  /** Whether it is for this path, or for all. */
  isFor(ids: readonly number[]): boolean {
    return this.#options.path?.matches(ids) ?? true
  }

  /**
   * Applies the rule to one event. A failure is noted in `run`, and what the rule had made, kept and asked for before
   * it does not count.
   * @param subject what the event is about: what the rule keeps in the state is kept for it
   */
  apply(scope: Scope, subject: string, at: number, run: Run): Outcome {
    const { budget, when, elements } = this.#options
    const before = run.begin()
    budget.refill(scope)
    try {
      if (when !== undefined && !when.holds(scope)) return 'nothing'
      if (elements === undefined) this.#publish(scope, subject, at, run)
      else elements.forEach(scope, (index) => this.#publish(scope, `${subject}.${index}`, at, run))
      return run.publications.length > before.publications ? 'published' : 'nothing'
    } catch (error) {
      run.rollBack(before)
      run.fail(this.#options.mapping, this.#options.name, failureOf(error))
      return 'failed'
    }
  }

  #publish(scope: Scope, subject: string, at: number, run: Run): void {
    const { publication, filter, removal } = this.#options
    if (filter !== undefined && !this.#mayPass(filter, { scope, subject, at, run })) return
    const document = publication.payload?.evaluate(scope)
    if (document === undefined && publication.payload !== undefined) return
    if (filter !== undefined && filter.of === undefined) {
      const digest = digestOf(document, publication.encoding)
      if (!this.#passes(filter, digest, { scope, subject, at, run })) return
    }
    const origin = this.#origin(scope, subject, run)
    if (removal !== undefined) {
      const farewell = this.#farewell(removal, document, scope, subject, run)
      if (farewell !== undefined)
        this.#tell(farewell.document, scope, origin && { ...origin, farewells: farewell.farewells }, run)
    }
    this.#tell(document, scope, origin, run)
  }

  #tell(
    document: JsonValue | Uint8Array | undefined,
    scope: Scope,
    origin: Origin | undefined,
    run: Run,
  ): void {
    const told = publicationOf(this.#options.publication, document, scope, run.nextId(), origin)
    run.publications.push(told)
    if (told.retain && told.payload.length === 0) forgetParts(told, run)
  }

  #origin(scope: Scope, subject: string, { about: { endpoint } }: Run): Origin | undefined {
    const { retain, isTopicOfName } = this.#options.publication
    if (!retain || endpoint === undefined) return undefined
    return { endpoint, name: isTopicOfName ? nameIn(scope) : '', rule: this.id, subject }
  }

  /** What compares the payload is asked before that is made whether it is not too early anyway. */
  #mayPass(filter: PublicationFilter, moment: Moment): boolean {
    const { of, judge, always } = filter
    const { scope, at } = moment
    if (of !== undefined) return this.#passes(filter, jsonOfResult(of.evaluate(scope) ?? null), moment)
    if (isAmong(always, scope)) return true
    const earliest = judge.notBefore(at, this.#last(moment))
    if (earliest !== undefined) this.#holdBack(filter, moment, earliest)
    return earliest === undefined
  }

  #passes(filter: PublicationFilter, value: JsonValue, moment: Moment): boolean {
    const { judge, always } = filter
    const { scope, at, run } = moment
    const verdict = isAmong(always, scope) ? 'publish' : judge.judge(value, at, this.#last(moment))
    if (verdict === 'publish') run.remember(this.#lastKey(moment), { value, at })
    if (typeof verdict === 'number') this.#holdBack(filter, moment, verdict)
    return verdict === 'publish'
  }

  #last(moment: Moment): LastPublished | undefined {
    return moment.run.recall(this.#lastKey(moment)) as LastPublished | undefined
  }

  #lastKey({ subject }: Moment): string {
    return lastKey(this.id, subject)
  }

  #holdBack({ deferrable }: PublicationFilter, { scope, subject, run }: Moment, at: number): void {
    if (!isAmong(deferrable, scope)) return
    run.timers.push({ key: `${this.id}/${subject}`, at })
  }

  /** Where parts have vanished since the last document: the one that takes them away. */
  #farewell(
    removal: string,
    document: unknown,
    scope: Scope,
    subject: string,
    run: Run,
  ): Farewell | undefined {
    if (!isJsonObject(document) || !isJsonObject(document[removal]))
      throw new CodedError('mapping_failed', `removal needs a payload with an object '${removal}'`)
    const parts = document[removal]
    const { topic: template, connection } = this.#options.publication
    const topic = keyOf({ topic: String(template.evaluate(scope)), ...(connection && { connection }) })
    const key = partsKey(this.id, subject)
    const vanished = farewells(run.recall(key) as KnownParts | undefined, topic, parts)
    run.remember(key, { topic, kinds: kindsOf(parts) })
    if (Object.keys(vanished).length === 0) return undefined
    return { document: { ...document, [removal]: { ...parts, ...vanished } }, farewells: vanished }
  }
}

interface Farewell {
  readonly document: JsonObject
  readonly farewells: JsonObject
}

/** How the file calls the device of a scope. */
function nameIn(scope: Scope): string {
  return 'device' in scope ? String(scope.device) : ''
}

/** The broker has nothing on this topic any more. */
function forgetParts(publication: Publication, run: Run): void {
  for (const key of partsOn(run.state, new Set([keyOf(publication)]))) run.remember(key, undefined)
}

/** Whether a scope's event is one of these. */
function isAmong(events: ReadonlySet<string>, scope: Scope): boolean {
  return events.size > 0 && 'event' in scope && events.has(String(scope.event))
}

/** Stands for a payload: a document per device would be much to keep. */
function digestOf(document: JsonValue | Uint8Array | undefined, encoding: Encoding): string {
  const payload = document === undefined ? '' : encodePayload(document, encoding)
  return createHash('sha256').update(payload).digest('base64url')
}

/**
 * @param id undefined: what is published says the same each time, and needs none
 * @param origin of one that is retained
 * @throws CodedError `mapping_failed`, `mapping_budget`
 */
export function publicationOf(
  template: PublicationTemplate,
  document: JsonValue | Uint8Array | undefined,
  scope: Scope,
  id: string | undefined,
  origin?: Origin,
): Publication {
  const topic = String(template.topic.evaluate(scope))
  if (!template.isTopicSafe) checkTopic(topic)
  const { encoding, qos, retain, connection, contentType, expiry, properties } = template
  const publication: Writable<Publication> = {
    topic,
    payload: document === undefined ? '' : encodePayload(document, encoding),
    qos,
    retain,
  }
  if (contentType !== undefined && document !== undefined) {
    publication.contentType = String(contentType.evaluate(scope))
  }
  if (expiry !== undefined) publication.expiry = expiry
  if (connection !== undefined) publication.connection = connection
  if (origin !== undefined) publication.origin = origin
  const userProperties = propertiesOf(properties, scope, id)
  if (userProperties !== undefined) publication.userProperties = userProperties
  return publication
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }

function propertiesOf(
  properties: readonly (readonly [name: string, text: Template])[],
  scope: Scope,
  id: string | undefined,
): Readonly<Record<string, string>> | undefined {
  if (properties.length === 0) return id === undefined ? undefined : { id }
  const all: Record<string, string> = id === undefined ? {} : { id }
  for (const [name, text] of properties) {
    const value = text.evaluate(scope)
    if (value !== undefined && value !== null) all[name] = String(value)
  }
  return all
}
