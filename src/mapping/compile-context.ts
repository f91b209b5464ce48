import type { Environment } from '@marcbachmann/cel-js'
import { Budget } from './expression/budget.ts'
import { createEnvironment, withVariables } from './expression/environment.ts'
import { fieldsOf } from './expression/guard.ts'
import { mappingId } from './mapping-id.ts'
import type { KeyPath, Problems } from './problem.ts'
import { RuleKeys } from './rule/rule-key.ts'
import { TemplateCompiler } from './template/compiler.ts'
import { type Kind, variablesOf } from './variables.ts'

/**
 * Puts what is known beforehand into a topic filter: `${base}`, `${gateway.topic}`.
 * @param path where it stands: faults go there
 * @returns undefined for a text with a fault
 */
export type TopicResolver = (text: string, path: KeyPath) => string | undefined

/** What the parts of one file are compiled with. */
export class CompileContext {
  /** Tells the mapping from others (`mapping-id.ts`). */
  readonly mapping: string
  /** The broker connection that it speaks over; undefined for the main one. */
  readonly connection: string | undefined
  readonly problems: Problems
  readonly budget = new Budget()
  readonly keys = new RuleKeys()
  readonly #environment: Environment
  readonly #tables: readonly string[]
  readonly #compilers = new Map<string, TemplateCompiler>()

  /**
   * @param name of the mapping
   * @param tables names of the tables that there are
   */
  constructor(name: string, problems: Problems, tables: readonly string[], connection: string | undefined) {
    this.mapping = mappingId(name, connection)
    this.connection = connection
    this.problems = problems
    this.#tables = tables
    this.#environment = createEnvironment(this.budget)
  }

  /** For expressions that know what all of these kinds of events have in common. */
  templates(first: Kind, ...others: readonly Kind[]): TemplateCompiler {
    const key = [first, ...others].toSorted().join()
    const known = this.#compilers.get(key)
    if (known !== undefined) return known
    const environment = withVariables(this.#environment, variablesOf(first, ...others))
    const compiler = new TemplateCompiler(environment, this.budget, this.problems, (source, path) =>
      this.#checkTables(source, path),
    )
    this.#compilers.set(key, compiler)
    return compiler
  }

  #checkTables(source: string, path: KeyPath): void {
    if (!source.includes('tables')) return
    for (const { name } of fieldsOf(this.#environment.parse(source), 'tables')) {
      if (this.#tables.includes(name)) continue
      this.problems.unknown(path, `in '${source}': there is no table '${name}'`, name, this.#tables)
    }
  }
}
