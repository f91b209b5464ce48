import type { JsonObject, JsonValue } from '../lib/json.ts'
import type { MatchDocument } from './match.ts'

/** A mapping file as its schema lets it through: what each key means, the schema says (`schema/`). */
export interface MappingDocument {
  readonly name: string
  readonly version?: number
  readonly description?: string
  readonly extends?: string
  readonly connection?: string
  readonly match?: MatchDocument
  readonly device?: string
  readonly integers?: 'number' | 'string'
  readonly units?: Readonly<Record<string, string | UnitDocument>>
  readonly tables?: Readonly<Record<string, JsonObject>>
  readonly defaults?: DefaultsDocument
  readonly observe?: readonly ObserveDocument[]
  readonly publish?: readonly PublishDocument[]
  readonly commands?: readonly CommandDocument[]
  readonly examples?: readonly ExampleDocument[]
}

export interface UnitDocument {
  readonly unit: string
  readonly factor?: number
  readonly offset?: number
}

export interface DefaultsDocument {
  readonly qos?: 0 | 1 | 2
  readonly retain?: boolean
  readonly contentType?: string
  readonly expiry?: string
  readonly properties?: Readonly<Record<string, string>>
  readonly answer?: AnswerDocument
}

export type ObserveDocument =
  | string
  | {
      readonly path: string | readonly string[]
      readonly attributes?: Readonly<Record<string, number>>
      readonly match?: MatchDocument
    }

/** What publications and answers have in common. */
export interface PublicationDocument {
  readonly topic?: string
  readonly payload?: JsonValue
  readonly encode?: 'json' | 'raw' | 'binary'
  readonly when?: string
  readonly qos?: 0 | 1 | 2
  readonly retain?: boolean
  readonly contentType?: string
  readonly expiry?: string
  readonly properties?: Readonly<Record<string, string>>
}

/** A message of another topic that causes publications. */
export interface MessageTrigger {
  readonly message: string
  readonly payload?: JsonValue
}

export type TriggerDocument = string | MessageTrigger

export interface PublishDocument extends PublicationDocument {
  readonly name?: string
  readonly on?: TriggerDocument | readonly TriggerDocument[]
  readonly path?: string | readonly string[]
  readonly per?: 'value' | 'instance' | 'notification' | 'device'
  readonly series?: 'each' | 'last' | 'array'
  readonly each?: string
  readonly as?: string
  readonly filter?: {
    readonly deadBand?: number
    readonly onChange?: boolean
    readonly minInterval?: string
    readonly of?: string
    readonly always?: readonly string[]
  }
  readonly removal?: string
  readonly stop?: boolean
  readonly off?: boolean
}

export type AnswerDocument = PublicationDocument

/** Besides these keys it has those of a command, or operators that make one. */
export interface CommandDocument {
  readonly name?: string
  readonly topic: string
  readonly parse?: 'auto' | 'json' | 'text'
  readonly payload?: JsonValue
  readonly when?: string
  readonly device?: string
  readonly endpoint?: string
  readonly remember?: JsonValue
  readonly answer?: AnswerDocument
  readonly off?: boolean
  readonly [part: string]: unknown
}

export interface ExampleDocument {
  readonly name?: string
  readonly device?: JsonObject
  readonly event?: JsonObject
  readonly message?: JsonObject
  readonly result?: JsonObject
  readonly gives?: readonly JsonValue[]
  readonly answers?: readonly JsonValue[]
  readonly rejected?: string
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `10s` in milliseconds. */
export function milliseconds(duration: string): number {
  const digits = /^\d+/.exec(duration)?.[0] ?? '0'
  return Number(digits) * (UNITS[duration.slice(digits.length)] ?? 0)
}

/** A single one or a list, as a list. */
export function listOf<T>(one: T | readonly T[] | undefined): readonly T[] {
  if (one === undefined) return []
  return Array.isArray(one) ? (one as readonly T[]) : [one as T]
}
