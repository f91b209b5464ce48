import type { Observation, ObservationOrder } from '../coap/handler.ts'
import { bytesKey, keyBytes } from '../lib/bytes.ts'
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

/** An observation of a device. It belongs to the registration and its subject, not to the address. */
export class ActiveObservation implements Observation {
  /** Its token as a Map has it: bytes of its own would be larger than all the rest. */
  readonly key: string
  readonly order: ObservationOrder = { sequence: undefined, at: 0 }
  readonly device: RegisteredDevice
  readonly path: string
  /** It was asked with them: a cancel repeats its options. */
  readonly terms: ObservationTerms
  /** Whether it stands: until it is ended, or another one stands in its place. */
  isStanding = false

  constructor(device: RegisteredDevice, path: string, token: Uint8Array, terms: ObservationTerms) {
    this.device = device
    this.path = path
    this.key = bytesKey(token)
    this.terms = terms
  }

  get token(): Uint8Array {
    return keyBytes(this.key)
  }
}
