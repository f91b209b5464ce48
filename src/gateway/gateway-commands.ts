import { CodedError } from '../lib/errors.ts'
import type { Commands, PendingCommand } from '../lwm2m/command.ts'
import type { ForgetCommand, OrderCommand, OrderCommands, OrderResult } from '../mapping/order-command.ts'
import type { Mapper } from './mapper.ts'
import type { Publisher } from './uplink.ts'

export interface GatewayCommandsOptions {
  /** Those to the devices. */
  readonly commands: Commands
  readonly mapper: Mapper
  readonly publisher: Publisher
}

const NOTHING_PENDING: PendingCommand = { cancel() {} }

/** Commands to the devices, and those that the gateway carries out itself. */
export class GatewayCommands implements OrderCommands {
  readonly #options: GatewayCommandsOptions

  constructor(options: GatewayCommandsOptions) {
    this.#options = options
  }

  accept(command: OrderCommand, life: Parameters<OrderCommands['accept']>[1]): PendingCommand {
    if (command.operation !== 'forget') return this.#options.commands.accept(command, life)
    life.done(this.#forget(command))
    return NOTHING_PENDING
  }

  #forget(command: ForgetCommand): OrderResult {
    const { id, endpoint, operation, path } = command
    const question = { id, endpoint, operation, path }
    try {
      this.#clear(endpoint)
      return { ...question, status: 'ok' }
    } catch (error) {
      if (!(error instanceof CodedError)) throw error
      const { code, message } = error
      return { ...question, status: 'error', error: { code, message } }
    }
  }

  /** @throws CodedError `device_registered`, `endpoint_unknown`, `mqtt_queue_full` */
  #clear(endpoint: string): void {
    const { mapper, publisher } = this.#options
    const publications = mapper.forget(endpoint)
    // Room is made for it as for an answer; what is refused all the same is still known, for the next attempt.
    const isTaken = publications.map((publication) => publisher.publish(publication, () => {}, true))
    if (isTaken.includes(false))
      throw new CodedError('mqtt_queue_full', 'the queue to the broker is full: not all is taken away yet')
  }
}
