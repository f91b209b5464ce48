import type { JsonValue } from '../../lib/json.ts'
import type { Scope } from '../expression/expression.ts'
import { base64 } from '../expression/result.ts'
import type { Produced, Template } from './template.ts'

/** Bytes inside a document are base64. */
export function jsonOfProduced(produced: Produced): JsonValue | undefined {
  return produced instanceof Uint8Array ? base64(produced) : produced
}

/** A list: what gives nothing is left out. */
export class ListTemplate implements Template {
  readonly #elements: readonly Template[]

  constructor(elements: readonly Template[]) {
    this.#elements = elements
  }

  evaluate(scope: Scope): JsonValue {
    const list: JsonValue[] = []
    for (const element of this.#elements) {
      const json = jsonOfProduced(element.evaluate(scope))
      if (json !== undefined) list.push(json)
    }
    return list
  }
}

/** A key of an object, and what stands there. */
export interface Entry {
  readonly key: string
  readonly template: Template
  /** Written as `key?`: null is left out too. */
  readonly isOptional: boolean
}

/** An object with keys that are written out. What an entry without `?` asks for must be there. */
export class ObjectTemplate implements Template {
  readonly #entries: readonly Entry[]

  constructor(entries: readonly Entry[]) {
    this.#entries = entries
  }

  evaluate(scope: Scope): JsonValue {
    const object: Record<string, JsonValue> = {}
    for (const { key, template, isOptional } of this.#entries) {
      const json = jsonOfProduced(template.evaluate(scope))
      if (json !== undefined && !(isOptional && json === null)) object[key] = json
    }
    return object
  }
}
