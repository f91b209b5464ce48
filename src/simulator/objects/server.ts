import type { Behaviour, SimulatedObject, World } from '../object.ts'

const LIFETIME = '/1/0/1'
const UPDATE_TRIGGER = '/1/0/8'

/** LwM2M Server (object 1): the lifetime is the registration's, and an Update can be asked for. */
export function server(lifetime: number): SimulatedObject {
  return {
    id: 1,
    instances: { 0: { 0: 1, 1: lifetime, 2: 0, 3: 60, 6: true, 7: 'U' } },
    behaviour: serverBehaviour,
  }
}

function serverBehaviour(world: World): Behaviour {
  return {
    execute(path) {
      if (path === UPDATE_TRIGGER) world.update()
      return undefined
    },
    written(path) {
      if (path === LIFETIME) world.changeLifetime(Number(world.get(LIFETIME)))
    },
  }
}
