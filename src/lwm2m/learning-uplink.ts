import type { Fact, Outcome, Uplink } from './fact.ts'
import type { Registry } from './registry.ts'

/** Notes values on their way up, so that who takes the facts finds them in the device's snapshot. */
export class LearningUplink implements Uplink {
  readonly #registry: Registry
  readonly #uplink: Uplink

  constructor(registry: Registry, uplink: Uplink) {
    this.#registry = registry
    this.#uplink = uplink
  }

  offer(facts: readonly Fact[], done: (outcome: Outcome) => void): void {
    for (const fact of facts) {
      if (fact.type === 'values') this.#registry.byEndpoint(fact.endpoint)?.values.learn(fact)
    }
    this.#uplink.offer(facts, done)
  }
}
