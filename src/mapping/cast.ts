import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts'
import type { ObjectModel } from '../lwm2m/model/model.ts'
import { ExampleDevice } from './example-device.ts'
import type { MappingState } from './state.ts'

/** A made-up device. */
export interface Actor {
  readonly device: ExampleDevice
  /** What the mapping keeps for it. */
  state: MappingState
  /** The mapping knows it. */
  isRegistered: boolean
}

/** A device of which something more was said. */
export interface Extended {
  readonly actor: Actor
  /** Whether its registration says anything else now. */
  readonly isChanged: boolean
}

/** The one that was made up first goes first. */
const MAX_DEVICES = 10_000
const DEFAULT_ENDPOINT = 'device-1'

/** The made-up devices of a rehearsal: each is there from the first word of it on. */
export class Cast {
  readonly #model: ObjectModel
  readonly #objects: JsonObject
  readonly #actors = new Map<string, Actor>()

  /** @param objects that every device has, by their ids */
  constructor(model: ObjectModel, objects: readonly (string | number)[]) {
    this.#model = model
    this.#objects = Object.fromEntries(objects.map((object) => [String(object), []]))
  }

  get size(): number {
    return this.#actors.size
  }

  /** In the order in which they were made up. */
  all(): Iterable<Actor> {
    return this.#actors.values()
  }

  /**
   * Makes a device up, or says more of it.
   * @param given `device` of an example; where it names no endpoint, the one device that there is
   * @param at milliseconds since the epoch
   */
  extend(given: JsonObject, paths: readonly string[], at: number): Extended {
    const endpoint = String(given.endpoint ?? this.#only ?? DEFAULT_ENDPOINT)
    const known = this.#actors.get(endpoint)
    if (known !== undefined)
      return { actor: known, isChanged: known.device.extend({ ...given, endpoint }, paths, at) }
    const objects = { ...this.#objects, ...deviceOf(given.objects) }
    const device = new ExampleDevice({ ...given, endpoint, objects }, paths, this.#model, at)
    const actor = { device, state: {}, isRegistered: false }
    this.#actors.set(endpoint, actor)
    const [oldest] = this.#actors.keys()
    if (this.#actors.size > MAX_DEVICES && oldest !== undefined) this.#actors.delete(oldest)
    return { actor, isChanged: true }
  }

  /** One of which nobody has spoken is none of them, and stays so. */
  actor(endpoint: string, at: number): Actor {
    return (
      this.#actors.get(endpoint) ?? { device: this.device(endpoint, [], at), state: {}, isRegistered: false }
    )
  }

  /** A device that nobody has spoken of is registered, and has told nothing. */
  device(endpoint: string, paths: readonly string[], at: number): ExampleDevice {
    const actor = this.#actors.get(endpoint)
    if (actor === undefined)
      return new ExampleDevice({ endpoint, objects: this.#objects }, paths, this.#model, at)
    actor.device.extend({}, paths, at)
    return actor.device
  }

  clear(): void {
    this.#actors.clear()
  }

  /** Where nobody says which device: the one that there is. */
  get #only(): string | undefined {
    const [endpoint] = this.#actors.keys()
    return this.#actors.size === 1 ? endpoint : undefined
  }
}

/** What an example says of a device, as far as it says anything. */
export function deviceOf(given: JsonValue | undefined): JsonObject {
  return isJsonObject(given) ? given : {}
}
