import type { DeviceSnapshot } from '../lwm2m/command.ts'
import type { DeviceFact, Fact, ValuesFact } from '../lwm2m/fact.ts'
import { Answers, forgetContexts } from './answers.ts'
import { applyFact } from './apply.ts'
import { applyAgain, applyAllAgain, lastValues } from './apply-values.ts'
import { CommandLife } from './command-life.ts'
import { GatewayEvents } from './gateway-events.ts'
import { applyKept, applyStanding } from './holding.ts'
import { carryLost } from './lost-values.ts'
import type {
  CommandState,
  Devices,
  FileInForce,
  GatewayState,
  Mapped,
  Mapping,
  Order,
  Read,
  Rejection,
  ReplyTo,
  Report,
  Triggered,
} from './mapping.ts'
import { MessageReader, type ResponseTopicCheck } from './message-reader.ts'
import { Naming } from './naming.ts'
import type { OrderResult } from './order-command.ts'
import type { Placement } from './placement.ts'
import type { Message, Publication } from './publication.ts'
import { disjoint } from './rule/topic-filter.ts'
import { type MappingTimer, Run } from './run.ts'
import type { Sheet } from './sheet.ts'
import type { MappingState } from './state.ts'
import { encodeTopicLevel } from './topic.ts'
import { applyTriggered, endpointsOf, objectionsTo, setOff, triggerFilters } from './triggers.ts'

export interface LayersOptions {
  /** In their order; the files that others extend are among them, after those. */
  readonly sheets: readonly Sheet[]
  /**
   * Carries what no other file says anything of, and values on which a rule failed: the preset `plain`, on the main
   * connection.
   */
  readonly fallback: Sheet
  readonly isResponseTopic: ResponseTopicCheck
}

const NO_STATE: MappingState = {}

/** A device at a time. */
type Named = Pick<DeviceFact, 'endpoint' | 'id' | 'at'>

/** All mapping files that are in force, as one mapping. */
export class Layers implements Mapping {
  readonly connections: readonly (string | undefined)[]
  readonly #filters: ReadonlyMap<string | undefined, readonly string[]>
  readonly #sheets: readonly Sheet[]
  /** No file says which devices it is for. */
  readonly #areForAll: boolean
  readonly #fallback: Sheet
  readonly #reader: MessageReader
  readonly #answers: Answers
  readonly #life: CommandLife
  readonly #naming: Naming
  readonly #events: GatewayEvents

  constructor({ sheets, fallback, isResponseTopic }: LayersOptions) {
    this.#sheets = sheets
    this.#areForAll = sheets.every(({ isForAll }) => isForAll)
    this.#fallback = fallback
    this.#reader = new MessageReader(sheets, isResponseTopic)
    this.#answers = new Answers(sheets, fallback)
    this.#life = new CommandLife(sheets)
    this.#naming = new Naming(sheets)
    this.#events = new GatewayEvents(sheets, fallback)
    this.#filters = filtersByConnection(sheets)
    this.connections = [...new Set([undefined, ...sheets.map(({ connection }) => connection)])]
  }

  filtersOf(connection?: string): readonly string[] {
    return this.#filters.get(connection) ?? []
  }

  up(fact: Fact, device: DeviceSnapshot, state: MappingState): Mapped {
    const path = 'path' in fact ? fact.path : undefined
    const run = new Run(state, fact.id, { event: fact.type, endpoint: fact.endpoint, path })
    if (fact.type === 'refused' || fact.type === 'refusals-suppressed') {
      const publications = this.#events.report({ ...fact, event: fact.type }, run)
      return { ...mapped(run), publications }
    }
    if (this.#naming.names(fact)) this.#name(withRegistration(fact, device), fact, run)
    if (fact.type === 'values') {
      this.#applyValues(fact, device, run)
      return mapped(run)
    }
    const snapshot = withRegistration(fact, device)
    const chain = this.#chainOf(snapshot)
    for (const sheet of chain) applyFact(sheet, fact, sheet.known(fact.endpoint, snapshot), run)
    forgetContexts(fact, this.#sheets, run)
    if (fact.type === 'deregistered' || fact.type === 'expired') this.#naming.release(fact.endpoint)
    return mapped(run)
  }

  down(message: Message, serial: string, at: number, devices: Devices): Read {
    return this.#reader.read(message, serial, at, devices)
  }

  triggered(message: Message, serial: string, at: number): Triggered | undefined {
    const rules = setOff(this.#sheets, message)
    if (rules.length === 0) return undefined
    const tell = (device: DeviceSnapshot, state: MappingState): Mapped => {
      const endpoint = device.registration?.endpoint ?? ''
      const run = new Run(state, `${serial}/${endpoint}`, about('message', endpoint, undefined))
      applyTriggered(rules, endpoint, device, { id: serial, at }, run)
      return mapped(run)
    }
    return { endpoints: endpointsOf(rules), tell }
  }

  /** Why rules leave a message alone whose topic is theirs. */
  objectionsTo(message: Message): string[] {
    return objectionsTo(this.#sheets, message)
  }

  answer(
    result: OrderResult,
    reply: ReplyTo,
    at: number,
    device: DeviceSnapshot,
    state: MappingState,
  ): Mapped {
    const run = new Run(state, `${reply.serial}/response`, about('answer', result.endpoint, result.path))
    this.#answers.answer(result, reply, at, device, run)
    return mapped(run)
  }

  response(
    result: OrderResult,
    reply: ReplyTo,
    at: number,
    device: DeviceSnapshot,
    state: MappingState,
  ): Mapped {
    const run = new Run(state, `${reply.serial}/end`, about('response', result.endpoint, result.path))
    this.#life.response(result, reply, at, device, run)
    return mapped(run)
  }

  reject(rejection: Rejection, at: number, device: DeviceSnapshot, state: MappingState): Mapped {
    const { endpoint, reply } = rejection
    const run = new Run(state, `${reply.serial}/response`, about('answer', endpoint, undefined))
    this.#answers.reject(rejection, at, device, run)
    return mapped(run)
  }

  progress(
    order: Order,
    step: CommandState,
    at: number,
    device: DeviceSnapshot,
    state: MappingState,
  ): Mapped {
    const { command, reply } = order
    const run = new Run(state, `${reply.serial}/${step}`, about('command', command.endpoint, command.path))
    this.#life.progress(order, step, at, device, run)
    return mapped(run)
  }

  gateway(state: GatewayState): readonly Publication[] {
    return this.#events.state(state, new Run(NO_STATE, state, about(state, undefined, undefined)))
  }

  standing(device: DeviceSnapshot, state: MappingState, connection?: string): Mapped {
    const { registration } = device
    const id = registration === undefined ? '' : `${registration.id}.${registration.updatedAt}`
    const run = new Run(state, id, about('connected', registration?.endpoint, undefined))
    const chain = this.#chainOf(device).filter((sheet) => sheet.connection === connection)
    for (const sheet of chain) applyStanding(sheet, device, run)
    return mapped(run)
  }

  adopt(device: DeviceSnapshot, at: number): Mapped {
    const { registration } = device
    const run = new Run(NO_STATE, 'adopted', about('connected', registration?.endpoint, undefined))
    if (registration !== undefined) this.#name(device, { ...registration, at }, run)
    return mapped(run)
  }

  isMoving(fact: Fact): boolean {
    const isOfDevice = fact.type !== 'refused' && fact.type !== 'refusals-suppressed'
    return isOfDevice && this.#naming.isMoving(fact)
  }

  placement(endpoint: string, device: DeviceSnapshot): Placement {
    return this.#naming.placement(endpoint, device)
  }

  renew(
    device: DeviceSnapshot,
    at: number,
    state: MappingState,
    isMeant: (file: FileInForce) => boolean,
  ): Mapped {
    const { registration } = device
    if (registration === undefined)
      return mapped(new Run(state, '', about('connected', undefined, undefined)))
    const { endpoint, id } = registration
    const run = new Run(state, `${id}/${at}`, about('connected', endpoint, undefined))
    const chain = this.#chainOf(device)
    const meant = chain.filter(isMeant)
    for (const sheet of meant) applyKept(sheet, device, run)
    const last = lastValues(endpoint, device, { id: `${id}/${at}`, at })
    const connections = new Set(meant.map(({ connection }) => connection))
    const around = chain.filter(({ connection }) => connections.has(connection))
    for (const sheet of around) applyAllAgain(sheet, last, device, run, meant.includes(sheet))
    if (run.lost.length > 0) carryLost(last, device, meant, this.#fallback, run)
    return mapped(run)
  }

  rules(device: DeviceSnapshot): ReadonlySet<string> {
    const sheets = device.registration === undefined ? this.#sheets : this.#chainOf(device)
    return new Set(sheets.flatMap((sheet) => sheet.rulesFor(device)))
  }

  due({ key, at }: MappingTimer, endpoint: string, device: DeviceSnapshot, state: MappingState): Mapped {
    const run = new Run(
      state,
      `${encodeTopicLevel(endpoint)}/${key}/${at}`,
      about('value', endpoint, undefined),
    )
    const [mapping, rule, ...subject] = key.split('/')
    const sheet = this.#sheets.find(({ id }) => id === mapping)
    const [path = ''] = subject.join('/').split('.')
    if (sheet !== undefined && rule !== undefined && sheet.matches(device)) {
      applyAgain(
        sheet,
        `${mapping}/${rule}`,
        { path, at, id: run.about.event },
        sheet.known(endpoint, device),
        run,
      )
    }
    return mapped(run)
  }

  report(incident: Report): readonly Publication[] {
    const { event, id, endpoint } = incident
    return this.#events.report(
      incident,
      new Run(NO_STATE, id, about(event, endpoint ?? undefined, undefined)),
    )
  }

  /** The files that are for a device. */
  #chainOf(device: DeviceSnapshot): readonly Sheet[] {
    return this.#areForAll ? this.#sheets : this.#sheets.filter((sheet) => sheet.matches(device))
  }

  #name(snapshot: DeviceSnapshot, { endpoint, id, at }: Named, run: Run): void {
    if (snapshot.registration === undefined) return
    this.#naming.name({ endpoint, snapshot, occasion: { event: 'registered', id, at } }, run)
  }

  /** By far the most frequent facts. */
  #applyValues(fact: ValuesFact, device: DeviceSnapshot, run: Run): void {
    const chain = this.#chainOf(device)
    for (const sheet of chain) applyFact(sheet, fact, sheet.known(fact.endpoint, device), run)
    if (run.lost.length > 0) carryLost(fact, device, chain, this.#fallback, run)
  }
}

/** What is listened to over each connection. */
function filtersByConnection(sheets: readonly Sheet[]): ReadonlyMap<string | undefined, readonly string[]> {
  const groups = Map.groupBy(sheets, ({ connection }) => connection)
  return new Map(
    [...groups].map(([connection, own]) => {
      const ofCommands = own.flatMap(({ commands }) => commands.map(({ filter }) => filter))
      return [connection, disjoint([...ofCommands, ...triggerFilters(own)])]
    }),
  )
}

function about(event: string, endpoint: string | undefined, path: string | undefined): Run['about'] {
  return { event, endpoint: endpoint === '' ? undefined : endpoint, path }
}

function mapped({ publications, state, timers, failures }: Run): Mapped {
  return { publications, state, timers, failures }
}

/** What is told of a registration is about that one, whichever the device has by now. */
function withRegistration(fact: DeviceFact, device: DeviceSnapshot): DeviceSnapshot {
  if (!('registration' in fact) || device.registration === fact.registration) return device
  return {
    registration: fact.registration,
    object: (id) => device.object(id),
    resource: (object, resource) => device.resource(object, resource),
    values: device.values,
  }
}
