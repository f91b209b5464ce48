import type { ErrorCode } from '../lib/errors.ts'
import type { JsonValue } from '../lib/json.ts'
import type { DeviceSnapshot } from '../lwm2m/command.ts'
import type { Fact } from '../lwm2m/fact.ts'
import type { EventName } from './events.ts'
import type { OrderCommand, OrderResult } from './order-command.ts'
import type { Placement } from './placement.ts'
import type { Message, Publication } from './publication.ts'
import type { Failure, MappingTimer } from './run.ts'
import type { Stranger } from './scope/device.ts'
import type { MessageFacts } from './scope/message.ts'
import type { MappingState } from './state.ts'

/**
 * A mapping turns facts into publications and messages into commands. It is pure: no clock, no I/O, no memory but the
 * state that it is handed and gives back, and an index of names that it makes anew from the registrations.
 */
export interface Mapping {
  /** Those that it speaks over and listens on; undefined is the main one, which is always among them. */
  readonly connections: readonly (string | undefined)[]
  /** The only topics that it wants to hear over a connection (undefined: the main one), as filters. */
  filtersOf(connection?: string): readonly string[]
  /** @param state what the mapping keeps for this device */
  up(fact: Fact, device: DeviceSnapshot, state: MappingState): Mapped
  /**
   * @param serial no other message has it; also the id of a command whose asker gave none
   * @param at milliseconds since the epoch
   */
  down(message: Message, serial: string, at: number, devices: Devices): Read
  /** What a message of another topic sets off; undefined for nothing. */
  triggered(message: Message, serial: string, at: number): Triggered | undefined
  /** What tells the asker how a command ended. */
  answer(result: OrderResult, reply: ReplyTo, at: number, device: DeviceSnapshot, state: MappingState): Mapped
  /** What tells everybody how a command ended. */
  response(
    result: OrderResult,
    reply: ReplyTo,
    at: number,
    device: DeviceSnapshot,
    state: MappingState,
  ): Mapped
  /** What tells everybody how far a command is. */
  progress(order: Order, step: CommandState, at: number, device: DeviceSnapshot, state: MappingState): Mapped
  /** What tells the asker that a message gave no command. */
  reject(rejection: Rejection, at: number, device: DeviceSnapshot, state: MappingState): Mapped
  /** What the brokers are told when a connection is up; `offline` is what they publish when the gateway is lost. */
  gateway(state: GatewayState): readonly Publication[]
  /** What holds for a registered device, told again over a connection (undefined: the main one) when that is up. */
  standing(device: DeviceSnapshot, state: MappingState, connection?: string): Mapped
  /** Gives a device its name that was registered before this mapping took over. */
  adopt(device: DeviceSnapshot, at: number): Mapped
  /** Whether a fact may change which files are for its device, or how they call it. */
  isMoving(fact: Fact): boolean
  /** Which files are for a registered device, and how they call it. */
  placement(endpoint: string, device: DeviceSnapshot): Placement
  /**
   * What brokers are to keep of such a device: what holds for it, and its last values.
   * @param isMeant the files that say so
   */
  renew(
    device: DeviceSnapshot,
    at: number,
    state: MappingState,
    isMeant: (file: FileInForce) => boolean,
  ): Mapped
  /**
   * Ids of the rules that publish something of a device; of one that is not registered, of all rules. What others have
   * told of it, the broker is not to keep.
   */
  rules(device: DeviceSnapshot): ReadonlySet<string>
  /** A time that the mapping asked for has come: what a filter had held back. */
  due(timer: MappingTimer, endpoint: string, device: DeviceSnapshot, state: MappingState): Mapped
  /** What tells everybody of something that concerns no device, or a mapping itself. */
  report(incident: Report): readonly Publication[]
}

/** Something that concerns no device that could be told of it. */
export interface Report extends Stranger {
  readonly event: EventName
  readonly id: string
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** A mapping file, compiled for one connection. */
export interface FileInForce {
  /** Name and connection (`mapping-id.ts`). */
  readonly id: string
  /** Undefined for the main one. */
  readonly connection: string | undefined
}

export interface Mapped {
  readonly publications: readonly Publication[]
  readonly state: MappingState
  /** When the mapping wants to be asked again. */
  readonly timers: readonly MappingTimer[]
  /** Rules that failed, and names that two devices have: to be reported. */
  readonly failures: readonly Failure[]
}

export type GatewayState = 'online' | 'offline'

export type CommandState = 'queued' | 'sent' | 'done' | 'failed' | 'expired' | 'cancelled'

/** Port: what a mapping may ask about devices while it reads a message. */
export interface Devices {
  snapshot(endpoint: string): DeviceSnapshot
}

/** Publications that a message of another topic causes. */
export interface Triggered {
  /** The devices that they are of; undefined for all that are registered. */
  readonly endpoints: readonly string[] | undefined
  /** What is published of one of them. */
  tell(device: DeviceSnapshot, state: MappingState): Mapped
}

/** What a message turned out to ask for. */
export interface Read {
  readonly orders: readonly Order[]
  readonly rejections: readonly Rejection[]
}

/** What was asked, for the answer: plain data. */
export interface Question {
  /** The mapping (its id) and the rule that took the message, by its key. */
  readonly mapping: string
  readonly rule: string
  readonly message: MessageFacts
  /** What notifications are to carry, when the command starts an observation. */
  readonly remember: JsonValue | undefined
}

/** Where an answer goes. */
export interface ReplyTo {
  /** Made up for each message: tells what comes of it from what comes of others that have the same id. */
  readonly serial: string
  /** The connection that the question came over, and the answer takes; absent for the main one. */
  readonly connection?: string
  /** Undefined: where answers go when nobody says. */
  readonly topic: string | undefined
  readonly correlationData: Uint8Array | undefined
  /** Undefined where no rule took the message. */
  readonly question: Question | undefined
}

/** A command together with how its asker is to be answered. */
export interface Order {
  readonly command: OrderCommand
  readonly reply: ReplyTo
  /** Whether the asker gave the id: a repetition of it gets the first answer again. */
  readonly repeatable: boolean
  /** Milliseconds since the epoch after which the command is not wanted any more. */
  readonly deadline: number | undefined
}

/** Why a message gave no command. */
export interface Rejection {
  /** Empty where the message named no device that there is. */
  readonly endpoint: string
  /** What it called that one: it is answered under this name, unless a device has it. */
  readonly name?: string
  /** As the asker gave it. */
  readonly id: string | undefined
  readonly reply: ReplyTo
  readonly code: ErrorCode
  readonly message: string
}
