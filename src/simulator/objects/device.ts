import type { Clock } from '../../lib/clock.ts'
import type { Behaviour, SimulatedObject, World } from '../object.ts'

const REBOOT = '/3/0/4'
const FACTORY_RESET = '/3/0/5'
const BATTERY_LEVEL = '/3/0/9'
const MEMORY_FREE = '/3/0/10'
const ERROR_CODE = '/3/0/11'
const RESET_ERROR_CODE = '/3/0/12'
const CURRENT_TIME = '/3/0/13'
const UTC_OFFSET = '/3/0/14'
const TIMEZONE = '/3/0/15'

const INTERNAL_BATTERY = 1
const USB = 5
const NO_ERROR = 0
const MEMORY_TOTAL = 128
const UTC = { 14: '+00:00', 15: 'Etc/UTC' }

const seconds = (clock: Clock) => Math.floor(clock.wall() / 1000)

/** Device (object 3). The battery drains and is charged again; the clock runs, and can be set. */
export function device(clock: Clock): SimulatedObject {
  return {
    id: 3,
    instances: {
      0: {
        0: 'Open Mobile Simulations',
        1: 'Weather Box',
        2: 'SIM-0001',
        3: '1.0.0',
        6: new Map([
          [0, INTERNAL_BATTERY],
          [1, USB],
        ]),
        7: new Map([
          [0, 3800],
          [1, 5000],
        ]),
        8: new Map([
          [0, 125],
          [1, 900],
        ]),
        9: 100,
        10: 64,
        11: new Map([[0, NO_ERROR]]),
        13: () => seconds(clock),
        ...UTC,
        16: 'U',
        17: 'simulator',
        18: '1.0',
        19: '1.0.0',
        20: 0,
        21: MEMORY_TOTAL,
      },
    },
    behaviour: deviceBehaviour,
  }
}

function deviceBehaviour(world: World): Behaviour {
  return {
    execute: (path) => execute(world, path),
    written: (path) => {
      if (path === CURRENT_TIME) setClock(world)
    },
    tick: () => {
      const level = Number(world.get(BATTERY_LEVEL))
      world.set(BATTERY_LEVEL, level > 5 ? level - 1 : 100)
      world.set(MEMORY_FREE, 48 + world.random.integer(32))
    },
  }
}

function execute(world: World, path: string): undefined {
  if (path === REBOOT) world.reboot()
  else if (path === FACTORY_RESET) factoryReset(world)
  else if (path === RESET_ERROR_CODE) world.set(ERROR_CODE, new Map([[0, NO_ERROR]]))
}

function factoryReset(world: World): void {
  world.set(UTC_OFFSET, UTC[14])
  world.set(TIMEZONE, UTC[15])
  world.reboot()
}

/** The written time goes on from where it was set. */
function setClock(world: World): void {
  const ahead = Number(world.get(CURRENT_TIME)) - seconds(world.clock)
  world.set(CURRENT_TIME, () => seconds(world.clock) + ahead)
}
