/** CoAP requests and responses as the simulated device sees them, without sockets, ids and options. */

export interface Request {
  /** `0.01` GET, `0.02` POST, `0.03` PUT, `0.04` DELETE, `0.05` FETCH. */
  readonly code: string
  /** `/3/0/9`, `/` for the root. */
  readonly path: string
  /** One entry a Uri-Query option. */
  readonly query: readonly string[]
  readonly accept?: number
  readonly contentFormat?: number
  readonly payload: Uint8Array
}

export interface Response {
  /** `2.05`, `4.04`. */
  readonly code: string
  readonly contentFormat?: number
  readonly payload?: Uint8Array
  /** Segments of Location-Path. */
  readonly location?: readonly string[]
}

/** Ends an operation with an error code; the tree turns it into the response. */
export class Refusal extends Error {
  readonly code: string

  constructor(code: string, reason: string) {
    super(reason)
    this.name = 'Refusal'
    this.code = code
  }
}
