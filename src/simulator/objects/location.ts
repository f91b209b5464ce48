import type { Clock } from '../../lib/clock.ts'
import type { SimulatedObject, World } from '../object.ts'

const LATITUDE = '/6/0/0'
const LONGITUDE = '/6/0/1'
const TIMESTAMP = '/6/0/5'

/** About eleven metres of latitude. */
const STEP_DEGREES = 0.0001
const DIGITS = 1e6

/** Location (object 6): a slow walk. */
export function location(clock: Clock): SimulatedObject {
  const now = Math.floor(clock.wall() / 1000)
  return {
    id: 6,
    instances: { 0: { 0: 52.520008, 1: 13.404954, 2: 34.5, 3: 5.0, 5: now, 6: 0.5 } },
    behaviour: (world) => ({
      tick: () => {
        walk(world, LATITUDE)
        walk(world, LONGITUDE)
        world.set(TIMESTAMP, Math.floor(world.clock.wall() / 1000))
      },
    }),
  }
}

function walk(world: World, path: string): void {
  const moved = Number(world.get(path)) + (world.random.integer(3) - 1) * STEP_DEGREES
  world.set(path, Math.round(moved * DIGITS) / DIGITS)
}
