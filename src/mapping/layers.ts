import type { DeviceSnapshot } from '../lwm2m/command.ts'
import type { DeviceFact, Fact, ValuesFact } from '../lwm2m/fact.ts'
import { Answers, forgetContexts } from './answers.ts'
import { applyFact } from './apply.ts'
import { applyAgain, applyAllAgain, lastValues } from './apply-values.ts'
import { CommandLife } from './command-life.ts'
import type { EventName } from './events.ts'
import { applyKept, applyStanding } from './holding.ts'
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
import { StrangerScope } from './scope/device.ts'
import { EventScope } from './scope/event.ts'
import type { Sheet } from './sheet.ts'
import type { MappingState } from './state.ts'
import { encodeTopicLevel } from './topic.ts'
import { applyTrigger, objectionsTo, type SetOff, setOff, triggerFilters } from './triggers.ts'

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

  constructor({ sheets, fallback, isResponseTopic }: LayersOptions) {
    this.#sheets = sheets
    this.#areForAll = sheets.every(({ isForAll }) => isForAll)
    this.#fallback = fallback
    this.#reader = new MessageReader(sheets, isResponseTopic)
    this.#answers = new Answers(sheets, fallback)
    this.#life = new CommandLife(sheets)
    this.#naming = new Naming(sheets)
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
      this.#tellStranger({ ...fact, event: fact.type }, run)
      return { ...mapped(run), publications: ofNobody(run) }
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
    const named = rules.map(({ endpoint }) => endpoint)
    const endpoints = named.includes(undefined)
      ? undefined
      : named.filter((endpoint) => endpoint !== undefined)
    return {
      endpoints,
      tell: (device, state) => this.#tellTriggered(rules, { id: serial, at }, device, state),
    }
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
    const own = this.#speakersOf(state)
    // Where other gateways look for this one, whatever the files say.
    const speakers = own.some(({ id }) => id === this.#fallback.id) ? own : [...own, this.#fallback]
    const run = new Run(NO_STATE, state, about(state, undefined, undefined))
    for (const sheet of speakers) {
      for (const { publish } of sheet.causesForNobody(state)) {
        publish.rule.apply(
          new EventScope(sheet.surroundings, { event: state, id: state, at: 0 }),
          state,
          0,
          run,
        )
      }
    }
    // Without an id: the same words come again, from the broker as the Will, and count each time.
    return run.publications.map(({ userProperties: _, ...publication }) => publication)
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
    const chain = this.#chainOf(device).filter(isMeant)
    for (const sheet of chain) applyKept(sheet, device, run)
    const last = lastValues(endpoint, device, { id: `${id}/${at}`, at })
    for (const sheet of chain) applyAllAgain(sheet, last, device, run)
    if (run.lost.length > 0) this.#carryLost(last, device, chain, run)
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
    if (sheet !== undefined && rule !== undefined) {
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
    const run = new Run(
      NO_STATE,
      incident.id,
      about(incident.event, incident.endpoint ?? undefined, undefined),
    )
    this.#tellStranger(incident, run)
    return ofNobody(run)
  }

  /** The files that are for a device. */
  #chainOf(device: DeviceSnapshot): readonly Sheet[] {
    return this.#areForAll ? this.#sheets : this.#sheets.filter((sheet) => sheet.matches(device))
  }

  #tellTriggered(
    rules: readonly SetOff[],
    { id, at }: { readonly id: string; readonly at: number },
    device: DeviceSnapshot,
    state: MappingState,
  ): Mapped {
    const endpoint = device.registration?.endpoint ?? ''
    const run = new Run(state, `${id}/${endpoint}`, about('message', endpoint, undefined))
    for (const rule of rules) {
      const { sheet } = rule
      const isMeant = rule.endpoint === undefined || rule.endpoint === endpoint
      if (isMeant && sheet.matches(device) && !sheet.leaves(rule.rule.name, device))
        applyTrigger(rule, sheet.known(endpoint, device), { id, at }, run)
    }
    return mapped(run)
  }

  /** The files that speak of something; with the fallback where none does on the main connection. */
  #speakersOf(event: EventName): readonly Sheet[] {
    const speakers = this.#sheets.filter((sheet) => sheet.causesForNobody(event).length > 0)
    const isSpokenOf = speakers.some(({ connection }) => connection === undefined)
    return isSpokenOf ? speakers : [...speakers, this.#fallback]
  }

  #name(snapshot: DeviceSnapshot, { endpoint, id, at }: Named, run: Run): void {
    if (snapshot.registration === undefined) return
    this.#naming.name({ endpoint, snapshot, occasion: { event: 'registered', id, at } }, run)
  }

  /** By far the most frequent facts. */
  #applyValues(fact: ValuesFact, device: DeviceSnapshot, run: Run): void {
    const chain = this.#chainOf(device)
    for (const sheet of chain) applyFact(sheet, fact, sheet.known(fact.endpoint, device), run)
    if (run.lost.length > 0) this.#carryLost(fact, device, chain, run)
  }

  /**
   * Values on which a rule failed go the default way, unless the preset `plain` itself has carried them on the same
   * connection: a file that extends it may have overridden that rule.
   */
  #carryLost(fact: ValuesFact, device: DeviceSnapshot, chain: readonly Sheet[], run: Run): void {
    const defaultWays = new Set(
      chain
        .filter((sheet) => sheet.name === this.#fallback.name && sheet.causesFor(device, 'value').length > 0)
        .map(({ connection }) => connection),
    )
    const lost = run.lost.filter(({ connection }) => !defaultWays.has(connection))
    if (lost.length === 0) return
    const paths = new Set(lost.map(({ sample }) => sample.path))
    const samples = fact.samples.filter(({ path }) => paths.has(path))
    applyFact(this.#fallback, { ...fact, samples }, this.#fallback.known(fact.endpoint, device), run)
  }

  #tellStranger(report: Report, run: Run): void {
    const { event, at } = report
    for (const sheet of this.#speakersOf(event)) {
      for (const { publish } of sheet.causesForNobody(event)) {
        publish.rule.apply(new StrangerScope(sheet.surroundings, report, report), event, at, run)
      }
    }
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

/** Of a stranger nothing is kept, whatever it calls itself. */
function ofNobody({ publications }: Run): readonly Publication[] {
  return publications.map(({ origin: _, ...publication }) => publication)
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
