/** Something that takes bytes from strangers. */
export interface FuzzTarget {
  readonly name: string
  /** Good inputs to mutate. */
  readonly seeds: readonly Uint8Array[]
  /**
   * Takes one input. A CodedError is a proper refusal; anything else that is thrown is a finding.
   */
  run(input: Uint8Array): void
  /**
   * A costly input of about `size` bytes, to see whether the cost grows faster than the input. Without it only the
   * seeds are grown, by repetition.
   */
  grow?(size: number): Uint8Array
}
