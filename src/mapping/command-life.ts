import type { DeviceSnapshot } from '../lwm2m/command.ts'
import type { CommandState, Order, ReplyTo } from './mapping.ts'
import type { OrderResult } from './order-command.ts'
import { resultFacts } from './result.ts'
import type { CompiledPublish } from './rule/publish-compiler.ts'
import type { Run } from './run.ts'
import { LifeScope, ResponseScope } from './scope/message.ts'
import type { Sheet } from './sheet.ts'
import { contextKey } from './subject.ts'

/** A rule, and the file that it is in. */
interface OfSheet {
  readonly sheet: Sheet
  readonly publish: CompiledPublish
}

/** Tells everybody, on the connection that they came over, of commands: how far they are, and how they end. */
export class CommandLife {
  readonly #sheets: readonly Sheet[]

  constructor(sheets: readonly Sheet[]) {
    this.#sheets = sheets
  }

  /** A step: `on: command`. */
  progress(
    { command, reply }: Order,
    state: CommandState,
    at: number,
    device: DeviceSnapshot,
    run: Run,
  ): void {
    const { id, endpoint, operation, path } = command
    const occasion = { event: 'command' as const, id: `${reply.serial}/${state}`, at }
    for (const { sheet, publish } of this.#rules('command', device, reply)) {
      const known = sheet.known(endpoint, device)
      const scope = new LifeScope(sheet.surroundings, occasion, known, { id, operation, path, state })
      publish.rule.apply(scope, 'command', at, run)
    }
  }

  /** The end: `on: response`. */
  response(result: OrderResult, reply: ReplyTo, at: number, device: DeviceSnapshot, run: Run): void {
    const rules = this.#rules('response', device, reply)
    if (rules.length === 0) return
    const { id, endpoint, operation, path, status } = result
    const occasion = { event: 'response' as const, id: `${reply.serial}/end`, at }
    const ended = { command: { id, operation, path, state: status }, result: resultFacts(result) }
    for (const { sheet, publish } of rules) {
      const context = run.recall(contextKey(sheet, path)) ?? null
      const known = sheet.known(endpoint, device)
      const scope = new ResponseScope(sheet.surroundings, occasion, known, { ...ended, context })
      publish.rule.apply(scope, 'response', at, run)
    }
  }

  /** Of a device that is not registered any more, every file may tell. An id means something to those who ask there. */
  #rules(event: 'command' | 'response', device: DeviceSnapshot, { connection }: ReplyTo): readonly OfSheet[] {
    const isKnown = device.registration !== undefined
    return this.#sheets
      .filter((sheet) => sheet.connection === connection && (!isKnown || sheet.matches(device)))
      .flatMap((sheet) => {
        const causes = isKnown ? sheet.causesFor(device, event) : sheet.causesForNobody(event)
        return causes.map(({ publish }) => ({ sheet, publish }))
      })
  }
}
