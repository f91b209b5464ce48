import type { DeviceSnapshot } from '../../lwm2m/command.ts'

const UNITS = 5701
/** Values and bounds, axes and set points of the IPSO objects: their unit stands beside them, in 5701. */
const MEASURED: ReadonlySet<number> = new Set([5601, 5602, 5603, 5604, 5700, 5702, 5703, 5704, 5900])

/** The unit that the device has told lately for what this instance measures; an empty text is none. */
export function unitBeside(
  device: DeviceSnapshot,
  object: number,
  instance: number,
  resource: number,
): string | undefined {
  if (!MEASURED.has(resource)) return undefined
  const unit = device.values.value(`/${object}/${instance}/${UNITS}`)?.value
  return typeof unit === 'string' && unit !== '' ? unit : undefined
}
