import { createHash } from 'node:crypto'
import type { Clock, Timer } from '../lib/clock.ts'
import { CodedError } from '../lib/errors.ts'
import type { Logger } from '../lib/logger.ts'
import type { PendingCommand } from '../lwm2m/command.ts'
import type { CommandState, Order, ReplyTo } from '../mapping/mapping.ts'
import type { OrderCommands, OrderResult } from '../mapping/order-command.ts'
import type { Message, Publication } from '../mapping/publication.ts'
import type { Mapper } from './mapper.ts'
import { type Question, QuestionMemory } from './question-memory.ts'
import { messageBytes } from './size.ts'
import type { Publisher } from './uplink.ts'

export interface DownlinkOptions {
  readonly mapper: Mapper
  readonly publisher: Publisher
  readonly commands: OrderCommands
  readonly clock: Clock
  readonly logger: Logger
}

/** How many commands may be under way; above it they are refused. */
const MAX_UNDER_WAY = 10_000
/** Bytes of the messages that they came with; above it as well. */
const MAX_BYTES_UNDER_WAY = 67_108_864

/** The way down: messages become commands, and every one of them is answered exactly once. */
export class Downlink {
  readonly #options: DownlinkOptions
  readonly #memory: QuestionMemory
  readonly #underWay = new Set<CommandRun>()
  #bytesUnderWay = 0
  /** For ids that no other life of the process has made. */
  readonly #prefix: string
  #count = 0
  #isStopped = false

  constructor(options: DownlinkOptions) {
    this.#options = options
    this.#memory = new QuestionMemory(options.clock)
    this.#prefix = `c${options.clock.wall().toString(36)}-`
  }

  /** A text that no other message has had, nor any of another life of the process. */
  nextSerial(): string {
    return this.#prefix + (this.#count++).toString(36)
  }

  /** @returns how many commands are under way */
  get underWay(): number {
    return this.#underWay.size
  }

  /**
   * Takes a message of a command topic.
   * @param serial what comes of this message is told apart by
   * @param done called when the message may be acknowledged: false where its commands were refused for overload.
   *   Not called after `stop`: the broker keeps the message for the next connection
   */
  take(message: Message, serial: string, done: (accepted: boolean) => void): void {
    if (this.#isStopped) return
    const { mapper } = this.#options
    const { orders, rejections } = mapper.read(message, serial)
    for (const rejection of rejections) this.#publish(mapper.reject(rejection))
    if (orders.length === 0) {
      done(true)
      return
    }
    const hasRoom =
      this.#underWay.size + orders.length <= MAX_UNDER_WAY &&
      this.#bytesUnderWay + messageBytes(message) <= MAX_BYTES_UNDER_WAY
    const digest = hasRoom && orders.some(({ repeatable }) => repeatable) ? digestOf(message) : ''
    for (const [place, order] of orders.entries()) {
      if (hasRoom) this.#carryOut(order, message, { digest, place })
      else this.#refuse(order)
    }
    done(hasRoom)
  }

  /**
   * Gives up what is under way; each asker hears it. The youngest goes first: giving up the one that a device is
   * working on would send it the next.
   */
  stop(): void {
    this.#isStopped = true
    for (const run of [...this.#underWay].reverse()) run.giveUp()
  }

  #carryOut(order: Order, message: Message, wording: Wording): void {
    const question = order.repeatable ? this.#recall(order, wording) : undefined
    if (question === 'known') return
    const bytes = messageBytes(message)
    const run = new CommandRun(order, this.#options.clock, {
      progress: (state) => this.#publish(this.#options.mapper.progress(order, state), false),
      ended: (result) => {
        this.#underWay.delete(run)
        this.#bytesUnderWay -= bytes
        const news = this.#options.mapper.response(result, order.reply)
        this.#answer(result, order.reply, question)
        this.#publish(news, false)
      },
    })
    this.#underWay.add(run)
    this.#bytesUnderWay += bytes
    run.start(this.#options.commands, message.expiry)
  }

  #refuse({ command, reply }: Order): void {
    const { mapper, logger } = this.#options
    const { endpoint, id } = command
    const { code, message } = new CodedError('command_overload', 'too many commands are under way')
    const underWay = this.#underWay.size
    logger.warn({ code, endpoint, underWay, bytes: this.#bytesUnderWay }, 'a command was not taken')
    this.#publish(mapper.reject({ endpoint, id, reply, code, message }))
  }

  /** A question that was put before gets the first answer, now or when it comes. */
  #recall(order: Order, { digest, place }: Wording): Question | 'known' {
    const { command, reply } = order
    const { endpoint, id } = command
    const { connection } = reply
    const known = this.#memory.find(endpoint, id, digest, place, connection)
    if (known === undefined) return this.#memory.remember(endpoint, id, digest, place, connection)
    if (known.result !== undefined) this.#publish(this.#options.mapper.answer(known.result, reply))
    else if (!this.#memory.repeat(known, reply)) this.#refuse(order)
    return 'known'
  }

  #answer(result: OrderResult, reply: ReplyTo, question: Question | undefined): void {
    const { mapper } = this.#options
    this.#publish(mapper.answer(result, reply))
    if (question === undefined) return
    for (const repeater of this.#memory.answered(question, result))
      this.#publish(mapper.answer(result, repeater))
  }

  /** Answers are owed; how far a command is, and what else is told of it, is news. */
  #publish(publications: readonly Publication[], isOwed = true): void {
    const { publisher, logger } = this.#options
    for (const publication of publications) {
      const { topic, connection } = publication
      const done = (error?: CodedError): void => {
        if (error !== undefined)
          logger.warn({ code: error.code, connection, topic, reason: error.message }, 'not published')
      }
      const queued = publisher.publish(publication, done, isOwed)
      if (!queued)
        logger.warn(
          { code: 'mqtt_queue_full', connection, topic },
          'the queue to the broker is full: not published',
        )
    }
  }
}

/** How a command was asked for. */
interface Wording {
  /** Of the message. */
  readonly digest: string
  /** Among the commands of the message. */
  readonly place: number
}

/** What was asked, word for word; a hash, so that what is remembered is small whatever was sent. */
function digestOf({ topic, payload }: Message): string {
  return createHash('sha256').update(topic).update('\0').update(payload).digest('base64url')
}

interface RunListener {
  progress(state: CommandState): void
  ended(result: OrderResult): void
}

/** One command from its acceptance to its end, bounded by its deadline. */
class CommandRun {
  readonly #order: Order
  readonly #clock: Clock
  readonly #listener: RunListener
  #pending: PendingCommand | undefined
  #deadline: Timer | undefined
  #givenUp: 'expired' | 'cancelled' | undefined
  #ended = false

  constructor(order: Order, clock: Clock, listener: RunListener) {
    this.#order = order
    this.#clock = clock
    this.#listener = listener
  }

  /**
   * @param expiry seconds that the message had left to live when it came
   */
  start(commands: OrderCommands, expiry: number | undefined): void {
    this.#listener.progress('queued')
    const remaining = this.#remaining(expiry)
    if (remaining <= 0) {
      this.#expire()
      return
    }
    if (remaining < Number.POSITIVE_INFINITY) {
      this.#deadline = this.#clock.schedule(
        'command deadline',
        remaining,
        (run: CommandRun) => run.#expire(),
        this,
      )
    }
    this.#pending = commands.accept(this.#order.command, {
      sent: () => this.#listener.progress('sent'),
      done: (result) => this.#end(result),
    })
  }

  /** Ends as `cancelled`. */
  giveUp(): void {
    this.#givenUp = 'cancelled'
    this.#pending?.cancel()
  }

  #remaining(expiry: number | undefined): number {
    const { deadline } = this.#order
    const byField = deadline === undefined ? Number.POSITIVE_INFINITY : deadline - this.#clock.wall()
    return Math.min(byField, expiry === undefined ? Number.POSITIVE_INFINITY : expiry * 1000)
  }

  #expire(): void {
    this.#givenUp = 'expired'
    const { id, endpoint, operation, path } = this.#order.command
    const error = new CodedError('command_expired', 'the deadline passed before the device had answered')
    const { code, message } = error
    this.#end({ id, endpoint, operation, path, status: 'error', error: { code, message } })
    this.#pending?.cancel()
  }

  #end(result: OrderResult): void {
    if (this.#ended) return
    this.#ended = true
    this.#deadline?.cancel()
    this.#listener.progress(this.#lastState(result))
    this.#listener.ended(result)
  }

  #lastState(result: OrderResult): CommandState {
    if (this.#givenUp !== undefined) return this.#givenUp
    if (result.status === 'ok') return 'done'
    return result.error.code === 'coap_cancelled' ? 'cancelled' : 'failed'
  }
}
