import type { Placement } from '../mapping/placement.ts'
import type { Publication } from '../mapping/publication.ts'
import { keyOf, type TopicKey } from '../mapping/retained-key.ts'
import { encodeTopicLevel } from '../mapping/topic.ts'
import type { KnownTopics, Teller } from './retained-ledger.ts'

/** What is known of a device when another mapping, or another name, holds for it. */
export interface RenewedDevice {
  readonly endpoint: string
  /** What brokers have kept of it. */
  readonly known: KnownTopics
  /** What is told of it now. */
  readonly publications: readonly Publication[]
  /** Ids of the rules that there are for it. */
  readonly rules: ReadonlySet<string>
  /** What is outdated in any case, unless it is told now. */
  readonly gone: readonly TopicKey[]
  /** How files call it now; none for a device that has gone, which keeps its names. */
  readonly placement: Placement | 'gone'
}

/**
 * What brokers are not to keep of a device any more: topics of rules that there are no more, those whose rule has told
 * the same on other topics, and those under a name that the device had. What a rule says nothing of, because no last
 * value is known, stays.
 */
export function outdated({ known, publications, rules, gone, ...names }: RenewedDevice): readonly TopicKey[] {
  const condemned = new Set(gone)
  const told = new Set(publications.map(keyOf))
  const tellings = new Set(publications.map(({ origin }) => origin && tellingOf(origin)))
  const isOutdated = (key: TopicKey, origin: Teller): boolean =>
    condemned.has(key) ||
    (origin.rule !== '' && !rules.has(origin.rule)) ||
    tellings.has(tellingOf(origin)) ||
    isUnderOldName(origin, names)
  return [...known].filter(([key, origin]) => !told.has(key) && isOutdated(key, origin)).map(([key]) => key)
}

/** A rule and what it tells of. */
function tellingOf({ rule, subject }: Teller): string {
  return `${rule}/${subject}`
}

function isUnderOldName(
  { rule, name }: Teller,
  { endpoint, placement }: Pick<RenewedDevice, 'endpoint' | 'placement'>,
): boolean {
  if (placement === 'gone' || rule === '' || name === '') return false
  const [file = ''] = rule.split('/', 1)
  return name !== (placement?.[file] ?? encodeTopicLevel(endpoint))
}
