import { Mapper } from '../../src/gateway/mapper.ts'
import { loadMappings } from '../../src/gateway/mapping-files.ts'
import { RetainedLedger } from '../../src/gateway/retained-ledger.ts'
import { type Publisher, Uplink } from '../../src/gateway/uplink.ts'
import type { CodedError } from '../../src/lib/errors.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { DeviceMatcher } from '../../src/lwm2m/device-match.ts'
import type { Fact, Outcome } from '../../src/lwm2m/fact.ts'
import type { Publication } from '../../src/mapping/publication.ts'
import { Lwm2mBench } from './lwm2m.ts'

const GATEWAY = { id: 'gw', topic: 'gw', version: '1.0.0', url: '' }

/** An LwM2M server with the way up behind it: what devices say ends as publications of the preset `plain`. */
export class MqttBench extends Lwm2mBench implements Publisher {
  /** What went to the broker, oldest first. */
  readonly published: Publication[] = []
  /** Whether the broker's acknowledgements wait for `acknowledge`. */
  holds = false
  readonly #unacknowledged: ((error?: CodedError) => void)[] = []
  #uplink: Uplink | undefined

  override offer(facts: readonly Fact[], done: (outcome: Outcome) => void): void {
    this.facts.push(...facts)
    this.#uplink ??= this.#createUplink()
    this.#uplink.offer(facts, done)
  }

  publish(publication: Publication, done: (error?: CodedError) => void): boolean {
    this.published.push(publication)
    if (this.holds) this.#unacknowledged.push(done)
    else done()
    return true
  }

  /** The broker acknowledges all that it was sent. */
  acknowledge(): void {
    for (const done of this.#unacknowledged.splice(0)) done()
    this.clock.advance(0)
  }

  /** Payloads that were published on a topic below `lwm2m/device/`, oldest first; null for an empty one. */
  payloads(topic: string): (Record<string, unknown> | null)[] {
    return this.#on(topic).map(({ payload }) => JSON.parse(String(payload) || 'null'))
  }

  /** What a subscriber that comes now finds there; undefined where nothing was retained, null where it was removed. */
  retained(topic: string): Record<string, unknown> | null | undefined {
    const last = this.#on(topic).findLast(({ retain }) => retain)
    return last === undefined ? undefined : JSON.parse(String(last.payload) || 'null')
  }

  #on(topic: string): Publication[] {
    return this.published.filter((publication) => publication.topic === `lwm2m/device/${topic}`)
  }

  #createUplink(): Uplink {
    const { clock, server } = this
    const { layers } = loadMappings(['plain'], {
      ...{ base: 'lwm2m', folder: '.', gateway: GATEWAY },
      filterOf: (match) => new DeviceMatcher(match),
      isResponseTopic: () => false,
    })
    const mapper = new Mapper({
      ...{ clock, logger: silentLogger, mapping: layers, ledger: new RetainedLedger() },
      snapshot: (endpoint) => server.snapshot(endpoint),
      publish: (publication) => this.publish(publication, () => {}),
    })
    return new Uplink({ mapper, publisher: this, acknowledge: 'broker', logger: silentLogger })
  }
}
