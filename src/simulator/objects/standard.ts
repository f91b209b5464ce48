import type { Clock } from '../../lib/clock.ts'
import type { SimulatedObject } from '../object.ts'
import { connectivity } from './connectivity.ts'
import { device } from './device.ts'
import { firmware } from './firmware.ts'
import { light } from './light.ts'
import { location } from './location.ts'
import { security } from './security.ts'
import { humidity, temperature } from './sensor.ts'
import { server } from './server.ts'
import { onOffSwitch } from './switch.ts'

/**
 * A small weather and light box: what a simulated device is made of unless it is told otherwise.
 * @param lifetime of the registration, in seconds
 */
export function standardObjects(clock: Clock, lifetime: number): SimulatedObject[] {
  return [
    security(),
    server(lifetime),
    device(clock),
    connectivity(),
    firmware(),
    location(clock),
    temperature(),
    humidity(),
    light(),
    onOffSwitch(),
  ]
}
