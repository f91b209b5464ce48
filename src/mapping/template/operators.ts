import { CodedError } from '../../lib/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import type { Budget } from '../expression/budget.ts'
import type { Expression, Scope } from '../expression/expression.ts'
import { textOfResult } from '../expression/result.ts'
import { jsonOfProduced } from './structure.ts'
import type { Produced, Template } from './template.ts'

/** A condition: an expression that gives true or false. */
export class Condition {
  readonly #source: string
  readonly #expression: Expression

  constructor(source: string, expression: Expression) {
    this.#source = source
    this.#expression = expression
  }

  /** @throws CodedError `mapping_failed` for anything else than true and false */
  holds(scope: Scope): boolean {
    const result = this.#expression.evaluate(scope)
    if (typeof result === 'boolean') return result
    throw new CodedError('mapping_failed', `'${this.#source}' gave neither true nor false`)
  }
}

/** `$when`: nothing where the condition does not hold. */
export class When implements Template {
  readonly #condition: Condition
  readonly #then: Template

  constructor(condition: Condition, then: Template) {
    this.#condition = condition
    this.#then = then
  }

  evaluate(scope: Scope): Produced {
    return this.#condition.holds(scope) ? this.#then.evaluate(scope) : undefined
  }
}

/** `$merge`: one object of several, later ones win. */
export class Merge implements Template {
  readonly #parts: readonly Template[]

  constructor(parts: readonly Template[]) {
    this.#parts = parts
  }

  evaluate(scope: Scope): JsonValue {
    let merged: JsonObject = {}
    for (const part of this.#parts) {
      const object = part.evaluate(scope)
      if (object === undefined) continue
      if (!isObject(object)) throw new CodedError('mapping_failed', '$merge takes nothing but objects')
      merged = { ...merged, ...object }
    }
    return merged
  }
}

function isObject(produced: Produced): produced is JsonObject {
  return isJsonObject(produced) && !(produced instanceof Uint8Array)
}

/** `$switch` over a value: the case with the key that it gives. */
export class Switch implements Template {
  readonly #on: Expression
  readonly #cases: ReadonlyMap<string, Template>
  readonly #otherwise: Template | undefined

  constructor(on: Expression, cases: ReadonlyMap<string, Template>, otherwise: Template | undefined) {
    this.#on = on
    this.#cases = cases
    this.#otherwise = otherwise
  }

  evaluate(scope: Scope): Produced {
    const result = this.#on.evaluate(scope)
    const key = typeof result === 'object' || result === undefined ? undefined : textOfResult(result)
    const chosen = key === undefined ? undefined : this.#cases.get(key)
    return (chosen ?? this.#otherwise)?.evaluate(scope)
  }
}

/** `$switch` over conditions: the first one that holds. */
export class FirstThatHolds implements Template {
  readonly #branches: readonly { readonly condition: Condition; readonly template: Template }[]
  readonly #otherwise: Template | undefined

  constructor(
    branches: readonly { readonly condition: Condition; readonly template: Template }[],
    otherwise: Template | undefined,
  ) {
    this.#branches = branches
    this.#otherwise = otherwise
  }

  evaluate(scope: Scope): Produced {
    const branch = this.#branches.find(({ condition }) => condition.holds(scope))
    return (branch?.template ?? this.#otherwise)?.evaluate(scope)
  }
}

/** The elements that `$each`, or `each` of a rule, goes through. */
export class Elements {
  readonly #list: Expression
  readonly #name: string
  readonly #where: Condition | undefined
  readonly #budget: Budget

  /**
   * @param list gives a list, or an object: then each element is `{key, value}`
   * @param name the variable of the element
   */
  constructor(list: Expression, name: string, where: Condition | undefined, budget: Budget) {
    this.#list = list
    this.#name = name
    this.#where = where
    this.#budget = budget
  }

  /** Calls `visit` for each element with its index, the variable set. Each is charged. */
  forEach(scope: Scope, visit: (index: number) => void): void {
    let index = 0
    for (const element of elementsOf(this.#list.evaluate(scope))) {
      this.#budget.charge(undefined)
      Object.defineProperty(scope, this.#name, { value: element, configurable: true })
      if (this.#where?.holds(scope) ?? true) visit(index)
      index++
    }
  }
}

function elementsOf(list: unknown): Iterable<unknown> {
  if (Array.isArray(list)) return list
  if (list instanceof Map) return [...list].map(([key, value]) => ({ key, value }))
  if (typeof list === 'object' && list !== null && !(list instanceof Uint8Array))
    return Object.entries(list).map(([key, value]) => ({ key, value }))
  throw new CodedError('mapping_failed', '$each was given neither a list nor an object')
}

/** `$each`: a list, or with `$key` an object, of what comes of each element. */
export class Each implements Template {
  readonly #elements: Elements
  readonly #key: Template | undefined
  readonly #value: Template
  readonly #budget: Budget

  constructor(elements: Elements, key: Template | undefined, value: Template, budget: Budget) {
    this.#elements = elements
    this.#key = key
    this.#value = value
    this.#budget = budget
  }

  evaluate(scope: Scope): JsonValue {
    const products: JsonValue[] = []
    const object: Record<string, JsonValue> = {}
    this.#elements.forEach(scope, () => {
      const json = this.#budget.charge(jsonOfProduced(this.#value.evaluate(scope)))
      if (json === undefined) return
      if (this.#key === undefined) products.push(json)
      else object[keyOf(this.#key.evaluate(scope))] = json
    })
    return this.#key === undefined ? products : object
  }
}

/** @throws CodedError `mapping_failed` for a key that JavaScript keeps to itself */
function keyOf(produced: Produced): string {
  const key = textOfResult(produced)
  if (key === '__proto__') throw new CodedError('mapping_failed', "'__proto__' cannot be a key")
  return key
}
