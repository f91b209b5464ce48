import { codeClass, codeText } from '../../coap/code.ts'
import type { ReceivedResponse, Request } from '../../coap/handler.ts'
import { CodedError } from '../../lib/errors.ts'
import type { Command, Operation, PendingCommand, Success } from '../command.ts'
import type { RegisteredDevice } from '../device.ts'
import { DeviceRefusal } from '../device-refusal.ts'
import type { ResourceLookup } from '../model/convert.ts'
import type { VersionedPath } from '../path.ts'

/** A command of one operation. */
export type CommandOf<O extends Operation> = Extract<Command, { operation: O }>

/** What a command came to, before it is a Result. */
export type Ending = Success | CodedError

/** A command under way: whom it asks, and what is known of that. */
export interface Task {
  readonly device: RegisteredDevice
  readonly target: VersionedPath
  /** Text of the target, without a version. */
  readonly path: string
  /** Facts in the version that the path names, else in those that the device registered. */
  readonly lookup: ResourceLookup
  readonly isForced: boolean
  readonly sent: () => void
  readonly end: (ending: Ending) => void
}

/** The response if it is a success, else the error that says what it is. */
export function accepted(outcome: ReceivedResponse | CodedError): ReceivedResponse | CodedError {
  if (outcome instanceof CodedError || codeClass(outcome.code) === 2) return outcome
  return new DeviceRefusal(outcome)
}

/** The ending of what has no result but its code. */
export function codeOf(response: ReceivedResponse): Ending {
  return { code: codeText(response.code) }
}

/** The ending of a request: `read` makes it of a success; errors are passed on. */
export function endingOf(
  outcome: ReceivedResponse | CodedError,
  read: (response: ReceivedResponse) => Ending = codeOf,
): Ending {
  const response = accepted(outcome)
  if (response instanceof CodedError) return response
  try {
    return read(response)
  } catch (error) {
    if (error instanceof CodedError) return error
    throw error
  }
}

/** Asks the device; the answer ends the task. */
export function ask(
  task: Task,
  request: Request,
  read?: (response: ReceivedResponse) => Ending,
): PendingCommand {
  return task.device.send(request, (outcome) => task.end(endingOf(outcome, read)), undefined, task.sent)
}
