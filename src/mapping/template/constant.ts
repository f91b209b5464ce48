import type { JsonValue } from '../../lib/json.ts'
import type { Template } from './template.ts'

/** A part without expressions. */
export class Constant implements Template {
  readonly value: JsonValue

  constructor(value: JsonValue) {
    this.value = value
  }

  evaluate(): JsonValue {
    return this.value
  }
}
