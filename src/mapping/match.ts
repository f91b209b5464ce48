import type { DeviceSnapshot } from '../lwm2m/command.ts'

/** `match` of a file: which devices it is for. */
export interface MatchDocument {
  readonly endpoint?: string | readonly string[]
  readonly objects?: readonly (number | string)[]
  readonly version?: '1.0' | '1.1' | '1.2'
  readonly manufacturer?: string | readonly string[]
  readonly model?: string | readonly string[]
  readonly attributes?: Readonly<Record<string, string>>
}

/** Port: whether a device is meant. The LwM2M server has the same question for its observation policy. */
export interface DeviceFilter {
  /** Paths of the values that decide it, besides the registration. */
  readonly paths: readonly string[]
  matches(device: DeviceSnapshot): boolean
}

export type DeviceFilterOf = (match: MatchDocument) => DeviceFilter
