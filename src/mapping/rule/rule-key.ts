import { createHash } from 'node:crypto'
import { type JsonValue, stringifyJson } from '../../lib/json.ts'

/** Bytes of the digest that stands for a rule without a name. */
const DIGEST_BYTES = 12

/**
 * Keys of the rules of one file: what is kept for a rule, or under way by it, is found by its key when a changed file
 * takes over. A name stays as it is; a rule without one is known by what it says, since its place in the list is another
 * one as soon as a rule is put before it. No name begins as such a key does.
 */
export class RuleKeys {
  readonly #counts = new Map<string, number>()

  /** @param rule as it stands in the file; the second of two that say the same has a key of its own */
  keyOf(rule: { readonly name?: string }): string {
    if (rule.name !== undefined) return rule.name
    const digest = createHash('sha256')
      .update(stringifyJson(rule as JsonValue))
      .digest()
    const key = `#${digest.subarray(0, DIGEST_BYTES).toString('base64url')}`
    const count = (this.#counts.get(key) ?? 0) + 1
    this.#counts.set(key, count)
    return count === 1 ? key : `${key}~${count}`
  }
}
