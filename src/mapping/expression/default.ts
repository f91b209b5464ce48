import { EvaluationError } from '@marcbachmann/cel-js'

/** What CEL gives a macro, as far as it is used here: `default(EXPRESSION, FALLBACK)`. */
interface Runner {
  run(node: unknown, context: unknown): unknown
}
interface Checker {
  check(node: unknown, context: unknown): unknown
  getType(name: string): unknown
}

/** What an evaluation says when a key, an element or the value of a variable is not there. */
const MISSING: ReadonlySet<string> = new Set([
  'no_such_key',
  'index_out_of_bounds',
  'unknown_variable',
  'optional_value_missing',
])

/** Whether an expression failed only because something that it asked for is not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof EvaluationError && MISSING.has(error.code)
}

/** The macro `default(EXPRESSION, FALLBACK)`: the fallback where the expression gives null or finds nothing. */
export function ifMissing({ args }: { args: readonly [unknown, unknown] }): object {
  const [expression, fallback] = args
  return {
    typeCheck(checker: Checker, _macro: unknown, context: unknown): unknown {
      checker.check(expression, context)
      checker.check(fallback, context)
      return checker.getType('dyn')
    },
    evaluate(runner: Runner, _macro: unknown, context: unknown): unknown {
      try {
        return runner.run(expression, context) ?? runner.run(fallback, context)
      } catch (error) {
        if (!isMissing(error)) throw error
        return runner.run(fallback, context)
      }
    },
  }
}
