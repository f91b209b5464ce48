import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import type { ObjectFacts } from '../lwm2m/model/model.ts'
import type { Value } from '../lwm2m/value.ts'

/** A value, or one that is worked out anew at each read and never notified by itself: a clock, a free memory. */
export type Cell = Value | (() => Value)

/** What a resource holds; a multiple resource holds a map from resource instance ids. */
export type Content = Cell | ReadonlyMap<number, Cell>

/** An object of a simulated device as it is when the device leaves the factory. */
export interface SimulatedObject {
  readonly id: number
  /** The enabler's for an object of the LwM2M core, else 1.0, when absent. */
  readonly version?: string
  /** Its definition; the model's when absent. */
  readonly facts?: ObjectFacts
  /** Instance id -> resource id -> content. */
  readonly instances: Readonly<Record<number, Readonly<Record<number, Content>>>>
  /** What it does besides holding values. */
  readonly behaviour?: (world: World) => Behaviour
}

export interface Behaviour {
  /** Called before an Execute is answered; a CoAP code refuses it. `path` is the resource's. */
  execute?(path: string, parameters: ReadonlyMap<number, string>): string | undefined
  /** The server wrote this resource; its new value is in place. */
  written?(path: string): void
  /** The device's interval has passed. */
  tick?(): void
}

/** What a behaviour can do to the device that it lives in. */
export interface World {
  readonly clock: Clock
  readonly random: Random
  get(path: string): Value | undefined
  /** Observers are told. */
  set(path: string, content: Content): void
  /** Calls `action` after so many milliseconds, unless the device stops before. */
  after(name: string, milliseconds: number, action: () => void): void
  /** The device loses its observations and registers anew. */
  reboot(): void
  /** Sends an Update. */
  update(): void
  /** Changes the registration's lifetime (seconds) and sends an Update. */
  changeLifetime(seconds: number): void
}
