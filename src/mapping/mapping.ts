import type { ErrorCode } from '../lib/errors.ts'
import type { JsonValue } from '../lib/json.ts'
import type { Command, DeviceSnapshot, Result } from '../lwm2m/command.ts'
import type { Fact } from '../lwm2m/fact.ts'
import type { Message, Publication } from './publication.ts'

/**
 * A mapping turns facts into publications and messages into commands. It is pure: no clock, no I/O, no memory but
 * the state that it is handed and gives back.
 */
export interface Mapping {
  /** The only topics that it takes commands from, as filters. */
  readonly filters: readonly string[]
  up(fact: Fact, device: DeviceSnapshot, state: MappingState): Mapped
  /**
   * @param serial no other message has it; also the id of a command whose asker gave none
   */
  down(message: Message, serial: string, state: MappingState): readonly Order[] | Rejection
  /** What tells the asker how a command ended. */
  answer(result: Result, reply: ReplyTo): readonly Publication[]
  /** What tells everybody how far a command is. */
  progress(order: Order, state: CommandState): readonly Publication[]
  /** What tells the asker that a message gave no command. */
  reject(rejection: Rejection): readonly Publication[]
  /** What the broker is told at each connection, and what it publishes when the gateway is lost. */
  gateway(state: GatewayState): Publication
  /** Where other gateways show themselves: one that is online here has the base topic for itself. */
  readonly neighbours: string
  /** What this message says of another gateway. */
  neighbour(message: Message): Neighbour | undefined
  /** What holds for a registered device, told again at each connection. */
  standing(device: DeviceSnapshot): readonly Publication[]
}

/** Plain data that the gateway keeps for a mapping. */
export type MappingState = Readonly<Record<string, JsonValue>>

export interface Mapped {
  readonly publications: readonly Publication[]
  readonly state: MappingState
}

export type GatewayState = 'online' | 'offline'

/** Another gateway under the same base topic. */
export interface Neighbour {
  /** Its id. */
  readonly gateway: string
  readonly online: boolean
}

export type CommandState = 'queued' | 'sent' | 'done' | 'failed' | 'expired' | 'cancelled'

/** Where an answer goes. */
export interface ReplyTo {
  /** Made up for each message: tells what comes of it from what comes of others that have the same id. */
  readonly serial: string
  /** Undefined: where answers go when nobody says. */
  readonly topic: string | undefined
  readonly correlationData: Uint8Array | undefined
}

/** A command together with how its asker is to be answered. */
export interface Order {
  readonly command: Command
  readonly reply: ReplyTo
  /** Whether the asker gave the id: a repetition of it gets the first answer again. */
  readonly repeatable: boolean
  /** Milliseconds since the epoch after which the command is not wanted any more. */
  readonly deadline: number | undefined
}

/** Why a message gave no command. */
export interface Rejection {
  readonly endpoint: string
  /** As the asker gave it. */
  readonly id: string | undefined
  readonly reply: ReplyTo
  readonly code: ErrorCode
  readonly message: string
}

export function isRejection(outcome: readonly Order[] | Rejection): outcome is Rejection {
  return 'code' in outcome
}
