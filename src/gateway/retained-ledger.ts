import type { Registration } from '../lwm2m/fact.ts'
import type { Origin, Publication } from '../mapping/publication.ts'
import { addressOf, keyOf, type TopicKey } from '../mapping/retained-key.ts'

/** What is remembered at most; what is published above it stays at the broker when it is outdated. */
export interface LedgerLimits {
  /** Topics of one device. */
  readonly topicsPerDevice: number
  readonly bytesPerDevice: number
  /** Of all devices. */
  readonly bytes: number
}

const LIMITS: LedgerLimits = { topicsPerDevice: 4_096, bytesPerDevice: 1_048_576, bytes: 536_870_912 }
/** What a topic costs besides its texts: an entry by device, one by topic, and its origin. */
const TOPIC_BYTES = 128

/** What the broker keeps of one device, and what told it. */
export type KnownTopics = ReadonlyMap<TopicKey, Origin>

/**
 * Knows what the broker keeps of each device: which retained topics, and which rule told them of what. So what is
 * outdated can be taken away: values of an instance that has vanished, everything of a device that is forgotten, and
 * topics that another mapping has moved or does not tell any more.
 */
export class RetainedLedger {
  readonly #limits: LedgerLimits
  readonly #devices = new Map<string, DeviceTopics>()
  /** The device that published on a topic last: what takes away another one's must not hit it. */
  readonly #owners = new Map<TopicKey, string>()
  readonly #condemned = new Set<TopicKey>()
  #bytes = 0

  constructor(limits: Partial<LedgerLimits> = {}) {
    this.#limits = { ...LIMITS, ...limits }
  }

  /** Of all topics that are remembered. */
  get bytes(): number {
    return this.#bytes
  }

  /** The queue to a broker has taken something. What has no origin tells of no device. */
  note(publication: Publication): void {
    const { payload, retain, origin } = publication
    if (!retain) return
    const key = keyOf(publication)
    const owner = this.#owners.get(key)
    if (owner !== undefined && (owner !== origin?.endpoint || payload.length === 0)) this.#drop(owner, key)
    if (origin !== undefined && payload.length > 0) this.#enter(key, origin)
  }

  /** Topics are to be taken away. As long as the queue has not taken what does so, they are outdated. */
  condemn(keys: readonly TopicKey[]): void {
    for (const key of keys) if (this.#owners.has(key)) this.#condemned.add(key)
  }

  /** Topics of values whose object instances are not there any more, and what could not be taken away before. */
  outdated({ endpoint, objects }: Registration): readonly TopicKey[] {
    const topics = this.#devices.get(endpoint)?.topics
    if (topics === undefined) return []
    const instances = new Set(
      objects.flatMap(({ id, instances: own }) => own.map((instance) => `/${id}/${instance}`)),
    )
    const isGone = (instance: string | undefined): boolean =>
      instance !== undefined && !instances.has(instance)
    return [...topics]
      .filter(([key, { subject }]) => this.#condemned.has(key) || isGone(instanceIn(subject)))
      .map(([key]) => key)
  }

  /** All topics of a device, and what told each. */
  topics(endpoint: string): KnownTopics {
    return new Map(this.#devices.get(endpoint)?.topics)
  }

  /** All devices of which the broker keeps anything. */
  endpoints(): readonly string[] {
    return [...this.#devices.keys()]
  }

  #enter(key: TopicKey, origin: Origin): void {
    const { endpoint, rule, subject, name } = origin
    const device = this.#devices.get(endpoint) ?? { topics: new Map<TopicKey, Origin>(), bytes: 0 }
    const known = device.topics.get(key)
    this.#condemned.delete(key)
    if (known?.rule === rule && known.subject === subject && known.name === name) return
    const bytes = bytesOf(key, origin) - (known === undefined ? 0 : bytesOf(key, known))
    if (!this.#hasRoom(device, bytes) && known === undefined) return
    device.topics.set(key, origin)
    device.bytes += bytes
    this.#bytes += bytes
    this.#owners.set(key, endpoint)
    this.#devices.set(endpoint, device)
  }

  #hasRoom({ topics, bytes: own }: DeviceTopics, bytes: number): boolean {
    const { topicsPerDevice, bytesPerDevice, bytes: inAll } = this.#limits
    return topics.size < topicsPerDevice && own + bytes <= bytesPerDevice && this.#bytes + bytes <= inAll
  }

  #drop(endpoint: string, key: TopicKey): void {
    const device = this.#devices.get(endpoint)
    const origin = device?.topics.get(key)
    this.#owners.delete(key)
    this.#condemned.delete(key)
    if (device === undefined || origin === undefined) return
    device.topics.delete(key)
    device.bytes -= bytesOf(key, origin)
    this.#bytes -= bytesOf(key, origin)
    if (device.topics.size === 0) this.#devices.delete(endpoint)
  }
}

interface DeviceTopics {
  readonly topics: Map<TopicKey, Origin>
  bytes: number
}

function bytesOf(key: TopicKey, { endpoint, rule, subject }: Origin): number {
  return TOPIC_BYTES + key.length + endpoint.length + rule.length + subject.length
}

/** The instance that something is told of: `/3303/0` of `/3303/0/5700`; undefined where it is more, or no path. */
function instanceIn(subject: string): string | undefined {
  const [path = ''] = subject.split('.', 1) // which of several publications stands behind the point
  const [root, object, instance] = path.split('/', 3)
  return root === '' && instance !== undefined ? `/${object}/${instance}` : undefined
}

/** What takes a retained message away (MQTT 5, 3.3.1.3), on the connection that it was published on. */
export function removal(key: TopicKey): Publication {
  return { ...addressOf(key), payload: '', qos: 1, retain: true }
}
