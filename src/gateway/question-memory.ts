import type { Clock } from '../lib/clock.ts'
import type { Result } from '../lwm2m/command.ts'
import type { ReplyTo } from '../mapping/mapping.ts'

/** A question that its asker may repeat: under way, or answered. */
export interface Question {
  /** Endpoint and id. */
  readonly key: string
  /** Of what was asked, word for word: the same id with other words is another question. */
  readonly digest: string
  /** Undefined while it is under way. */
  result: Result | undefined
  /** Monotonic milliseconds. */
  answeredAt: number
  /** Those who asked again meanwhile, to be answered as well. */
  readonly repeaters: ReplyTo[]
}

/** How long a repetition gets the first answer again: time for a broker to deliver a message once more. */
const KEEP_MILLISECONDS = 120_000
const MAX_ANSWERED = 10_000

/**
 * Remembers questions that carry an id, so that one which is delivered twice is carried out once. Those under way
 * are as many as the commands; those answered are bounded in number and time, and the oldest are forgotten first.
 */
export class QuestionMemory {
  readonly #clock: Clock
  readonly #underWay = new Map<string, Question>()
  /** In the order of their answers. */
  readonly #answered = new Map<string, Question>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The question of this id, if it was put in the same words not long ago. */
  find(endpoint: string, id: string, digest: string): Question | undefined {
    this.#forgetOld()
    const key = keyOf(endpoint, id)
    const underWay = this.#underWay.get(key)
    const question = underWay?.digest === digest ? underWay : this.#answered.get(key)
    return question?.digest === digest ? question : undefined
  }

  /** A new question; it takes the place of another of the same id. */
  remember(endpoint: string, id: string, digest: string): Question {
    const key = keyOf(endpoint, id)
    const question: Question = { key, digest, result: undefined, answeredAt: 0, repeaters: [] }
    this.#underWay.set(key, question)
    return question
  }

  answered(question: Question, result: Result): void {
    const { key } = question
    question.result = result
    question.answeredAt = this.#clock.now()
    if (this.#underWay.get(key) === question) this.#underWay.delete(key)
    this.#answered.delete(key)
    this.#answered.set(key, question)
    this.#forgetOld()
  }

  #forgetOld(): void {
    const oldest = this.#clock.now() - KEEP_MILLISECONDS
    for (const [key, { answeredAt }] of this.#answered) {
      if (answeredAt >= oldest && this.#answered.size <= MAX_ANSWERED) return
      this.#answered.delete(key)
    }
  }
}

function keyOf(endpoint: string, id: string): string {
  return `${endpoint.length}:${endpoint}${id}`
}
