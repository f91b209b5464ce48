import { CodedError } from '../../lib/errors.ts'

/** What one rule may spend on one event. */
const MAX_STEPS = 10_000
/** Characters of a text, or elements of a list or an object, that cost as much as one step. */
const SIZE_OF_A_STEP = 64

/**
 * Bounds the work of expressions, so that no mapping can hold up the gateway. CEL has no loops but its list macros,
 * and templates none but `$each`: what goes through a list pays for all of its elements, and what works on a text, a
 * list or an object pays for its size. Expressions pay before they work: CEL swallows the errors of some operands, and
 * so what is not paid for must not be done.
 */
export class Budget {
  #left = MAX_STEPS

  /** A new rule, or a new event. */
  refill(): void {
    this.#left = MAX_STEPS
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
    this.#spend(1 + sizeOf(product, this.#left * SIZE_OF_A_STEP) / SIZE_OF_A_STEP)
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
    if (this.#left < 0)
      throw new CodedError('mapping_budget', `the rule took more than ${MAX_STEPS} steps for one event`)
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
