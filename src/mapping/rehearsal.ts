import { CodedError } from '../lib/errors.ts'
import type { JsonObject } from '../lib/json.ts'
import { unplacedText } from '../lib/problem.ts'
import type { Command, DeviceSnapshot } from '../lwm2m/command.ts'
import type { ObjectModel } from '../lwm2m/model/model.ts'
import { type Actor, Cast } from './cast.ts'
import type { EventName } from './events.ts'
import { checkEvent, checkMessage } from './example-check.ts'
import type { ExampleDevice } from './example-device.ts'
import { factOf, pathsIn } from './example-fact.ts'
import { messageOf, resultOf } from './example-message.ts'
import type { CommandState, Mapped, Mapping, Order, Read } from './mapping.ts'
import type { MatchDocument } from './match.ts'
import { Problems } from './problem.ts'
import type { Message, Publication } from './publication.ts'
import type { Failure, MappingTimer } from './run.ts'

/** What matters of the file that is rehearsed. */
export interface RehearsedFile {
  /** Devices have the objects that it asks for. */
  readonly match?: MatchDocument | undefined
  /** Messages come over this connection; absent for the main one. */
  readonly connection?: string | undefined
}

/** What came of something. */
export interface Told {
  readonly publications: readonly Publication[]
  readonly failures: readonly Failure[]
}

/** What came of a message: commands, refusals, or publications that it set off. */
export interface Heard extends Told, Read {
  readonly message: Message
  /** A rule of `publish` takes it: whether or not anything is published. */
  readonly isTrigger: boolean
}

interface Due {
  readonly endpoint: string
  readonly timer: MappingTimer
}

const NOTHING: Told = { publications: [], failures: [] }
/** Of those that concern no known device. */
const STRANGE: readonly EventName[] = [
  'refused',
  'refusals-suppressed',
  'mapping-failed',
  'mapping-clash',
  'mapping-loaded',
  'mapping-refused',
]

/**
 * A mapping without a gateway: what happens to made-up devices goes in, as examples write it, and what the mapping
 * makes of it comes out. What the mapping keeps is kept from one to the next.
 */
export class Rehearsal {
  readonly #mapping: Mapping
  readonly #connection: string | undefined
  readonly #cast: Cast
  readonly #dues = new Map<string, Due>()
  /** What went wrong as devices were registered, until it is told with what happens next. */
  #untold: Failure[] = []
  #count = 0

  constructor(mapping: Mapping, model: ObjectModel, { match = {}, connection }: RehearsedFile = {}) {
    this.#mapping = mapping
    this.#connection = connection
    this.#cast = new Cast(model, match.objects ?? [])
  }

  /** Whether anything was said of any device. */
  get knowsDevices(): boolean {
    return this.#cast.size > 0
  }

  /**
   * Makes a device known, or says more of it; it is registered, and of that nothing is told.
   * @param given `device` of an example
   * @param paths that it has, besides
   * @param at milliseconds since the epoch
   */
  introduce(given: JsonObject, paths: readonly string[], at: number): void {
    const { actor, isChanged } = this.#cast.extend(given, paths, at)
    if (isChanged) this.#register(actor, at)
  }

  /**
   * Lets something happen.
   * @param event as examples write it
   * @param given what else is said of the device
   * @throws CodedError `mapping_invalid`, `mapping_unknown_key` for what is no event
   */
  happen(event: JsonObject, given: JsonObject, at: number): Told {
    requireSound((problems) => checkEvent(event, [], problems))
    const type = String(event.type ?? '')
    if (type === 'online' || type === 'offline')
      return { ...NOTHING, publications: this.#mapping.gateway(type) }
    const strange = STRANGE.find((known) => known === type)
    if (strange !== undefined) return { ...NOTHING, publications: this.#report(strange, event, at) }
    const { endpoint, attributes } = event
    const { actor, isChanged } = this.#cast.extend(
      {
        ...given,
        ...(endpoint === undefined ? undefined : { endpoint }),
        ...(attributes === undefined ? undefined : { attributes }),
      },
      pathsIn(event),
      at,
    )
    if (isChanged && type !== 'registered') this.#register(actor, at)
    return this.#withUntold(this.#keep(actor, this.#befall(actor, type, event, at)))
  }

  /**
   * Lets a message come.
   * @param given as examples write it
   * @throws CodedError `mapping_invalid`, `mapping_unknown_key` for what is no message
   */
  hear(given: JsonObject, at: number): Heard {
    requireSound((problems) => checkMessage(given, [], problems))
    const message = messageOf(given, this.#connection)
    const serial = this.#serial()
    const snapshot = (endpoint: string): DeviceSnapshot => this.#cast.device(endpoint, pathsIn(given), at)
    const read = this.#mapping.down(message, serial, at, { snapshot })
    if (read.orders.length + read.rejections.length > 0)
      return { ...read, ...this.#withUntold(NOTHING), message, isTrigger: false }
    const triggered = this.#mapping.triggered(message, serial, at)
    const meant = [...this.#cast.all()].filter(
      ({ device }) => triggered?.endpoints?.includes(device.registration.endpoint) ?? true,
    )
    const told = meant.map((actor) =>
      triggered === undefined ? NOTHING : this.#keep(actor, triggered.tell(actor.device, actor.state)),
    )
    const all = {
      publications: told.flatMap(({ publications }) => publications),
      failures: told.flatMap(({ failures }) => failures),
    }
    return { ...read, ...this.#withUntold(all), message, isTrigger: triggered !== undefined }
  }

  /**
   * How those who asked are answered.
   * @param result of the devices, as examples write it
   */
  answer({ orders, rejections }: Read, result: JsonObject, at: number): Told {
    const answers = [
      ...rejections.map((rejection) => {
        const actor = this.#cast.actor(rejection.endpoint, at)
        return this.#keep(actor, this.#mapping.reject(rejection, at, actor.device, actor.state))
      }),
      ...orders.map((order) => {
        const { endpoint } = order.command
        this.introduce({ endpoint }, [], at)
        const actor = this.#cast.actor(endpoint, at)
        const { device, state } = actor
        const answered = resultOf(result, order, device)
        return this.#keep(actor, this.#mapping.answer(answered, order.reply, at, device, state))
      }),
    ]
    return {
      publications: answers.flatMap(({ publications }) => publications),
      failures: answers.flatMap(({ failures }) => failures),
    }
  }

  /** The device that a command is for, as far as anything was said of it. */
  deviceFor({ command }: Order, at: number): DeviceSnapshot {
    return this.#cast.device(command.endpoint, [], at)
  }

  /** Lets time pass: what filters had held back until then comes, in its order. */
  pass(until: number): Told {
    const publications: Publication[] = []
    const failures: Failure[] = []
    for (let next = this.#next(); next !== undefined && next[1].timer.at <= until; next = this.#next()) {
      const [id, { endpoint, timer }] = next
      this.#dues.delete(id)
      const actor = this.#cast.actor(endpoint, timer.at)
      const told = this.#keep(actor, this.#mapping.due(timer, endpoint, actor.device, actor.state))
      publications.push(...told.publications)
      failures.push(...told.failures)
    }
    return this.#withUntold({ publications, failures })
  }

  #withUntold({ publications, failures }: Told): Told {
    const untold = this.#untold
    this.#untold = []
    return { publications, failures: [...untold, ...failures] }
  }

  /** Ends it: all devices leave, and the mapping knows none of them any more. */
  end(at: number): void {
    for (const { device, state } of this.#cast.all()) {
      const { registration } = device
      const fact = { type: 'deregistered', id: 'end', at, endpoint: registration.endpoint } as const
      this.#mapping.up({ ...fact, registration }, device, state)
    }
    this.#cast.clear()
    this.#dues.clear()
  }

  #next(): [string, Due] | undefined {
    const dues = [...this.#dues]
    const first = Math.min(...dues.map(([, { timer }]) => timer.at))
    return dues.find(([, { timer }]) => timer.at === first)
  }

  #befall(actor: Actor, type: string, event: JsonObject, at: number): Mapped {
    const { device, state } = actor
    if (type === 'connected') return this.#mapping.standing(device, state, this.#connection)
    if (type === 'command') {
      const step = String(event.state ?? 'queued') as CommandState
      return this.#mapping.progress(this.#orderOf(event, device), step, at, device, state)
    }
    if (type === 'response') {
      const order = this.#orderOf(event, device)
      return this.#mapping.response(resultOf(event, order, device), order.reply, at, device, state)
    }
    const fact = factOf({ id: this.#serial(), ...event }, device, at)
    if (fact.type === 'values' && !fact.late) for (const sample of fact.samples) device.learn(sample, fact.at)
    return this.#mapping.up(fact, device, state)
  }

  #orderOf({ operation = 'read', path = '/', id }: JsonObject, device: ExampleDevice): Order {
    const serial = this.#serial()
    const { endpoint } = device.registration
    const command = { id: String(id ?? serial), endpoint, operation, path } as unknown as Command
    const reply = {
      ...{ serial, topic: undefined, correlationData: undefined, question: undefined },
      ...(this.#connection === undefined ? undefined : { connection: this.#connection }),
    }
    return { command, reply, repeatable: false, deadline: undefined }
  }

  #report(event: EventName, facts: JsonObject, at: number): readonly Publication[] {
    const { endpoint, address, code, reason, count, details } = facts
    return this.#mapping.report({
      ...{ event, id: String(facts.id ?? this.#serial()), at },
      ...(endpoint === undefined ? undefined : { endpoint: String(endpoint) }),
      ...(address === undefined ? undefined : { address: String(address) }),
      ...(code === undefined ? undefined : { code: String(code) }),
      ...(reason === undefined ? undefined : { reason: String(reason) }),
      ...(count === undefined ? undefined : { count: Number(count) }),
      ...(details === undefined ? undefined : { details }),
    })
  }

  /** Names are given at registration. What is said of the device later is an update of it. */
  #register(actor: Actor, at: number): void {
    const { registration } = actor.device
    const type = actor.isRegistered ? 'updated' : 'registered'
    const fact = { type, id: 'registration', at, endpoint: registration.endpoint } as const
    actor.isRegistered = true
    const { state, failures } = this.#mapping.up({ ...fact, registration }, actor.device, actor.state)
    actor.state = state
    this.#untold.push(...failures.filter(({ rule }) => rule === NAMING))
  }

  #keep(actor: Actor, { publications, failures, state, timers }: Mapped): Told {
    actor.state = state
    const { endpoint } = actor.device.registration
    for (const timer of timers) {
      const id = `${endpoint}/${timer.key}`
      if (!this.#dues.has(id)) this.#dues.set(id, { endpoint, timer })
    }
    return { publications, failures }
  }

  #serial(): string {
    return `example-${++this.#count}`
  }
}

/** @throws CodedError with the first fault */
function requireSound(check: (problems: Problems) => void): void {
  const problems = new Problems()
  check(problems)
  const [first] = problems.list
  if (first !== undefined) throw new CodedError(first.code, unplacedText(first))
}

/** What failures of the name of a device have in the place of a rule (`naming.ts`). */
const NAMING = 'device'
