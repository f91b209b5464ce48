import type { ResourceFacts } from '../model/model.ts'
import type { Sample } from '../value.ts'

/** What a decoder must know besides the bytes. */
export interface DecodeContext {
  /** Path text of the request or observation that the payload answers; `/` for a composite. */
  readonly base: string
  /** The model's facts of a resource in the version that the device registered; undefined: pass through by path. */
  resource(object: number, resource: number): ResourceFacts | undefined
  /** Instances of an object that the device registered; absent where nothing is known of them. */
  instances?(object: number): readonly number[]
  /** Path below which the device's tree lies, `/` for the root; it may show inside SenML names. */
  readonly alternatePath: string
  /** Milliseconds since the epoch, for relative SenML times. */
  readonly now: number
}

/**
 * One payload format between bytes and samples.
 */
export interface Codec {
  /** CoAP Content-Format id. */
  readonly contentFormat: number
  /** As people call it. */
  readonly name: string
  /**
   * Values in the payload's order. Ids and types that the model does not know pass through with the type that the
   * payload gives.
   * @throws CodedError `payload_malformed` for bytes that are not of this format, `payload_type` for a value that
   *   does not fit the resource's type, each with the place inside the payload
   */
  decode(payload: Uint8Array, context: DecodeContext): Sample[]
  /**
   * Bytes of a write to `base` (path text of an object, instance, resource or resource instance); all samples lie
   * within it.
   * @throws CodedError `payload_unsupported` where the format cannot hold it (several values in text/plain)
   */
  encode(samples: readonly Sample[], base: string): Uint8Array
}
