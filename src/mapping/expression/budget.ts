import { CodedError } from '../../lib/errors.ts'

/** What one rule may spend on one event, whatever it is about. */
const STEPS = 10_000
/** And besides for each object instance of the device that the event is of: documents tell of all of them. */
const STEPS_OF_AN_INSTANCE = 500
/** But in all no more than this: a document of more than a megabyte. */
const MOST_STEPS = 500_000
/** Characters of a text, or elements of a list or an object, that cost as much as one step. */
const SIZE_OF_A_STEP = 64

/** Number of object instances that a scope's device registered. A symbol: no variable of a mapping can hide it. */
export const INSTANCES = Symbol('instances')

/** What an event is about, as far as the budget asks. */
interface Extent {
  readonly [INSTANCES]?: number
}

/**
 * Bounds the work of expressions, so that no mapping can hold up the gateway. CEL has no loops but its list macros,
 * and templates none but `$each`: what goes through a list pays for all of its elements, and what works on a text, a
 * list or an object pays for its size. Expressions pay before they work: CEL swallows the errors of some operands, and
 * so what is not paid for must not be done.
 */
export class Budget {
  #allowed = STEPS
  #left = STEPS
  /** Whose size may still be asked for. */
  #extent: Extent | undefined

  /**
   * A new rule, or a new event.
   * @param scope of the event: where the first steps do not suffice, its device may be big
   */
  refill(scope?: object): void {
    this.#allowed = STEPS
    this.#left = STEPS
    this.#extent = scope
  }

  /** What is left, in steps. */
  get left(): number {
    return this.#left
  }

  /**
   * Charges one step and the whole size, inner elements included.
   * @returns the product
   * @throws CodedError `mapping_budget`, as all of these
   */
  charge<T>(product: T): T {
    let size = sizeOf(product, this.#left * SIZE_OF_A_STEP)
    if (size > this.#left * SIZE_OF_A_STEP && this.#isExtended()) {
      size = sizeOf(product, this.#left * SIZE_OF_A_STEP)
    }
    this.#spend(1 + size / SIZE_OF_A_STEP)
    return product
  }

  /** Charges one step and the number of characters or elements. */
  glance<T>(product: T): T {
    this.#spend(1 + lengthOf(product) / SIZE_OF_A_STEP)
    return product
  }

  /** Charges what looking for an element costs: nothing but a step in an object. */
  search<T>(product: T): T {
    if (Array.isArray(product)) return this.charge(product)
    this.#spend(1)
    return product
  }

  /** Charges going through a list, or the keys of an object. */
  enter<T>(elements: T, stepsOfEach: number): T {
    this.#spend(1 + lengthOf(elements) * stepsOfEach)
    return elements
  }

  #spend(steps: number): void {
    this.#left -= steps
    if (this.#left >= 0 || (this.#isExtended() && this.#left >= 0)) return
    throw new CodedError('mapping_budget', `the rule took more than ${this.#allowed} steps for one event`)
  }

  /** Adds what the size of the device allows, once; false where that is nothing. */
  #isExtended(): boolean {
    const instances = this.#extent?.[INSTANCES] ?? 0
    this.#extent = undefined
    const more = Math.min(instances * STEPS_OF_AN_INSTANCE, MOST_STEPS - STEPS)
    this.#allowed += more
    this.#left += more
    return more > 0
  }
}

/** Characters or elements, without inner ones. */
function lengthOf(product: unknown): number {
  if (typeof product === 'string' || product instanceof Uint8Array) return product.length
  if (typeof product !== 'object' || product === null) return 0
  if (Array.isArray(product)) return product.length
  return product instanceof Map ? product.size : Object.keys(product).length
}

/** Characters and elements, inner ones too; stops counting above `most`. */
function sizeOf(product: unknown, most: number): number {
  let size = lengthOf(product)
  if (typeof product !== 'object' || product === null || product instanceof Uint8Array) return size
  for (const element of product instanceof Map ? product.values() : Object.values(product)) {
    if (size > most) break
    size += sizeOf(element, most - size)
  }
  return size
}
