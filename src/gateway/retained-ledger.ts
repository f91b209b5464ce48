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
/** What a topic costs besides its texts: its entry, and its place in the table. */
const TOPIC_BYTES = 128

/** What told a retained message of a device. */
export type Teller = Pick<Origin, 'rule' | 'subject' | 'name'>

/** What the broker keeps of one device, and what told it. */
export type KnownTopics = ReadonlyMap<TopicKey, Teller>

/** A retained message with what told it, in the list of those of its device. */
interface Kept extends Teller {
  readonly key: TopicKey
  readonly device: KnownDevice
  rule: string
  subject: string
  name: string
  /** It is to be taken away: as long as the queue has not taken what does so, it is outdated. */
  isCondemned: boolean
  previous: Kept | undefined
  next: Kept | undefined
}

/** A device of which the broker keeps something. A list, as a table of its own would be larger than what is in it. */
interface KnownDevice {
  readonly endpoint: string
  first: Kept | undefined
  last: Kept | undefined
  topics: number
  bytes: number
}

/**
 * Knows what the broker keeps of each device: which retained topics, and which rule told them of what. So what is
 * outdated can be taken away: values of an instance that has vanished, everything of a device that is forgotten, and
 * topics that another mapping has moved or does not tell any more.
 */
export class RetainedLedger {
  readonly #limits: LedgerLimits
  readonly #devices = new Map<string, KnownDevice>()
  /** A topic counts to the device that published there last: what takes away another one's must not hit it. */
  readonly #topics = new Map<TopicKey, Kept>()
  #bytes = 0

  constructor(limits: Partial<LedgerLimits> = {}) {
    this.#limits = { ...LIMITS, ...limits }
  }

  /** Of all topics that are remembered. */
  get bytes(): number {
    return this.#bytes
  }

  /**
   * The queue to a broker has taken something. What has no origin tells of no device. Mostly it is a value that was
   * there before, which takes one look-up.
   */
  note(publication: Publication): void {
    const { payload, retain, origin } = publication
    if (!retain) return
    const key = keyOf(publication)
    const kept = this.#topics.get(key)
    if (origin !== undefined && payload.length > 0) this.#keep(key, origin, kept)
    else if (kept !== undefined) this.#drop(kept)
  }

  /** Topics are to be taken away. */
  condemn(keys: readonly TopicKey[]): void {
    for (const key of keys) {
      const kept = this.#topics.get(key)
      if (kept !== undefined) kept.isCondemned = true
    }
  }

  /** Topics of values whose object instances are not there any more, and what could not be taken away before. */
  outdated({ endpoint, objects }: Registration): readonly TopicKey[] {
    const device = this.#devices.get(endpoint)
    if (device === undefined) return []
    const instances = new Set(
      objects.flatMap(({ id, instances: own }) => own.map((instance) => `/${id}/${instance}`)),
    )
    const isGone = (instance: string | undefined): boolean =>
      instance !== undefined && !instances.has(instance)
    return [...topicsOf(device)]
      .filter(({ isCondemned, subject }) => isCondemned || isGone(instanceIn(subject)))
      .map(({ key }) => key)
  }

  /** All topics of a device, and what told each. */
  topics(endpoint: string): KnownTopics {
    const device = this.#devices.get(endpoint)
    const topics = device === undefined ? [] : [...topicsOf(device)]
    return new Map(topics.map(({ key, rule, subject, name }) => [key, { rule, subject, name }]))
  }

  /** All devices of which the broker keeps anything. */
  endpoints(): readonly string[] {
    return [...this.#devices.keys()]
  }

  #keep(key: TopicKey, origin: Origin, kept: Kept | undefined): void {
    if (kept?.device.endpoint === origin.endpoint) {
      kept.isCondemned = false
      if (!isSame(kept, origin)) this.#change(kept, origin)
      return
    }
    if (kept !== undefined) this.#drop(kept)
    this.#add(key, origin)
  }

  #change(kept: Kept, origin: Origin): void {
    const { key, device } = kept
    const { rule, subject, name } = origin
    this.#account(device, bytesOf(key, device, origin) - bytesOf(key, device, kept))
    kept.rule = rule
    kept.subject = subject
    kept.name = name
  }

  #add(key: TopicKey, origin: Origin): void {
    const { endpoint, rule, subject, name } = origin
    const device = this.#devices.get(endpoint) ?? newDevice(endpoint)
    const bytes = bytesOf(key, device, origin)
    if (!this.#hasRoom(device, bytes)) return
    const { last } = device
    // Written out: of a spread, V8 would make two objects.
    const kept: Kept = {
      key,
      device,
      rule,
      subject,
      name,
      isCondemned: false,
      previous: last,
      next: undefined,
    }
    if (last === undefined) device.first = kept
    else last.next = kept
    device.last = kept
    device.topics++
    this.#account(device, bytes)
    this.#topics.set(key, kept)
    this.#devices.set(endpoint, device)
  }

  #hasRoom(device: KnownDevice, bytes: number): boolean {
    const { topicsPerDevice, bytesPerDevice, bytes: inAll } = this.#limits
    return (
      device.topics < topicsPerDevice &&
      device.bytes + bytes <= bytesPerDevice &&
      this.#bytes + bytes <= inAll
    )
  }

  #drop(kept: Kept): void {
    const { key, device, previous, next } = kept
    this.#topics.delete(key)
    if (previous === undefined) device.first = next
    else previous.next = next
    if (next === undefined) device.last = previous
    else next.previous = previous
    device.topics--
    this.#account(device, -bytesOf(key, device, kept))
    if (device.topics === 0) this.#devices.delete(device.endpoint)
  }

  #account(device: KnownDevice, bytes: number): void {
    device.bytes += bytes
    this.#bytes += bytes
  }
}

function newDevice(endpoint: string): KnownDevice {
  return { endpoint, first: undefined, last: undefined, topics: 0, bytes: 0 }
}

function* topicsOf(device: KnownDevice): Generator<Kept> {
  for (let kept = device.first; kept !== undefined; kept = kept.next) yield kept
}

function isSame(one: Teller, other: Teller): boolean {
  return one.rule === other.rule && one.subject === other.subject && one.name === other.name
}

function bytesOf(key: TopicKey, { endpoint }: KnownDevice, { rule, subject }: Teller): number {
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
