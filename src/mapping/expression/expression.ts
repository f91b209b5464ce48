import { type Environment, EvaluationError, ParseError, type ParseResult } from '@marcbachmann/cel-js'
import { CodedError, reasonOf } from '../../lib/errors.ts'
import { charging } from './charging.ts'
import { isMissing } from './default.ts'
import { type Objection, objectionsTo, referenceOf } from './guard.ts'
import { mismatchIn, typeWords } from './mismatch.ts'
import { parserWords, slipIn } from './slip.ts'

/** The variables of one event. Properties may be worked out when they are asked for. */
export type Scope = object

/** A compiled expression. */
export interface Expression {
  /** Type that CEL has found: `string`, `bool`, `dyn`, ... */
  readonly type: string
  /**
   * @returns undefined where something that it asks for is not there
   * @throws CodedError `mapping_failed` for everything else that goes wrong, `mapping_budget`
   */
  evaluate(scope: Scope): unknown
}

/** What is wrong with an expression. */
export class ExpressionError extends Error {
  /** Offset in the expression. */
  readonly start: number

  /** The name that was probably meant. */
  readonly suggestion: string | undefined

  constructor({ message, start }: Objection, suggestion?: string) {
    super(message)
    this.name = 'ExpressionError'
    this.start = start
    this.suggestion = suggestion
  }
}

/**
 * Parses and checks an expression.
 * @throws ExpressionError
 */
export function compileExpression(source: string, environment: Environment): Expression {
  const parsed = parse(source, environment)
  const [objection] = objectionsTo(parsed)
  if (objection !== undefined) throw new ExpressionError(objection)
  const plain = parsed.check()
  const charged = parse(charging(source, parsed, plain.type ?? 'dyn'), environment)
  const { type = 'dyn', valid, error } = charged.check()
  if (!valid) {
    const summary = summaryOf(plain.error ?? error)
    if (plain.error === undefined) throw new ExpressionError({ message: summary, start: 0 })
    const mismatch = mismatchIn(plain.error, summary, environment)
    throw new ExpressionError(mismatch, mismatch.suggestion)
  }
  if (type.startsWith('optional'))
    throw new ExpressionError({ message: 'an optional value needs .orValue(...) behind it', start: 0 })
  const names = referenceOf(parsed)
  if (names !== undefined && names.length <= 3) return new Reference(names, type)
  return new Calculation(source, type, charged)
}

function parse(source: string, environment: Environment): ParseResult {
  try {
    return environment.parse(source)
  } catch (error) {
    const start = error instanceof ParseError ? (error.range?.start ?? 0) : 0
    const slip = slipIn(source)
    if (slip !== undefined) throw new ExpressionError(slip, slip.suggestion)
    throw new ExpressionError({ message: parserWords(summaryOf(error), source, start), start })
  }
}

/** Without the excerpt that the library's messages carry: the place is told with the file's. */
function summaryOf(error: unknown): string {
  const summary = (error as { readonly summary?: unknown } | undefined)?.summary
  return typeof summary === 'string' ? summary : (reasonOf(error).split('\n')[0] ?? '')
}

/** `value`, `registration.attributes.room`: by far the most frequent expressions, read without CEL. */
class Reference implements Expression {
  readonly type: string
  readonly #name: string
  readonly #fields: readonly string[]

  constructor([name = '', ...fields]: readonly string[], type: string) {
    this.#name = name
    this.#fields = fields
    this.type = type
  }

  evaluate(scope: Scope): unknown {
    let value: unknown = (scope as Readonly<Record<string, unknown>>)[this.#name]
    for (const field of this.#fields) {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
      value = value instanceof Map ? value.get(field) : ownOf(value, field)
    }
    return value
  }
}

function ownOf(value: object, field: string): unknown {
  return Object.hasOwn(value, field) ? (value as Readonly<Record<string, unknown>>)[field] : undefined
}

class Calculation implements Expression {
  readonly type: string
  readonly #source: string
  readonly #run: ParseResult

  constructor(source: string, type: string, run: ParseResult) {
    this.#source = source
    this.type = type
    this.#run = run
  }

  evaluate(scope: Scope): unknown {
    try {
      return this.#run(scope)
    } catch (error) {
      if (isMissing(error)) return undefined
      if (error instanceof CodedError) throw error
      const reason = error instanceof EvaluationError ? typeWords(summaryOf(error)) : reasonOf(error)
      throw new CodedError('mapping_failed', `${this.#source}: ${reason}`, { cause: error })
    }
  }
}
