import type { Clock } from '../lib/clock.ts'
import type { DeviceSnapshot } from '../lwm2m/command.ts'
import type { FileInForce, Mapped, Mapping } from '../mapping/mapping.ts'
import { connectionOf } from '../mapping/mapping-id.ts'
import { changedFiles } from '../mapping/placement.ts'
import type { Publication } from '../mapping/publication.ts'
import { addressOf, type TopicKey } from '../mapping/retained-key.ts'
import { withoutLast } from '../mapping/rule/last-published.ts'
import { withoutParts } from '../mapping/rule/parts.ts'
import type { Telling } from './announcement.ts'
import { outdated } from './outdated.ts'
import { Placements } from './placements.ts'
import { type RetainedLedger, removal } from './retained-ledger.ts'
import type { States } from './states.ts'

export interface RenewalsOptions {
  /** The one that is in force now. */
  readonly mapping: () => Mapping
  readonly snapshot: (endpoint: string) => DeviceSnapshot
  readonly ledger: RetainedLedger
  readonly states: States
  readonly clock: Clock
  /** Keeps what the mapping gives back. */
  readonly keep: (endpoint: string, mapped: Mapped) => readonly Publication[]
}

/** Which part of a device's renewal is meant. */
interface Extent {
  /** Files that tell what holds. */
  readonly isMeant: (file: FileInForce) => boolean
  /** Topics that may be taken away. */
  readonly isHere: (key: TopicKey) => boolean
}

const NO_PUBLICATIONS: readonly Publication[] = []

/**
 * Brings what brokers keep of devices to what holds, where that is not what was told last: another mapping has taken
 * over, other files are for a device now or call it otherwise, or a part of it has vanished.
 */
export class Renewals {
  readonly #options: RenewalsOptions
  readonly #placements = new Placements()
  /** What moves have told: where any of it is lost, the device has not moved. */
  readonly #ofMoves = new WeakSet<Publication>()

  constructor(options: RenewalsOptions) {
    this.#options = options
  }

  /**
   * After another mapping has taken over: what holds for those that are registered, and what is outdated of whoever the
   * broker knows.
   * @param connection undefined for the main one
   */
  *all(endpoints: readonly string[], connection: string | undefined): Generator<Telling> {
    for (const endpoint of endpoints) yield () => this.#renewOver(connection, endpoint)
    for (const endpoint of this.#options.ledger.endpoints()) yield () => this.#clear(endpoint, connection)
  }

  /** The files that are for a device may be others now, or call it otherwise: then it is as at a reload, for this one. */
  move(endpoint: string): readonly Publication[] {
    const device = this.#options.snapshot(endpoint)
    if (device.registration === undefined) return NO_PUBLICATIONS
    const before = this.#placements.placeOf(endpoint)
    const now = this.#options.mapping().placement(endpoint, device)
    if (!this.#placements.move(endpoint, now)) return NO_PUBLICATIONS
    const files = changedFiles(before, now)
    const isMeant = ({ id }: FileInForce): boolean => files?.has(id) ?? true
    const moved = this.#renew(endpoint, device, { isMeant, isHere: () => true })
    for (const publication of moved) this.#ofMoves.add(publication)
    return moved
  }

  /** Something that was told of a device will not reach its broker. */
  lost(publication: Publication, endpoint: string): void {
    if (this.#ofMoves.has(publication)) this.#placements.doubt(endpoint)
  }

  /** A device has gone. Where it was is of interest as long as a broker keeps anything of it. */
  leave(endpoint: string): void {
    if (this.#options.ledger.topics(endpoint).size === 0) this.#placements.forget(endpoint)
  }

  /** A device is forgotten, with all that brokers keep of it. */
  forget(endpoint: string): readonly Publication[] {
    this.#placements.forget(endpoint)
    return this.remove(endpoint, [...this.#options.ledger.topics(endpoint).keys()])
  }

  /** Takes retained messages of a device away, and what is known of their parts. */
  remove(endpoint: string, keys: readonly TopicKey[]): readonly Publication[] {
    if (keys.length === 0) return NO_PUBLICATIONS
    const { ledger, states } = this.#options
    ledger.condemn(keys)
    states.set(endpoint, withoutParts(states.get(endpoint), new Set(keys)))
    return keys.map(removal)
  }

  /** Of a device that has gone by its turn, nothing is told. */
  #renewOver(connection: string | undefined, endpoint: string): readonly Publication[] {
    const device = this.#options.snapshot(endpoint)
    if (device.registration === undefined) return NO_PUBLICATIONS
    this.#placements.move(endpoint, this.#options.mapping().placement(endpoint, device))
    const isMeant = (file: FileInForce): boolean => file.connection === connection
    return this.#renew(endpoint, device, { isMeant, isHere: isOver(connection) })
  }

  /** Takes away what rules that there are no more have told of a device that has gone. */
  #clear(endpoint: string, connection: string | undefined): readonly Publication[] {
    const { mapping, snapshot, ledger } = this.#options
    const device = snapshot(endpoint)
    if (device.registration !== undefined) return NO_PUBLICATIONS
    const known = ledger.topics(endpoint)
    const rules = mapping().rules(device)
    const nothing = { publications: [], gone: [], placement: 'gone' } as const
    const keys = outdated({ endpoint, known, rules, ...nothing })
    return this.remove(endpoint, keys.filter(isOver(connection)))
  }

  /** What filters know of the old mapping, or the old name, does not hold any more. */
  #renew(endpoint: string, device: DeviceSnapshot, { isMeant, isHere }: Extent): readonly Publication[] {
    const { ledger, states, clock, keep } = this.#options
    const mapping = this.#options.mapping()
    const isOfMeant = (id: string): boolean => isMeant({ id, connection: connectionOf(id) })
    const known = ledger.topics(endpoint)
    const state = withoutLast(states.get(endpoint), isOfMeant)
    const publications = keep(endpoint, mapping.renew(device, clock.wall(), state, isMeant))
    const rules = mapping.rules(device)
    const gone = device.registration === undefined ? [] : ledger.outdated(device.registration)
    const placement = mapping.placement(endpoint, device)
    const keys = outdated({ endpoint, known, publications, rules, gone, placement })
    return [...publications, ...this.remove(endpoint, keys.filter(isHere))]
  }
}

function isOver(connection: string | undefined): (key: TopicKey) => boolean {
  return (key) => addressOf(key).connection === connection
}
