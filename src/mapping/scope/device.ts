import type { JsonValue } from '../../lib/json.ts'
import type { DeviceSnapshot } from '../../lwm2m/command.ts'
import type { Registration } from '../../lwm2m/fact.ts'
import { INSTANCES } from '../expression/budget.ts'
import { camel } from '../expression/functions.ts'
import { seen } from '../expression/seen.ts'
import { jsonOfValue } from '../value-json.ts'
import { EventScope, type Occasion, type Surroundings } from './event.ts'
import { kept } from './kept.ts'
import { unitBeside } from './unit.ts'

/** A device as a mapping file sees it. */
export interface KnownDevice {
  readonly endpoint: string
  /** How the file names it in topics: one level. */
  readonly name: string
  readonly snapshot: DeviceSnapshot
}

/** A resource that the device registered, as the object model describes it. */
interface KnownResource {
  /** `3303/5700` */
  readonly id: string
  readonly path: string
  readonly object: number
  readonly instance: number
  readonly resource: number
  readonly name: string
  readonly objectName: string
  readonly valueType: string
  /** The one that the device told last, with a value or beside it; else that of the object model. */
  readonly unit: string | null
  readonly readable: boolean
  readonly writable: boolean
  readonly executable: boolean
  readonly multiple: boolean
  readonly mandatory: boolean
  /** Whether the device has told a value. */
  readonly known: boolean
}

/** Names by which a person reads values: by object, by instance where there may be several, by resource. */
type Names = { [name: string]: JsonValue | Names }

/** The variables of an event of a device. */
export class DeviceScope extends EventScope {
  readonly endpoint: string
  readonly device: string
  protected readonly snapshot: DeviceSnapshot

  constructor(surroundings: Surroundings, occasion: Occasion, { endpoint, name, snapshot }: KnownDevice) {
    super(surroundings, occasion)
    this.endpoint = endpoint
    this.device = name
    this.snapshot = snapshot
  }

  get registration(): Registration | null {
    const { registration } = this.snapshot
    if (registration === undefined) return null
    const attributes = seen(registration.attributes)
    return attributes === registration.attributes
      ? registration
      : kept(this, 'registration', { ...registration, attributes })
  }

  get values(): Map<string, JsonValue> {
    return kept(this, 'values', valuesOf(this.snapshot))
  }

  get times(): Map<string, number> {
    return kept(this, 'times', timesOf(this.snapshot))
  }

  get resources(): KnownResource[] {
    return kept(this, 'resources', this.#resources())
  }

  get names(): Names {
    return kept(this, 'names', seen(this.#names()))
  }

  get [INSTANCES](): number {
    const { objects = [] } = this.snapshot.registration ?? {}
    return objects.reduce((count, { instances }) => count + instances.length, 0)
  }

  #resources(): KnownResource[] {
    const { registration } = this.snapshot
    return (registration?.objects ?? []).flatMap(({ id, instances }) =>
      instances.flatMap((instance) => this.#resourcesOf(id, instance)),
    )
  }

  #names(): Names {
    const names: Names = {}
    for (const [path, { value }] of [...this.snapshot.values].toSorted(byPath)) {
      const [object = '', instance = '', resource = '', inner] = path.slice(1).split('/')
      const facts = this.snapshot.object(Number(object))
      const known = facts?.resources.get(Number(resource))
      if (facts === undefined || known === undefined) continue
      let group = groupIn(names, camel(facts.name))
      if (facts.multiple) group = groupIn(group, instance)
      if (inner === undefined) group[camel(known.name)] = jsonOfValue(value)
      else groupIn(group, camel(known.name))[inner] = jsonOfValue(value)
    }
    return names
  }

  #resourcesOf(object: number, instance: number): KnownResource[] {
    const facts = this.snapshot.object(object)
    if (facts === undefined) return []
    return [...facts.resources.values()].map(({ id, type, name, unit: usual, range: _, ...others }) => {
      const path = `/${object}/${instance}/${id}`
      const last = this.snapshot.values.value(path)
      const unit = last?.unit ?? unitBeside(this.snapshot, object, instance, id) ?? usual
      return {
        id: `${object}/${id}`,
        ...{ path, object, instance, resource: id, name, objectName: facts.name, valueType: type },
        unit: unit === undefined ? null : (this.surroundings.units.get(unit)?.unit ?? unit),
        ...others,
        known: last !== undefined,
      }
    })
  }
}

function valuesOf(device: DeviceSnapshot): Map<string, JsonValue> {
  const values = new Map<string, JsonValue>()
  for (const [path, { value }] of device.values) values.set(path, jsonOfValue(value))
  return values
}

function timesOf(device: DeviceSnapshot): Map<string, number> {
  const times = new Map<string, number>()
  for (const [path, { time }] of device.values) times.set(path, time)
  return times
}

/** The same document in the same order, whichever value came last. */
function byPath([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  const [left, right] = [one.slice(1).split('/'), other.slice(1).split('/')]
  for (let depth = 0; depth < Math.max(left.length, right.length); depth++) {
    const difference = Number(left[depth] ?? -1) - Number(right[depth] ?? -1)
    if (difference !== 0) return difference
  }
  return 0
}

function groupIn(names: Names, name: string): Names {
  const known = names[name]
  if (typeof known === 'object' && known !== null && !Array.isArray(known)) return known as Names
  const group: Names = {}
  names[name] = group
  return group
}

/** The variables of `registered` and its kin. */
export class LifecycleScope extends DeviceScope {
  readonly predecessor: string | null

  constructor(surroundings: Surroundings, occasion: Occasion, device: KnownDevice, predecessor?: string) {
    super(surroundings, occasion, device)
    this.predecessor = predecessor ?? null
  }
}

export interface Presence {
  readonly state: 'awake' | 'sleeping' | 'offline'
  /** Milliseconds since the epoch. */
  readonly since: number
  readonly reason: string
}

/** The variables of `presence` and `connected`. */
export class PresenceScope extends DeviceScope {
  readonly state: string
  readonly since: number
  readonly reason: string

  constructor(surroundings: Surroundings, occasion: Occasion, device: KnownDevice, presence: Presence) {
    super(surroundings, occasion, device)
    this.state = presence.state
    this.since = presence.since
    this.reason = presence.reason
  }
}

/** What happened on a path, or failed there. */
export interface Incident {
  readonly path?: string
  readonly code?: string
  readonly reason?: string
  readonly contentFormat?: number | undefined
  readonly payload?: Uint8Array
}

/** The variables of `observed`, `undecodable` and their kin. */
export class IncidentScope extends DeviceScope {
  readonly path: string | null
  readonly code: string | null
  readonly reason: string | null
  readonly contentFormat: number | null
  readonly undecoded: Uint8Array | null

  constructor(surroundings: Surroundings, occasion: Occasion, device: KnownDevice, incident: Incident) {
    super(surroundings, occasion, device)
    this.path = incident.path ?? null
    this.code = incident.code ?? null
    this.reason = incident.reason ?? null
    this.contentFormat = incident.contentFormat ?? null
    this.undecoded = incident.payload ?? null
  }
}

/** Who was refused, or what else is wrong with no device to tell it of. */
export interface Stranger {
  readonly endpoint?: string | undefined
  readonly address?: string
  readonly code?: string
  readonly reason?: string
  readonly count?: number
  readonly details?: JsonValue
}

/** The variables of `refused` and of what else concerns no known device. */
export class StrangerScope extends EventScope {
  readonly endpoint: string | null
  readonly address: string | null
  readonly code: string | null
  readonly reason: string | null
  readonly count: number | null
  readonly details: JsonValue

  constructor(surroundings: Surroundings, occasion: Occasion, stranger: Stranger) {
    super(surroundings, occasion)
    this.endpoint = stranger.endpoint ?? null
    this.address = stranger.address ?? null
    this.code = stranger.code ?? null
    this.reason = stranger.reason ?? null
    this.count = stranger.count ?? null
    this.details = seen(stranger.details ?? null)
  }
}
