import type { Behaviour, SimulatedObject, World } from './object.ts'

/** What the objects of one device do, found by object id. */
export class Behaviours {
  readonly #byObject = new Map<number, Behaviour>()

  constructor(objects: readonly SimulatedObject[], world: World) {
    for (const { id, behaviour } of objects) {
      if (behaviour !== undefined) this.#byObject.set(id, behaviour(world))
    }
  }

  execute(path: string, parameters: ReadonlyMap<number, string>): string | undefined {
    return this.#of(path)?.execute?.(path, parameters)
  }

  written(path: string): void {
    this.#of(path)?.written?.(path)
  }

  tick(): void {
    for (const behaviour of this.#byObject.values()) behaviour.tick?.()
  }

  #of(path: string): Behaviour | undefined {
    return this.#byObject.get(Number(path.split('/', 2)[1]))
  }
}
