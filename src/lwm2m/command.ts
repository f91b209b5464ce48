import type { ErrorCode } from '../lib/errors.ts'
import type { JsonValue } from '../lib/json.ts'
import type { Registration } from './fact.ts'
import type { ObjectFacts, ResourceFacts } from './model/model.ts'
import type { LastValue, ResourceTypes, Sample } from './value.ts'

/** Commands go down to the devices: plain data. */

interface CommandBase {
  /** Given by the asker, or made up; unique among the commands of one device. */
  readonly id: string
  readonly endpoint: string
  /** The object may have the version that is meant: `/3_1.2/0/9`. */
  readonly path: string
  /** Sends what the object model, or the specification, forbids at this path. */
  readonly force?: boolean
}

/**
 * What to write. `json`: of a resource the bare value, of an instance an object from resource ids to values, of a
 * multiple resource an object from instance ids to values; with `coerce`, texts in it are read by the types of the
 * resources. `text`: as a person types it, read by the resource's type.
 */
export type WriteValue = { readonly json: JsonValue; readonly coerce?: boolean } | { readonly text: string }

/** Types of the resources to write, where the object model does not know them. */
interface WithTypes {
  readonly types?: ResourceTypes
}

/** Content-Format id to ask for, or to write in; else the device's, or the best that it takes. */
interface WithFormat {
  readonly format?: number
}

export type Command = CommandBase &
  (
    | ({ readonly operation: 'read' } & WithFormat)
    | ({ readonly operation: 'observe' } & WithFormat)
    /** `replace` is a PUT, `update` a POST (LwM2M Core, 6.3.3); else what is usual at this depth. */
    | ({
        readonly operation: 'write'
        readonly value: WriteValue
        readonly mode?: 'replace' | 'update'
      } & WithFormat &
        WithTypes)
    /** `arguments` in the form of LwM2M Core, 6.3.5: `0='abc',2`. */
    | { readonly operation: 'execute'; readonly arguments?: string }
    /** `passive`: forget it, and answer the next notification with RST. */
    | { readonly operation: 'cancel'; readonly passive: boolean }
    | ({ readonly operation: 'create' } & NewInstances & WithFormat & WithTypes)
    /** An instance; from 1.2 also a resource instance. */
    | { readonly operation: 'delete' }
    | { readonly operation: 'discover' }
    | { readonly operation: 'write-attributes'; readonly attributes: NewAttributes }
  )

/**
 * What to create: the values of one instance, whose id the path gives, or the device where the path is an object's;
 * or, below an object, several instances, as a JSON object from their ids to their values.
 */
export type NewInstances =
  | { readonly value: WriteValue }
  | { readonly instances: JsonValue; readonly coerce?: boolean }

/** Notification attributes (LwM2M Core, 7.3.2) by name; null takes one away. */
export type NewAttributes = Readonly<Record<string, number | null>>

export type Operation = Command['operation']

interface ResultBase<O> {
  readonly id: string
  readonly endpoint: string
  readonly operation: O
  /** The command's, without a version. */
  readonly path: string
}

/** What came of a command that the device carried out. */
export interface Success {
  readonly code?: string
  /** Of read and observe. */
  readonly samples?: readonly Sample[]
  /** Of create: path text of the instance, where it is known. */
  readonly location?: string
  /** Of discover. */
  readonly links?: readonly DiscoveredLink[]
}

/** One line of what Discover found (LwM2M Core, 6.3.2). */
export interface DiscoveredLink {
  /** Path text, without the device's alternate path. */
  readonly path: string
  /** As the device has them; numbers where it gives numbers, true for one without a value. */
  readonly attributes: Readonly<Record<string, string | number | true>>
}

/** What became of a command, or of what a layer above carries out like one (`O`). `code` is the device's answer in the form 2.05, where one came. */
export type Result<O extends string = Operation> = ResultBase<O> &
  (
    | ({ readonly status: 'ok' } & Success)
    | {
        readonly status: 'error'
        readonly code?: string
        readonly error: { readonly code: ErrorCode; readonly message: string }
      }
  )

/** Hears of a command's life. */
export interface CommandLife {
  /** The request is on its way to the device. */
  sent(): void
  /** Called exactly once. */
  done(result: Result): void
}

/** A command under way. */
export interface PendingCommand {
  /** Gives it up: it ends with `coap_cancelled`, unless it has ended already. */
  cancel(): void
}

/** Port: takes commands for devices. */
export interface Commands {
  accept(command: Command, life: CommandLife): PendingCommand
}

/** What a mapping may know of a device besides the fact at hand. */
export interface DeviceSnapshot {
  /** Undefined where the device is not registered (any more). */
  readonly registration: Registration | undefined
  /** What the object model says of an object, in the version that the device registered. */
  object(id: number): ObjectFacts | undefined
  /** The same of a resource. */
  resource(object: number, resource: number): ResourceFacts | undefined
  readonly values: KnownValues
}

/** What a device has told lately, path by path: the last values, as far as there is room for them. */
export interface KnownValues extends Iterable<readonly [path: string, value: LastValue]> {
  /** @param path text of a resource or a resource instance */
  value(path: string): LastValue | undefined
}
