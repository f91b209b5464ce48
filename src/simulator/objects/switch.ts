import type { Behaviour, SimulatedObject, World } from '../object.ts'

const STATE = '/3342/0/5500'
const COUNTER = '/3342/0/5501'
/** One interval in so many sees the switch pressed. */
const PRESSED_ONE_IN = 4

/** IPSO On/Off Switch (object 3342): somebody presses it now and then. */
export function onOffSwitch(): SimulatedObject {
  return {
    id: 3342,
    instances: { 0: { 5500: false, 5501: 0 } },
    behaviour: switchBehaviour,
  }
}

function switchBehaviour(world: World): Behaviour {
  return {
    tick: () => {
      if (world.random.integer(PRESSED_ONE_IN) !== 0) return
      world.set(STATE, world.get(STATE) !== true)
      world.set(COUNTER, Number(world.get(COUNTER)) + 1)
    },
  }
}
