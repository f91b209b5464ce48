import type { Registration } from '../lwm2m/fact.ts'
import type { Origin, Publication } from '../mapping/publication.ts'

/** Topics of one device that are remembered; what is published above it stays at the broker when it is outdated. */
const MOST_TOPICS = 4096

/** A retained topic, as the ledger knows it. */
export type TopicKey = string

/** What the broker keeps of one device, and what told it. */
export type KnownTopics = ReadonlyMap<TopicKey, Origin>

/**
 * Knows what the broker keeps of each device: which retained topics, and which rule told them of what. So what is
 * outdated can be taken away: values of an instance that has vanished, everything of a device that is forgotten, and
 * topics that another mapping has moved or does not tell any more.
 */
export class RetainedLedger {
  readonly #devices = new Map<string, Map<TopicKey, Origin>>()
  /** The device that published on a topic last: what takes away another one's must not hit it. */
  readonly #owners = new Map<TopicKey, string>()
  readonly #condemned = new Set<TopicKey>()

  /** The queue to the broker has taken something. What has no origin tells of no device. */
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
    const topics = this.#devices.get(endpoint)
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
    return new Map(this.#devices.get(endpoint))
  }

  /** All devices of which the broker keeps anything. */
  endpoints(): readonly string[] {
    return [...this.#devices.keys()]
  }

  #enter(key: TopicKey, origin: Origin): void {
    const { endpoint, rule, subject } = origin
    const topics = this.#devices.get(endpoint)
    const known = topics?.get(key)
    this.#condemned.delete(key)
    if (known?.rule === rule && known.subject === subject) return
    if (topics !== undefined && known === undefined && topics.size >= MOST_TOPICS) return
    this.#owners.set(key, endpoint)
    if (topics === undefined) this.#devices.set(endpoint, new Map([[key, origin]]))
    else topics.set(key, origin)
  }

  #drop(endpoint: string, key: TopicKey): void {
    const topics = this.#devices.get(endpoint)
    this.#owners.delete(key)
    this.#condemned.delete(key)
    topics?.delete(key)
    if (topics?.size === 0) this.#devices.delete(endpoint)
  }
}

/** The instance that something is told of: `/3303/0` of `/3303/0/5700`; undefined where it is more, or no path. */
function instanceIn(subject: string): string | undefined {
  const [path = ''] = subject.split('.', 1) // which of several publications stands behind the point
  const [root, object, instance] = path.split('/', 3)
  return root === '' && instance !== undefined ? `/${object}/${instance}` : undefined
}

/** What the ledger knows a retained message by. All that tells two of them apart comes together here and in `removal`. */
export function keyOf({ topic }: Pick<Publication, 'topic'>): TopicKey {
  return topic
}

/** What takes a retained message away (MQTT 5, 3.3.1.3). */
export function removal(key: TopicKey): Publication {
  return { topic: key, payload: '', qos: 1, retain: true }
}
