import { CodedError, type ErrorCode } from '../lib/errors.ts'

/** A request of a device that is answered with an error response; the device gets the code, people the reason. */
export class Refusal extends CodedError {
  /** CoAP code byte of the answer. */
  readonly response: number

  constructor(response: number, code: ErrorCode, message: string) {
    super(code, message)
    this.response = response
  }
}
