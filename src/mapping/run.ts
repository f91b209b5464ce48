import type { CodedError, ErrorCode } from '../lib/errors.ts'
import type { JsonValue } from '../lib/json.ts'
import type { Sample } from '../lwm2m/value.ts'
import type { Publication } from './publication.ts'
import { withoutLast } from './rule/last-published.ts'
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

/** A value on which a rule failed. */
export interface Lost {
  readonly sample: Sample
  /** That the rule speaks over; undefined for the main one. */
  readonly connection: string | undefined
}

/** How far a run was when a rule began. */
export interface Beginning {
  readonly publications: number
  readonly timers: number
}

/** What comes of one event: rules add to it, one after the other. The state is replaced, never changed in place. */
export class Run {
  readonly publications: Publication[] = []
  readonly timers: MappingTimer[] = []
  readonly failures: Failure[] = []
  /** Values that a rule failed on: another way has to carry them. */
  readonly lost: Lost[] = []
  /** What the rules are being applied to: failures name it. */
  about: About
  #state: MappingState
  /** The state, once it has changed. */
  #own: Record<string, JsonValue> | undefined
  /** What the rule at work has changed: what was there before, the latest last. */
  readonly #undo: { readonly key: string; readonly value: JsonValue | undefined }[] = []
  /** Made when it is needed: most rules take nothing. */
  #taken: Set<string> | undefined
  #trial: Run | undefined
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

  /** Says more exactly what the last failure was about. */
  locateFailure(event: string, path: string): void {
    const last = this.failures.pop()
    if (last !== undefined) this.failures.push({ ...last, event, path })
  }

  get state(): MappingState {
    return this.#state
  }

  recall(key: string): JsonValue | undefined {
    return this.#state[key]
  }

  /** The state is copied at the first change: there may be as many as values in a notification. */
  remember(key: string, value: JsonValue | undefined): void {
    const before = this.#state[key]
    if (value === before) return
    this.#own ??= { ...this.#state }
    this.#state = this.#own
    this.#undo.push({ key, value: before })
    put(this.#own, key, value)
  }

  /** @returns what `rollBack` leads back to: before the rule that begins */
  begin(): Beginning {
    this.#undo.length = 0
    return { publications: this.publications.length, timers: this.timers.length }
  }

  /** Takes back what has come since the last `begin`. */
  rollBack({ publications, timers }: Beginning): void {
    this.publications.length = publications
    this.timers.length = timers
    for (let last = this.#undo.pop(); last !== undefined; last = this.#undo.pop()) {
      if (this.#own !== undefined) put(this.#own, last.key, last.value)
    }
  }

  /** Whether a rule with `stop` has taken any path. */
  get hasTaken(): boolean {
    return this.#taken !== undefined
  }

  isTaken(path: string, connection: string | undefined): boolean {
    return this.#taken?.has(takenKey(path, connection)) ?? false
  }

  /** A rule with `stop` takes a path: those after it on the same connection do not get it. */
  take(path: string, connection: string | undefined): void {
    this.#taken ??= new Set()
    this.#taken.add(takenKey(path, connection))
  }

  /** Of what rules do here, nothing counts but what they take; filters do as if nothing had been published. */
  get trial(): Run {
    if (this.#trial !== undefined) return this.#trial
    this.#trial = new Run(withoutLast(this.#state, all), this.#id, this.about)
    this.#taken ??= new Set()
    this.#trial.#taken = this.#taken
    return this.#trial
  }

  /** An id for the next publication: the same when the same happens again. */
  nextId(): string {
    return `${this.#id}.${this.#count++}`
  }
}

function all(): boolean {
  return true
}

function put(state: Record<string, JsonValue>, key: string, value: JsonValue | undefined): void {
  if (value === undefined) delete state[key]
  else state[key] = value
}

function takenKey(path: string, connection: string | undefined): string {
  return connection === undefined ? path : `${path} ${connection}`
}
