import type { Command, PendingCommand, Result } from '../lwm2m/command.ts'

/** The gateway's own command: it takes away what the broker keeps of a device that is not registered. */
export interface ForgetCommand {
  readonly id: string
  readonly endpoint: string
  readonly operation: 'forget'
  /** It is about the device as a whole. */
  readonly path: '/'
}

/** What a message can ask for: a command to the device, or one to the gateway. */
export type OrderCommand = Command | ForgetCommand

/** How it ended. */
export type OrderResult = Result<OrderCommand['operation']>

/** Port: takes what messages ask for. */
export interface OrderCommands {
  accept(command: OrderCommand, life: { sent(): void; done(result: OrderResult): void }): PendingCommand
}
