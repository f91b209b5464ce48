import type { Observation, ObservationOrder } from '../coap/handler.ts'
import type { NewAttributes } from './command.ts'
import type { RegisteredDevice } from './device.ts'

/** How a path is observed. */
export interface ObservationTerms {
  /** Whether the policy asked for it, and not somebody by a command. */
  readonly isOfPolicy?: boolean | undefined
  /** Content-Format to ask for. */
  readonly accept?: number | undefined
  /** Attributes that ride in the request, from LwM2M 1.2. */
  readonly query?: readonly string[] | undefined
  /** What the policy wanted, whether the device took it or not; undefined where nobody wanted any. */
  readonly attributes?: NewAttributes | undefined
}

/** An observation that stands at a device. It belongs to the registration and its subject, not to the address. */
export interface ActiveObservation extends Observation {
  readonly token: Uint8Array
  readonly order: ObservationOrder
  readonly device: RegisteredDevice
  readonly path: string
  /** It was asked with them: a cancel repeats its options. */
  readonly terms: ObservationTerms
  /** Until it is ended, or another one stands in its place. */
  isStanding: boolean
}
