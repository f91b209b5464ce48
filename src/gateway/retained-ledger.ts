import type { Registration } from '../lwm2m/fact.ts'
import type { Publication } from '../mapping/publication.ts'

/** Topics of one device that are remembered; what is published above it stays at the broker when it is outdated. */
const MOST_TOPICS = 4096

/** A retained topic of one broker connection, as the ledger knows it. */
export type TopicKey = string

/** The path that a retained message tells of; undefined for one that tells of the device as a whole. */
type Subject = string | undefined

/** A retained message: the device that published on its topic last, and what it tells of. */
interface Keeping {
  readonly endpoint: string
  path: Subject
}

/**
 * Knows what the broker keeps of each device: which retained topics, and of which path. So what is outdated can be
 * taken away: values of an instance that has vanished, everything of a device that is forgotten, and topics that
 * another mapping has moved.
 */
export class RetainedLedger {
  readonly #devices = new Map<string, Map<TopicKey, Keeping>>()
  /** What takes away another device's message must not hit the one that was published after it. */
  readonly #kept = new Map<TopicKey, Keeping>()

  /** Something was published of a device. Mostly it is a value that was there before, which takes one look-up. */
  note(endpoint: string, publication: Publication): void {
    const { payload, retain, path } = publication
    if (!retain) return
    const key = keyOf(publication)
    const kept = this.#kept.get(key)
    const isEmpty = payload.length === 0
    if (kept !== undefined && kept.endpoint === endpoint && !isEmpty) {
      kept.path = path
      return
    }
    if (kept !== undefined) this.#drop(kept.endpoint, key)
    if (!isEmpty) this.#keep(key, { endpoint, path })
  }

  #keep(key: TopicKey, keeping: Keeping): void {
    const { endpoint } = keeping
    const topics = this.#devices.get(endpoint)
    if (topics === undefined) this.#devices.set(endpoint, new Map([[key, keeping]]))
    else if (topics.size < MOST_TOPICS) topics.set(key, keeping)
    else return
    this.#kept.set(key, keeping)
  }

  /** Topics of values whose object instances are not there any more. */
  vanished({ endpoint, objects }: Registration): readonly TopicKey[] {
    const topics = this.#devices.get(endpoint)
    if (topics === undefined) return []
    const instances = new Set(
      objects.flatMap(({ id, instances: own }) => own.map((instance) => `/${id}/${instance}`)),
    )
    const isGone = (path: Subject): boolean =>
      path !== undefined && isWithinInstance(path) && !instances.has(path.split('/', 3).join('/'))
    return [...topics].filter(([, { path }]) => isGone(path)).map(([topic]) => topic)
  }

  /** All topics of a device, and what each tells of. */
  subjects(endpoint: string): ReadonlyMap<TopicKey, Subject> {
    const topics = this.#devices.get(endpoint) ?? NONE
    return new Map([...topics].map(([topic, { path }]) => [topic, path]))
  }

  #drop(endpoint: string, topic: string): void {
    const topics = this.#devices.get(endpoint)
    this.#kept.delete(topic)
    topics?.delete(topic)
    if (topics?.size === 0) this.#devices.delete(endpoint)
  }
}

const NONE: ReadonlyMap<TopicKey, Keeping> = new Map()

/** Whether a path names an instance, or something of one: `/3303` and `/` tell of more. */
function isWithinInstance(path: string): boolean {
  return path.split('/', 3).length === 3
}

/** No topic holds it (MQTT 5, 1.5.4). */
const SEPARATOR = '\0'

/** What the ledger knows a retained message by: all that tells two of them apart comes together here and in `removal`. */
export function keyOf({ connection, topic }: Pick<Publication, 'connection' | 'topic'>): TopicKey {
  return connection === undefined ? topic : connection + SEPARATOR + topic
}

/** What takes a retained message away (MQTT 5, 3.3.1.3), on the connection that it was published on. */
export function removal(key: TopicKey): Publication {
  const end = key.indexOf(SEPARATOR)
  const empty = { topic: key.slice(end + 1), payload: '', qos: 1, retain: true } as const
  return end < 0 ? empty : { ...empty, connection: key.slice(0, end) }
}
