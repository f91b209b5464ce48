import type { Environment } from '@marcbachmann/cel-js'
import type { JsonValue } from '../lib/json.ts'
import { Budget } from './expression/budget.ts'
import { createEnvironment, withVariables } from './expression/environment.ts'
import { fieldsOf } from './expression/guard.ts'
import { fields } from './fields.ts'
import { mappingId } from './mapping-id.ts'
import type { KeyPath, Problems } from './problem.ts'
import { RuleKeys } from './rule/rule-key.ts'
import { TemplateCompiler } from './template/compiler.ts'
import { cutText } from './template/text.ts'
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
      this.#checkNames(source, path),
    )
    this.#compilers.set(key, compiler)
    return compiler
  }

  /**
   * Looks at `levels.NAME` in the expressions of a rule.
   * @param names of the levels of its topic
   */
  checkLevels(document: JsonValue | undefined, path: KeyPath, names: readonly string[]): void {
    if (typeof document === 'string') {
      for (const stretch of cutText(document) ?? [])
        if (typeof stretch !== 'string') this.#checkFieldsOf('levels', stretch.source, path, names)
    } else if (typeof document === 'object' && document !== null) {
      for (const [key, part] of Object.entries(document) as [string, JsonValue][])
        this.checkLevels(part, [...path, Array.isArray(document) ? Number(key) : key], names)
    }
  }

  /** Names that a variable does not have, where it is known what it has. */
  #checkNames(source: string, path: KeyPath): void {
    this.#checkFieldsOf('tables', source, path, this.#tables)
    for (const [variable, names] of FIELDS) this.#checkFieldsOf(variable, source, path, names)
  }

  #checkFieldsOf(variable: string, source: string, path: KeyPath, known: readonly string[]): void {
    if (!source.includes(variable)) return
    for (const { name } of this.#fieldsOf(source, variable)) {
      if (known.includes(name)) continue
      const what = WHAT[variable] ?? `${variable} has no`
      this.problems.unknown(path, `in '${source}': ${what} '${name}'`, name, known)
    }
  }

  /** None of what cannot be parsed: that is told already. */
  #fieldsOf(source: string, variable: string): readonly { readonly name: string }[] {
    try {
      return fieldsOf(this.#environment.parse(source), variable)
    } catch {
      return []
    }
  }
}

const FIELDS: readonly (readonly [variable: string, names: readonly string[]])[] = Object.entries(fields).map(
  ([variable, known]) => [variable, known.map(({ name }) => name)],
)

const WHAT: Readonly<Record<string, string>> = {
  tables: 'there is no table',
  levels: 'the topic has no level',
}
