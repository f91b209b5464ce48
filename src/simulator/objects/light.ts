import type { Behaviour, SimulatedObject, World } from '../object.ts'

const ON_OFF = '/3311/0/5850'
const ON_TIME = '/3311/0/5852'

/** IPSO Light Control (object 3311): on and off, a dimmer, and how long it has been on. */
export function light(): SimulatedObject {
  return {
    id: 3311,
    instances: { 0: { 5850: false, 5851: 100, 5852: 0 } },
    behaviour: (world) => new Light(world),
  }
}

class Light implements Behaviour {
  readonly #world: World
  /** On the clock; undefined while it is off. */
  #since: number | undefined

  constructor(world: World) {
    this.#world = world
  }

  written(path: string): void {
    if (path === ON_OFF) this.#switch(this.#world.get(ON_OFF) === true)
    else if (path === ON_TIME) this.#restart()
  }

  tick(): void {
    this.#count()
  }

  #switch(on: boolean): void {
    this.#count()
    this.#since = on ? (this.#since ?? this.#world.clock.now()) : undefined
  }

  /** The server may set the on time, to zero usually. */
  #restart(): void {
    if (this.#since !== undefined) this.#since = this.#world.clock.now()
  }

  #count(): void {
    if (this.#since === undefined) return
    const passed = Math.floor((this.#world.clock.now() - this.#since) / 1000)
    if (passed === 0) return
    this.#since += passed * 1000
    this.#world.set(ON_TIME, Number(this.#world.get(ON_TIME)) + passed)
  }
}
