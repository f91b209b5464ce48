import type { RegisteredDevice } from './device.ts'
import type { RegisteredObject } from './fact.ts'
import type { Observations } from './observations.ts'
import type { Value } from './value.ts'

/** What a plan of the policy was made from: as long as that is the same, so is the plan. */
export interface PlanBasis {
  readonly objects: readonly RegisteredObject[]
  /** Of what is observed (`Observations.changes`). */
  readonly changes: number
  /** The values that decide what is wanted. */
  readonly values: readonly (Value | undefined)[]
}

/** @param paths of the values that decide */
export function planBasis(
  device: RegisteredDevice,
  observations: Observations,
  paths: readonly string[],
): PlanBasis {
  const values = paths.map((path) => device.values.value(path)?.value)
  return { objects: device.registration.objects, changes: observations.changes(device), values }
}

export function isSameBasis(one: PlanBasis, other: PlanBasis): boolean {
  return (
    one.objects === other.objects &&
    one.changes === other.changes &&
    one.values.every((value, index) => value === other.values[index])
  )
}
