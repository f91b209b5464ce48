import type { DeviceSnapshot } from './command.ts'
import type { EnablerVersion, RegisteredObject, Registration } from './fact.ts'
import { type TextMatch, TextMatcher } from './text-match.ts'

/** Which devices are meant: those for which all of this holds. */
export interface DeviceMatch {
  readonly endpoint?: TextMatch
  /** LwM2M version that the device registered with. */
  readonly version?: EnablerVersion
  /** Objects that the device has, all of them: ids, or with a version, `3_1.2`. */
  readonly objects?: readonly (number | string)[]
  /** /3/0/0 */
  readonly manufacturer?: TextMatch
  /** /3/0/1, the model number */
  readonly model?: TextMatch
  /** Parameters of the Register that LwM2M does not know. */
  readonly attributes?: Readonly<Record<string, TextMatch>>
}

const DEVICE_OBJECT = 3
const MANUFACTURER = '/3/0/0'
const MODEL = '/3/0/1'

/** A DeviceMatch, ready to be held against devices. */
export class DeviceMatcher {
  readonly #match: DeviceMatch
  readonly #endpoint: TextMatcher | undefined
  readonly #attributes: ReadonlyMap<string, TextMatcher>
  readonly #objects: readonly string[]
  /** What the device must have told of itself, by path. */
  readonly #values: ReadonlyMap<string, TextMatcher>

  constructor(match: DeviceMatch) {
    this.#match = match
    this.#endpoint = match.endpoint === undefined ? undefined : new TextMatcher(match.endpoint)
    const { attributes = {}, objects = [] } = match
    this.#attributes = new Map(
      Object.entries(attributes).map(([name, text]) => [name, new TextMatcher(text)]),
    )
    this.#objects = objects.map(String)
    const values = new Map<string, TextMatcher>()
    if (match.manufacturer !== undefined) values.set(MANUFACTURER, new TextMatcher(match.manufacturer))
    if (match.model !== undefined) values.set(MODEL, new TextMatcher(match.model))
    this.#values = values
  }

  /** Paths of the values that decide it; none where the registration does alone. */
  get paths(): readonly string[] {
    return [...this.#values.keys()]
  }

  /** Whether the device is meant, by all that is known of it. */
  matches(device: DeviceSnapshot): boolean {
    if (!this.#matchesRegistration(device)) return false
    for (const [path, text] of this.#values) {
      const value = device.values.value(path)?.value
      if (typeof value !== 'string' || !text.matches(value)) return false
    }
    return true
  }

  /** Paths of the values that decide whether this device is meant; none where its registration tells that it is not. */
  needed(device: DeviceSnapshot): string[] {
    if (this.#values.size === 0 || !this.#matchesRegistration(device)) return []
    const { objects = [] } = device.registration ?? {}
    const hasDeviceObject = objects.some(({ id, instances }) => id === DEVICE_OBJECT && instances.includes(0))
    return hasDeviceObject ? [...this.#values.keys()] : []
  }

  #matchesRegistration({ registration }: DeviceSnapshot): boolean {
    if (registration === undefined) return false
    const { version } = this.#match
    return (
      (this.#endpoint === undefined || this.#endpoint.matches(registration.endpoint)) &&
      (version === undefined || version === registration.version) &&
      this.#objects.every((wanted) => registration.objects.some((object) => isMeant(wanted, object))) &&
      this.#hasAttributes(registration)
    )
  }

  #hasAttributes({ attributes }: Registration): boolean {
    for (const [name, text] of this.#attributes) {
      if (!Object.hasOwn(attributes, name) || !text.matches(attributes[name] ?? '')) return false
    }
    return true
  }
}

/** @param wanted `3`, or `3_1.2` where one version is meant */
function isMeant(wanted: string, { id, version }: RegisteredObject): boolean {
  return wanted === String(id) || wanted === `${id}_${version}`
}
