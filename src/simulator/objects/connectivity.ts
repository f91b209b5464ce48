import type { Behaviour, SimulatedObject, World } from '../object.ts'

const SIGNAL_STRENGTH = '/4/0/2'
const LTE_FDD = 6

/** Connectivity Monitoring (object 4): the signal strength wanders. */
export function connectivity(): SimulatedObject {
  return {
    id: 4,
    instances: {
      0: {
        0: LTE_FDD,
        1: new Map([[0, LTE_FDD]]),
        2: -78,
        3: 40,
        4: new Map([[0, '192.0.2.17']]),
        5: new Map([[0, '192.0.2.1']]),
      },
    },
    behaviour: connectivityBehaviour,
  }
}

function connectivityBehaviour(world: World): Behaviour {
  return { tick: () => world.set(SIGNAL_STRENGTH, -78 - world.random.integer(20)) }
}
