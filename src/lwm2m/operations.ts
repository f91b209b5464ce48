import { Code, codeText } from '../coap/code.ts'
import type { ReceivedResponse } from '../coap/handler.ts'
import type { Clock } from '../lib/clock.ts'
import { CodedError } from '../lib/errors.ts'
import type { AutoObserver } from './auto-observer.ts'
import type { Command, CommandLife, Commands, PendingCommand, Result } from './command.ts'
import { DeviceRefusal } from './device-refusal.ts'
import type { Uplink } from './fact.ts'
import type { FactStamper } from './fact-stamper.ts'
import { decodePayload } from './format/formats.ts'
import { cancelObservation, forgetObservation } from './observation-end.ts'
import type { Observations } from './observations.ts'
import { attributesRequest } from './operation/attributes.ts'
import { createdEnding, createRequest } from './operation/create.ts'
import { requireDepth } from './operation/depth.ts'
import { discoveredEnding, discoverRequest } from './operation/discover.ts'
import { executeRequest } from './operation/execute.ts'
import { requireAllowed } from './operation/permission.ts'
import { ask, type CommandOf, type Ending, endingOf, type Task } from './operation/task.ts'
import { writeRequest } from './operation/write.ts'
import { formatPath, parseVersionedPath, uriPath } from './path.ts'
import type { Registry } from './registry.ts'
import { lookupFor } from './versioned-lookup.ts'

export interface OperationOptions {
  readonly clock: Clock
  readonly registry: Registry
  readonly observations: Observations
  readonly autoObserver: AutoObserver
  readonly stamper: FactStamper
  readonly uplink: Uplink
}

const NOTHING_PENDING: PendingCommand = { cancel() {} }

/**
 * The device management interface (LwM2M Core, 6.3): a command becomes a request, the response a result. What the
 * device answers is passed on unchanged.
 */
export class Operations implements Commands {
  readonly #options: OperationOptions

  constructor(options: OperationOptions) {
    this.#options = options
  }

  accept(command: Command, life: CommandLife): PendingCommand {
    let { path } = command
    const end = (ending: Ending): void => life.done(resultOf(command, path, ending))
    try {
      const target = parseVersionedPath(command.path)
      path = formatPath(target)
      requireDepth(command.operation, target)
      const device = this.#options.registry.byEndpoint(command.endpoint)
      if (device === undefined)
        throw new CodedError('endpoint_unknown', `no device is registered as '${command.endpoint}'`)
      const isForced = command.force === true
      const lookup = lookupFor(device, target, isForced)
      return this.#perform(command, { device, target, path, lookup, isForced, sent: () => life.sent(), end })
    } catch (error) {
      if (!(error instanceof CodedError)) throw error
      end(error)
      return NOTHING_PENDING
    }
  }

  #perform(command: Command, task: Task): PendingCommand {
    if (!task.isForced) requireAllowed(command.operation, task)
    const { registration } = task.device
    switch (command.operation) {
      case 'read':
        return this.#read(command, task)
      case 'write':
        return ask(task, writeRequest(command, task))
      case 'execute':
        return ask(task, executeRequest(command, task))
      case 'observe':
        return this.#observe(command, task)
      case 'cancel':
        return this.#cancel(command, task)
      case 'create':
        return ask(task, createRequest(command, task), (response) => createdEnding(response, task))
      case 'delete':
        return ask(task, { code: Code.delete, path: uriPath(registration, task.path) })
      case 'discover':
        return ask(task, discoverRequest(task), (response) => discoveredEnding(response, task))
      case 'write-attributes':
        return ask(task, attributesRequest(command, task))
    }
  }

  #read({ format }: CommandOf<'read'>, task: Task): PendingCommand {
    const path = uriPath(task.device.registration, task.path)
    return ask(task, { code: Code.get, path, accept: format }, (response) => this.#values(task, response))
  }

  /** Values that someone read are news for everybody: they go up like a notification's. */
  #values({ device, path, lookup }: Task, response: ReceivedResponse): Ending {
    const context = device.decodeContext(path, this.#options.clock.wall(), lookup)
    const samples = decodePayload(response.contentFormat, response.payload, context)
    const { endpoint } = device.registration
    const read = { endpoint, type: 'values', source: 'read', path, samples, late: false } as const
    this.#options.uplink.offer([{ ...this.#options.stamper.stamp(), ...read }], ignoreOutcome)
    return { code: codeText(response.code), samples }
  }

  #observe({ format }: CommandOf<'observe'>, { device, path, sent, end }: Task): PendingCommand {
    return this.#options.observations.start(device, path, { accept: format }, end, { sent })
  }

  /** After an Observe that still waits: both are answered, in this order, and nothing stands afterwards. */
  #cancel({ passive }: CommandOf<'cancel'>, { device, path, sent, end }: Task): PendingCommand {
    const { observations, autoObserver } = this.#options
    autoObserver.leave(device, path)
    if (passive) return forgetObservation(observations, device, path, (error) => end(error ?? {}))
    return cancelObservation(observations, device, path, (outcome) => end(endingOf(outcome)), { sent })
  }
}

function resultOf({ id, endpoint, operation }: Command, path: string, ending: Ending): Result {
  const question = { id, endpoint, operation, path }
  if (!(ending instanceof CodedError)) return { ...question, status: 'ok', ...ending }
  const code = ending instanceof DeviceRefusal ? { code: ending.response } : undefined
  return { ...question, status: 'error', ...code, error: { code: ending.code, message: ending.message } }
}

/** The asker gets the answer in any case. */
function ignoreOutcome(): void {}
