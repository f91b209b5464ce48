import type { Clock } from '../lib/clock.ts'
import type { ReplyTo } from '../mapping/mapping.ts'
import type { OrderResult } from '../mapping/order-command.ts'
import { replyBytes, resultBytes } from './size.ts'

/** A question that its asker may repeat: under way, or answered. */
export interface Question {
  /** Endpoint, id, place among the commands of its message, and the connection that it came over. */
  readonly key: string
  /** Of what was asked, word for word: the same id with other words is another question. */
  readonly digest: string
  /** Undefined while it is under way. */
  result: OrderResult | undefined
  /** Of the answer. */
  bytes: number
  /** Monotonic milliseconds. */
  answeredAt: number
  /** Those who asked again meanwhile. */
  readonly repeaters: ReplyTo[]
}

/** How long a repetition gets the first answer again: time for a broker to deliver a message once more. */
const KEEP_MILLISECONDS = 120_000
const MAX_ANSWERED = 10_000
/** Of all answers that are kept, and again of all repeaters that wait. */
const MAX_BYTES = 33_554_432
/** How many repetitions of one question are answered when it ends. */
const MAX_REPEATERS = 16

/**
 * Remembers questions that carry an id, so that one which is delivered twice is carried out once. Those under way
 * are as many as the commands; those answered are bounded in number, bytes and time, and the oldest are forgotten
 * first.
 */
export class QuestionMemory {
  readonly #clock: Clock
  readonly #underWay = new Map<string, Question>()
  /** In the order of their answers. */
  readonly #answered = new Map<string, Question>()
  #answerBytes = 0
  #repeaterBytes = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * The question of this id, if it was put in the same words not long ago.
   * @param place among the commands of its message, which may all have the same id
   * @param connection that it came over, absent for the main one: those who ask there know nothing of others' ids
   */
  find(endpoint: string, id: string, digest: string, place = 0, connection?: string): Question | undefined {
    this.#forgetOld()
    const key = keyOf(endpoint, id, place, connection)
    const underWay = this.#underWay.get(key)
    const question = underWay?.digest === digest ? underWay : this.#answered.get(key)
    return question?.digest === digest ? question : undefined
  }

  /** A new question; it takes the place of another of the same id and place on the same connection. */
  remember(endpoint: string, id: string, digest: string, place = 0, connection?: string): Question {
    const key = keyOf(endpoint, id, place, connection)
    const question: Question = { key, digest, result: undefined, bytes: 0, answeredAt: 0, repeaters: [] }
    this.#underWay.set(key, question)
    return question
  }

  /** Somebody puts a question again that is under way: they get its answer too; false where there is no room. */
  repeat({ repeaters }: Question, reply: ReplyTo): boolean {
    const bytes = replyBytes(reply)
    if (repeaters.length >= MAX_REPEATERS || this.#repeaterBytes + bytes > MAX_BYTES) return false
    this.#repeaterBytes += bytes
    repeaters.push(reply)
    return true
  }

  /** @returns those who asked again meanwhile, to be answered as well */
  answered(question: Question, result: OrderResult): readonly ReplyTo[] {
    const { key } = question
    question.result = result
    question.bytes = resultBytes(result)
    question.answeredAt = this.#clock.now()
    if (this.#underWay.get(key) === question) this.#underWay.delete(key)
    this.#forget(key)
    if (question.bytes <= MAX_BYTES) this.#keep(question)
    this.#forgetOld()
    const repeaters = question.repeaters.splice(0)
    for (const reply of repeaters) this.#repeaterBytes -= replyBytes(reply)
    return repeaters
  }

  #keep(question: Question): void {
    this.#answered.set(question.key, question)
    this.#answerBytes += question.bytes
  }

  #forget(key: string): void {
    this.#answerBytes -= this.#answered.get(key)?.bytes ?? 0
    this.#answered.delete(key)
  }

  #forgetOld(): void {
    const oldest = this.#clock.now() - KEEP_MILLISECONDS
    for (const [key, { answeredAt }] of this.#answered) {
      const isRoom = this.#answered.size <= MAX_ANSWERED && this.#answerBytes <= MAX_BYTES
      if (answeredAt >= oldest && isRoom) return
      this.#forget(key)
    }
  }
}

function keyOf(endpoint: string, id: string, place: number, connection = ''): string {
  return `${connection}:${endpoint.length}:${endpoint}${place}:${id}`
}
