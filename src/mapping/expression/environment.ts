import { Environment } from '@marcbachmann/cel-js'
import type { Variable } from '../variables.ts'
import type { Budget } from './budget.ts'
import { charges } from './charging.ts'
import { ifMissing } from './default.ts'
import { functions } from './functions.ts'

/** Nobody writes longer ones by hand. They hold for what `charging` makes of an expression, too. */
const LIMITS = {
  maxAstNodes: 2500,
  maxDepth: 120,
  maxListElements: 256,
  maxMapEntries: 256,
  maxCallArguments: 8,
}

/**
 * Where expressions are parsed and checked: CEL with the functions of `functions.ts`, in which integers and floats
 * mix. Values of devices are floats in CEL's eyes, unless they are beyond 2^53.
 */
export function createEnvironment(budget: Budget): Environment {
  const environment = new Environment({
    homogeneousAggregateLiterals: false,
    enableOptionalTypes: true,
    limits: LIMITS,
  })
  mixNumbers(environment)
  for (const { signature, handler, description } of functions) {
    environment.registerFunction(signature, handler as (...values: unknown[]) => unknown, {
      description,
      async: false,
    })
  }
  chargeTo(budget, environment)
  environment.registerFunction('default(ast, dyn): dyn', ifMissing)
  return environment
}

function chargeTo(budget: Budget, environment: Environment): void {
  const inTime = { async: false }
  environment.registerFunction(
    `${charges.charge}(A): A`,
    (product: unknown) => budget.charge(product),
    inTime,
  )
  environment.registerFunction(
    `${charges.glance}(A): A`,
    (product: unknown) => budget.glance(product),
    inTime,
  )
  environment.registerFunction(
    `${charges.search}(A): A`,
    (product: unknown) => budget.search(product),
    inTime,
  )
  environment.registerFunction(
    `${charges.enter}(A, int): A`,
    (elements: unknown, steps: bigint) => budget.enter(elements, Number(steps)),
    inTime,
  )
}

/** @returns the same environment with more variables; the given one must not be changed any more */
export function withVariables(environment: Environment, variables: Iterable<Variable>): Environment {
  const wider = environment.clone()
  for (const { name, type } of variables) wider.registerVariable(name, type)
  return wider
}

const arithmetic: Readonly<Record<string, (one: number, other: number) => number>> = {
  '+': (one, other) => one + other,
  '-': (one, other) => one - other,
  '*': (one, other) => one * other,
  '/': (one, other) => one / other,
  '%': (one, other) => one % other,
}

function mixNumbers(environment: Environment): void {
  for (const [operator, work] of Object.entries(arithmetic)) {
    environment.registerOperator(`double ${operator} int: double`, (one: number, other: bigint) =>
      work(one, Number(other)),
    )
    environment.registerOperator(`int ${operator} double: double`, (one: bigint, other: number) =>
      work(Number(one), other),
    )
  }
  environment.registerOperator('double % double', arithmetic['%'] as (one: number, other: number) => number)
  environment.registerOperator(
    'double == int',
    (one: number, other: bigint) => Number.isInteger(one) && BigInt(one) === other,
  )
}
