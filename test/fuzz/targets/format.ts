import { CodedError } from '../../../src/lib/errors.ts'
import type { DecodeContext } from '../../../src/lwm2m/format/codec.ts'
import { decodePayload } from '../../../src/lwm2m/format/formats.ts'
import { contextOf, contextOfType } from '../../vectors/context.ts'

/** What structured payloads are read as, with the model and without. */
export const TREES = [
  ...['/', '/2', '/3/0', '/9999/0'].map((base) => contextOf(base, { alternatePath: '/lwm2m' })),
  contextOf('/', { alternatePath: '/lwm2m', resource: () => undefined }),
]

/** What bare values are read as: one resource of each type. */
export const RESOURCES = (
  ['string', 'integer', 'unsigned', 'float', 'boolean', 'opaque', 'time', 'objlnk', 'corelnk'] as const
).map((type) => contextOfType('/9/0/0', type))

/** Reads an input in all the contexts; refused is what each of them refuses. */
export function decodeInAll(
  contentFormat: number,
  contexts: readonly DecodeContext[],
  input: Uint8Array,
): void {
  let accepted = 0
  let refusal: CodedError | undefined
  for (const context of contexts) {
    try {
      decodePayload(contentFormat, input, context)
      accepted++
    } catch (error) {
      if (!(error instanceof CodedError)) throw error
      refusal = error
    }
  }
  if (accepted === 0 && refusal !== undefined) throw refusal
}
