import type { CodedError } from '../lib/errors.ts'
import type { JsonObject, JsonValue } from '../lib/json.ts'
import type { DeviceSnapshot } from '../lwm2m/command.ts'
import type { DeviceFact } from '../lwm2m/fact.ts'
import { failureOf } from './failure.ts'
import type { Rejection, ReplyTo } from './mapping.ts'
import type { OrderResult } from './order-command.ts'
import type { Publication } from './publication.ts'
import { rejectionFacts, resultFacts } from './result.ts'
import type { AnswerTemplate } from './rule/command-rule.ts'
import { publicationOf } from './rule/publish-rule.ts'
import type { Run } from './run.ts'
import { AnswerScope } from './scope/message.ts'
import type { Sheet } from './sheet.ts'
import { CONTEXT, contextKey } from './subject.ts'

/** How a command ended, for whom, and who asked. */
export interface Ending {
  readonly endpoint: string
  /** As in `Rejection`. */
  readonly name?: string | undefined
  readonly command: JsonObject
  readonly result: JsonObject
  readonly reply: ReplyTo
  readonly at: number
  readonly device: DeviceSnapshot
}

/** @returns why there is no answer, where it failed */
function answered(sheet: Sheet, template: AnswerTemplate, ending: Ending, run: Run): CodedError | undefined {
  const { endpoint, name, command, result, reply, at, device } = ending
  const occasion = { event: 'command' as const, id: `${reply.serial}/response`, at }
  const context = run.recall(contextKey(sheet, String(command.path))) ?? null
  const message = reply.question?.message ?? NO_MESSAGE
  const known = name === undefined ? sheet.known(endpoint, device) : sheet.stranger(name, device)
  const scope = new AnswerScope(sheet.surroundings, occasion, known, message, { command, result, context })
  sheet.refill(scope)
  try {
    if (template.when !== undefined && !template.when.holds(scope)) return undefined
    const document = template.publication.payload?.evaluate(scope)
    const origin = template.publication.retain
      ? { endpoint, name: known.name, rule: '', subject: 'answer' }
      : undefined
    const publication = publicationOf(template.publication, document, scope, occasion.id, origin)
    run.publications.push(addressed(publication, reply))
    return undefined
  } catch (error) {
    return failureOf(error)
  }
}

/** What one file's names stand for, another one does not know: there it might be the name of another device. */
function withoutName(ending: Ending): Ending {
  return ending.name === undefined ? ending : { ...ending, name: '' }
}

/** What the asker hears in the place of a result that cannot be told, such as one that is too long. */
function untold({ command: { id, operation, path } }: Ending, { code, message }: CodedError): JsonObject {
  const asked = operation === null ? { id } : { id, operation, path }
  return { ...asked, status: 'error', kind: 'failed', error: { code, message } } as JsonObject
}

const NO_MESSAGE = { topic: '', levels: {}, payload: null, text: '', properties: {}, retained: false }

/** Where the asker is, and wants the answer: its Response Topic goes before the rule's. */
function addressed(publication: Publication, { topic, correlationData, connection }: ReplyTo): Publication {
  return {
    ...publication,
    ...(connection === undefined ? undefined : { connection }),
    ...(topic === undefined ? undefined : { topic }),
    ...(correlationData === undefined ? undefined : { correlationData }),
  }
}

/** Answers commands. */
export class Answers {
  readonly #sheets: readonly Sheet[]
  readonly #fallback: Sheet

  constructor(sheets: readonly Sheet[], fallback: Sheet) {
    this.#sheets = sheets
    this.#fallback = fallback
  }

  /** Tells the asker how a command ended; what it asked to remember with an observation is kept. */
  answer(result: OrderResult, reply: ReplyTo, at: number, device: DeviceSnapshot, run: Run): void {
    const { id, endpoint, operation, path, status } = result
    const command = { id, operation, path, state: status }
    this.#give({ endpoint, command, result: resultFacts(result), reply, at, device }, run)
    const sheet = this.#sheets.find(({ id }) => id === reply.question?.mapping)
    if (sheet !== undefined) remember(sheet, result, reply.question?.remember, run)
  }

  /** Tells the asker that a message gave no command. */
  reject(rejection: Rejection, at: number, device: DeviceSnapshot, run: Run): void {
    const { endpoint, name, reply, id } = rejection
    const command = { id: id ?? null, operation: null, path: null, state: 'failed' }
    this.#give({ endpoint, name, command, result: rejectionFacts(rejection), reply, at, device }, run)
  }

  /** By the rule that took the message, else by its file, else by the fallback; so also where the own one fails. */
  #give(ending: Ending, run: Run): void {
    const { question } = ending.reply
    const asked = this.#sheets.find(({ id }) => id === question?.mapping)
    const rule = asked?.commands.find(({ key }) => key === question?.rule)
    const own = rule?.answer ?? asked?.answer
    if (asked !== undefined && own !== undefined) {
      const error = answered(asked, own, ending, run)
      if (error === undefined) return
      run.fail(asked.id, rule?.name ?? 'answer', error)
    }
    const { answer: last } = this.#fallback
    const other = asked?.givesNames === true ? withoutName(ending) : ending
    const error = last && answered(this.#fallback, last, other, run)
    if (last === undefined || error === undefined) return
    run.fail(this.#fallback.id, 'answer', error)
    answered(this.#fallback, last, { ...other, result: untold(other, error) }, run) // nobody waits in vain
  }
}

/** What a command asked to remember with the observation that it started; an end of the observation forgets it. */
function remember(sheet: Sheet, result: OrderResult, remembered: JsonValue | undefined, run: Run): void {
  if (result.status !== 'ok') return
  if (result.operation === 'observe') run.remember(contextKey(sheet, result.path), remembered)
  if (result.operation === 'cancel') run.remember(contextKey(sheet, result.path), undefined)
}

/** Observations end with their registration: what was to be remembered with them goes, too. */
export function forgetContexts(fact: DeviceFact, sheets: readonly Sheet[], run: Run): void {
  if (fact.type === 'observation-ended') {
    for (const sheet of sheets) run.remember(contextKey(sheet, fact.path), undefined)
  } else if ('registration' in fact && fact.type !== 'updated') {
    for (const key of Object.keys(run.state)) if (key.startsWith(CONTEXT)) run.remember(key, undefined)
  }
}
