import { type ErrorCode, errorCatalogue } from './error-codes.ts'

export type { ErrorCode } from './error-codes.ts'

/**
 * An error that a person can act on: `code` stands in docs/reference/errors.md with its cause and its fix,
 * `message` names the fault in this very case, and `place` says where (a path, a topic, `file:line:column`).
 */
export class CodedError extends Error {
  readonly code: ErrorCode
  readonly place: string | undefined

  constructor(
    code: ErrorCode,
    message: string,
    options: { place?: string | undefined; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'CodedError'
    this.code = code
    this.place = options.place
  }

  /** What to do about it, in a sentence. */
  get fix(): string {
    return errorCatalogue[this.code].fix
  }
}

/** The text of anything that was thrown. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
