import type { Environment } from '@marcbachmann/cel-js'
import { Budget } from '../../../../src/mapping/expression/budget.ts'
import { createEnvironment, withVariables } from '../../../../src/mapping/expression/environment.ts'
import { compileExpression, type Expression } from '../../../../src/mapping/expression/expression.ts'
import type { Variable } from '../../../../src/mapping/variables.ts'

const types = {
  any: 'dyn',
  payload: 'dyn',
  other: 'dyn',
  float: 'double',
  text: 'string',
  items: 'list',
  table: 'map',
  flag: 'bool',
}

export const variables = Object.entries(types).map(
  ([name, type]) => ({ name, type, description: '' }) as Variable,
)

/** An environment with a variable of each type, and its budget. */
export class ExpressionRig {
  readonly budget = new Budget()
  readonly environment: Environment = withVariables(createEnvironment(this.budget), variables)

  compile(source: string): Expression {
    return compileExpression(source, this.environment)
  }

  evaluate(source: string, scope: object = {}): unknown {
    return this.compile(source).evaluate(scope)
  }

  /** Steps that an evaluation takes. */
  stepsOf(source: string, scope: object): number {
    const expression = this.compile(source)
    this.budget.refill()
    const before = this.budget.left
    expression.evaluate(scope)
    return before - this.budget.left
  }
}
