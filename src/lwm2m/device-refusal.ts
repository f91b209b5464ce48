import { CodedError } from '../lib/errors.ts'

/** The device answered with an error response; it is passed on unchanged. */
export class DeviceRefusal extends CodedError {
  /** In the form 4.04. */
  readonly response: string

  constructor(response: string) {
    super('device_refused', `the device answered ${response}`)
    this.response = response
  }
}
