import type { Behaviour, SimulatedObject, World } from '../object.ts'

/** A sensor of the IPSO kind: a float that wanders between two bounds. */
interface SensorOptions {
  readonly id: number
  readonly value: number
  readonly unit: string
  /** Bounds of the values, as 5603 and 5604 tell. */
  readonly least: number
  readonly most: number
  /** The largest change in one interval. */
  readonly step: number
}

/** IPSO Temperature (object 3303). */
export function temperature(): SimulatedObject {
  return sensor({ id: 3303, value: 21.5, unit: 'Cel', least: -20, most: 60, step: 0.5 })
}

/** IPSO Humidity (object 3304). */
export function humidity(): SimulatedObject {
  return sensor({ id: 3304, value: 45, unit: '%RH', least: 0, most: 100, step: 1.5 })
}

function sensor(options: SensorOptions): SimulatedObject {
  const { id, value, unit, least, most } = options
  return {
    id,
    version: '1.1',
    instances: { 0: { 5601: value, 5602: value, 5603: least, 5604: most, 5700: value, 5701: unit } },
    behaviour: (world) => new Sensor(world, options),
  }
}

class Sensor implements Behaviour {
  readonly #world: World
  readonly #options: SensorOptions
  readonly #value: string
  readonly #lowest: string
  readonly #highest: string
  readonly #reset: string

  constructor(world: World, options: SensorOptions) {
    const base = `/${options.id}/0`
    this.#world = world
    this.#options = options
    this.#value = `${base}/5700`
    this.#lowest = `${base}/5601`
    this.#highest = `${base}/5602`
    this.#reset = `${base}/5605`
  }

  /** Resets the lowest and highest measured value. */
  execute(path: string): undefined {
    if (path !== this.#reset) return
    const value = this.#read(this.#value)
    this.#world.set(this.#lowest, value)
    this.#world.set(this.#highest, value)
  }

  tick(): void {
    const value = this.#next()
    this.#world.set(this.#value, value)
    if (value < this.#read(this.#lowest)) this.#world.set(this.#lowest, value)
    if (value > this.#read(this.#highest)) this.#world.set(this.#highest, value)
  }

  /** Never the value before, so that each interval has something to tell. */
  #next(): number {
    const { least, most, step } = this.#options
    const size = (step * (1 + this.#world.random.integer(10))) / 10
    const up = this.#world.random.integer(2) === 1
    const value = this.#read(this.#value)
    const moved = value + (up ? size : -size)
    const bounded = moved > most || moved < least ? value + (up ? -size : size) : moved
    return Math.round(bounded * 100) / 100
  }

  #read(path: string): number {
    return Number(this.#world.get(path))
  }
}
