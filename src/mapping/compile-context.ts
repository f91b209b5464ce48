import type { Environment } from '@marcbachmann/cel-js'
import { Budget } from './expression/budget.ts'
import { createEnvironment, withVariables } from './expression/environment.ts'
import type { Problems } from './problem.ts'
import { TemplateCompiler } from './template/compiler.ts'
import { type Kind, variablesOf } from './variables.ts'

/** What the parts of one file are compiled with. */
export class CompileContext {
  /** Name of the mapping. */
  readonly mapping: string
  readonly problems: Problems
  readonly budget = new Budget()
  readonly #environment: Environment
  readonly #compilers = new Map<string, TemplateCompiler>()

  constructor(mapping: string, problems: Problems) {
    this.mapping = mapping
    this.problems = problems
    this.#environment = createEnvironment(this.budget)
  }

  /** For expressions that know what all of these kinds of events have in common. */
  templates(first: Kind, ...others: readonly Kind[]): TemplateCompiler {
    const key = [first, ...others].toSorted().join()
    const known = this.#compilers.get(key)
    if (known !== undefined) return known
    const environment = withVariables(this.#environment, variablesOf(first, ...others))
    const compiler = new TemplateCompiler(environment, this.budget, this.problems)
    this.#compilers.set(key, compiler)
    return compiler
  }
}
