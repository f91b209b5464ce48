import type { CodedError, ErrorCode } from '../lib/errors.ts'
import type { JsonValue } from '../lib/json.ts'
import type { Sample } from '../lwm2m/value.ts'
import type { Publication } from './publication.ts'
import type { MappingState } from './state.ts'

/** What rules are applied to. */
export interface About {
  readonly event: string
  readonly endpoint: string | undefined
  readonly path: string | undefined
}

/** A rule that failed: on what, and why. */
export interface Failure extends About {
  readonly mapping: string
  /** Its name, or its place in the list. */
  readonly rule: string
  readonly code: ErrorCode
  readonly reason: string
}

/** When a mapping wants to be asked again. */
export interface MappingTimer {
  /** Stands for the rule and what it is about. */
  readonly key: string
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** What comes of one event: rules add to it, one after the other. The state is replaced, never changed in place. */
export class Run {
  readonly publications: Publication[] = []
  readonly timers: MappingTimer[] = []
  readonly failures: Failure[] = []
  /** Paths that a rule with `stop` has taken. */
  readonly taken = new Set<string>()
  /** Values that a rule failed on: another way has to carry them. */
  readonly lost: Sample[] = []
  /** What the rules are being applied to: failures name it. */
  about: About
  #state: MappingState
  readonly #id: string
  #count = 0

  /** @param id of what happened: publications get ids made of it */
  constructor(state: MappingState, id: string, about: About) {
    this.#state = state
    this.#id = id
    this.about = about
  }

  fail(mapping: string, rule: string, { code, message }: CodedError): void {
    this.failures.push({ mapping, rule, ...this.about, code, reason: message })
  }

  get state(): MappingState {
    return this.#state
  }

  recall(key: string): JsonValue | undefined {
    return this.#state[key]
  }

  remember(key: string, value: JsonValue | undefined): void {
    if (value === undefined) {
      if (!(key in this.#state)) return
      const { [key]: _, ...others } = this.#state
      this.#state = others
    } else this.#state = { ...this.#state, [key]: value }
  }

  /** An id for the next publication: the same when the same happens again. */
  nextId(): string {
    return `${this.#id}.${this.#count++}`
  }
}
