import type { DeviceSnapshot } from '../lwm2m/command.ts'
import { DeviceNames } from './device-names.ts'
import type { MappingDocument } from './document.ts'
import type { EventName } from './events.ts'
import type { Budget } from './expression/budget.ts'
import type { Scope } from './expression/expression.ts'
import { textOfResult } from './expression/result.ts'
import { mappingId } from './mapping-id.ts'
import type { DeviceFilter } from './match.ts'
import type { AnswerTemplate, CommandRule } from './rule/command-rule.ts'
import type { CompiledPublish } from './rule/publish-compiler.ts'
import type { KnownDevice } from './scope/device.ts'
import { DeviceScope } from './scope/device.ts'
import type { Occasion, Surroundings } from './scope/event.ts'
import type { Template } from './template/template.ts'
import { decodeTopicLevel, encodeTopicLevel } from './topic.ts'

/** In topics, the name of no device: where a message named none, its asker hears so there. No endpoint name becomes it. */
const NOBODY = '_'

/** A rule of `publish` together with the event that it is applied for. */
export interface Cause {
  readonly event: EventName
  readonly publish: CompiledPublish
}

export interface SheetOptions {
  readonly document: MappingDocument
  readonly connection: string | undefined
  readonly match: DeviceFilter | undefined
  /** Gives the name of a device. */
  readonly deviceName: Template | undefined
  readonly publishes: readonly CompiledPublish[]
  readonly commands: readonly CommandRule[]
  /** Of commands that say nothing else. */
  readonly answer: AnswerTemplate | undefined
  readonly surroundings: Surroundings
  readonly budget: Budget
  /** Rules that files for some devices have put others in the place of, by name: those devices. */
  readonly exceptions: ReadonlyMap<string, readonly DeviceFilter[]>
}

/** One mapping file, compiled, without the one that it extends. */
export class Sheet {
  readonly document: MappingDocument
  /** Tells it from all others. */
  readonly id: string
  /** The broker connection that it speaks over and listens on; undefined for the main one. */
  readonly connection: string | undefined
  readonly publishes: readonly CompiledPublish[]
  readonly commands: readonly CommandRule[]
  readonly answer: AnswerTemplate | undefined
  readonly surroundings: Surroundings
  readonly names = new DeviceNames()
  readonly #options: SheetOptions
  /** What has been asked for, by event and the other event. */
  readonly #causes = new Map<EventName, Map<EventName | undefined, readonly Cause[]>>()

  constructor(options: SheetOptions) {
    this.#options = options
    this.document = options.document
    this.connection = options.connection
    this.id = mappingId(options.document.name, options.connection)
    this.publishes = options.publishes
    this.commands = options.commands
    this.answer = options.answer
    this.surroundings = options.surroundings
  }

  get name(): string {
    return this.document.name
  }

  /** Whether it is for every device. */
  get isForAll(): boolean {
    return this.#options.match === undefined
  }

  /** Paths of the values that decide which devices it is for. */
  get decisivePaths(): readonly string[] {
    return this.#options.match?.paths ?? []
  }

  matches(device: DeviceSnapshot): boolean {
    return this.#options.match?.matches(device) ?? true
  }

  /**
   * The rules for an event, in the order of the file.
   * @param other an event that happens together with it
   */
  causes(event: EventName, other?: EventName): readonly Cause[] {
    const byOther = this.#causes.get(event)
    const known = byOther?.get(other)
    if (byOther !== undefined && known !== undefined) return known
    const events = other === undefined ? [event] : [event, other]
    const causes = this.publishes.flatMap((publish) =>
      events.filter((event) => publish.events.includes(event)).map((event) => ({ event, publish })),
    )
    if (byOther === undefined) this.#causes.set(event, new Map([[other, causes]]))
    else byOther.set(other, causes)
    return causes
  }

  /** The same for one device: without the rules that a file for this device has put others in the place of. */
  causesFor(device: DeviceSnapshot, event: EventName, other?: EventName): readonly Cause[] {
    const causes = this.causes(event, other)
    if (this.#options.exceptions.size === 0) return causes
    return causes.filter(({ publish }) => !this.leaves(publish.rule.name, device))
  }

  /** The same where no device is known: without the rules that a file for any devices has put others in the place of. */
  causesForNobody(event: EventName): readonly Cause[] {
    const { exceptions } = this.#options
    return this.causes(event).filter(({ publish }) => !exceptions.has(publish.rule.name))
  }

  /** Whether a rule leaves this device to a file that has put another rule in its place. */
  leaves(rule: string, device: DeviceSnapshot): boolean {
    return this.#options.exceptions.get(rule)?.some((filter) => filter.matches(device)) ?? false
  }

  /** Ids of the rules that publish something of a device; all of them where it is not registered. */
  rulesFor(device: DeviceSnapshot): readonly string[] {
    return this.publishes.filter(({ rule }) => !this.leaves(rule.name, device)).map(({ rule }) => rule.id)
  }

  /** The device under the name that it has here; one level of a topic, never an empty one. */
  known(endpoint: string, snapshot: DeviceSnapshot): KnownDevice {
    const name = endpoint === '' ? NOBODY : (this.names.nameOf(endpoint) ?? encodeTopicLevel(endpoint))
    return { endpoint, snapshot, name }
  }

  /** Who is no device, under the name that a message called it by; under none where a device has that one. */
  stranger(name: string, snapshot: DeviceSnapshot): KnownDevice {
    const level = encodeTopicLevel(decodeTopicLevel(name) ?? name)
    const isFree = level !== '' && this.endpointOf(level) === undefined
    return { endpoint: '', snapshot, name: isFree ? level : NOBODY }
  }

  /**
   * The name that the file gives a device: one level of a topic.
   * @throws CodedError `mapping_failed`, `mapping_budget`
   */
  nameFor(endpoint: string, snapshot: DeviceSnapshot, occasion: Occasion): string {
    const { deviceName, budget, surroundings } = this.#options
    const fallback = encodeTopicLevel(endpoint)
    if (deviceName === undefined) return fallback
    const scope = new DeviceScope(surroundings, occasion, { endpoint, snapshot, name: fallback })
    budget.refill(scope)
    const name = encodeTopicLevel(textOfResult(deviceName.evaluate(scope)))
    return name === '' ? fallback : name
  }

  /** Expressions outside a rule of `publish` begin with a full budget. */
  refill(scope: Scope): void {
    this.#options.budget.refill(scope)
  }

  /** What a device is called where it gets no other name; nobody else can be called so. */
  fallbackName(endpoint: string): string {
    return encodeTopicLevel(endpoint)
  }

  /** Whether devices are called otherwise than by their endpoint names. */
  get givesNames(): boolean {
    return this.#options.deviceName !== undefined
  }

  /** The endpoint that has this name in topics. Where the file gives no names, the endpoint name itself does. */
  endpointOf(name: string): string | undefined {
    return this.names.endpointOf(name)
  }
}
