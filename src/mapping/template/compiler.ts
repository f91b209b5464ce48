import type { Environment } from '@marcbachmann/cel-js'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import type { Budget } from '../expression/budget.ts'
import { withVariables } from '../expression/environment.ts'
import { compileExpression, type Expression, ExpressionError } from '../expression/expression.ts'
import type { KeyPath, Problems } from '../problem.ts'
import { Constant } from './constant.ts'
import { checkPlainKeys, isVariableName, operatorOf } from './keys.ts'
import { Condition, Each, Elements, FirstThatHolds, Merge, Switch, When } from './operators.ts'
import { type Entry, ListTemplate, ObjectTemplate } from './structure.ts'
import type { Template } from './template.ts'
import { cutText, SingleExpression, type Stretch, TextWithExpressions, unclosedAt } from './text.ts'

/** Where faults stand in for what cannot be compiled. */
const NOTHING = new Constant(null)
const NEVER: Expression = { type: 'dyn', evaluate: () => undefined }

/**
 * Compiles the parts of a file that hold expressions. Faults go to `problems`, with their paths; what is returned for
 * a faulty part is of no use, but compiling can go on.
 */
export class TemplateCompiler {
  readonly #environment: Environment
  readonly #budget: Budget
  readonly #problems: Problems
  /** Looks at each expression once it is compiled. */
  readonly #inspect: ((source: string, path: KeyPath) => void) | undefined

  constructor(
    environment: Environment,
    budget: Budget,
    problems: Problems,
    inspect?: (source: string, path: KeyPath) => void,
  ) {
    this.#environment = environment
    this.#budget = budget
    this.#problems = problems
    this.#inspect = inspect
  }

  /** @param mayLack whether an expression that asks for what is not there is left out, instead of an error */
  compile(document: JsonValue, path: KeyPath, mayLack = false): Template {
    if (typeof document === 'string') return this.#text(document, path, mayLack)
    if (typeof document !== 'object' || document === null) return new Constant(document)
    if (isJsonObject(document)) return this.#object(document, path, mayLack)
    const elements = document.map((element, index) => this.compile(element, [...path, index]))
    const constants = elements.filter((element) => element instanceof Constant)
    if (constants.length === elements.length) return new Constant(constants.map(({ value }) => value))
    return new ListTemplate(elements)
  }

  /** A text with or without expressions that has to give a text. */
  compileText(document: string, path: KeyPath): Template {
    return this.#text(document, path, false)
  }

  /** `"${...}"` that gives true or false. */
  compileCondition(document: JsonValue | undefined, path: KeyPath): Condition {
    if (typeof document === 'boolean')
      return new Condition(String(document), { type: 'bool', evaluate: () => document })
    const { source, expression } = this.#single(document, path)
    if (expression.type !== 'bool' && expression.type !== 'dyn') {
      this.#problems.add(
        'mapping_expression',
        path,
        `a condition gives true or false; '${source}' gives ${expression.type}`,
      )
    }
    return new Condition(source, expression)
  }

  /** The value of one expression. */
  compileExpression(document: JsonValue | undefined, path: KeyPath): Expression {
    return this.#single(document, path).expression
  }

  /** The same with one more variable. */
  with(name: string): TemplateCompiler {
    const wider = withVariables(this.#environment, [{ name, type: 'dyn', description: '' }])
    return new TemplateCompiler(wider, this.#budget, this.#problems, this.#inspect)
  }

  /** Whether expressions know a variable. */
  knows(name: string): boolean {
    return this.#environment.hasVariable(name)
  }

  #single(document: JsonValue | undefined, path: KeyPath): { source: string; expression: Expression } {
    const stretches = typeof document === 'string' ? cutText(document) : undefined
    const [only] = stretches ?? []
    if (stretches?.length === 1 && typeof only === 'object') {
      return { source: only.source, expression: this.#expression(only.source, path) }
    }
    this.#problems.add('mapping_invalid', path, 'expected one expression, such as "${value > 20}" in quotes')
    return { source: '', expression: NEVER }
  }

  #text(text: string, path: KeyPath, mayLack: boolean): Template {
    const stretches = cutText(text)
    if (stretches === undefined) {
      this.#problems.add(
        'mapping_expression',
        path,
        `the expression at character ${unclosedAt(text) + 1} of '${text}' is not closed: it needs a }`,
      )
      return NOTHING
    }
    const [only] = stretches
    const [, meant] = /^\$([a-z][A-Za-z0-9]*)$/.exec(text) ?? []
    if (meant !== undefined && this.knows(meant)) {
      const message = `'${text}' is no expression: write \${${meant}}`
      this.#problems.add('mapping_expression', path, message)
    }
    if (only === undefined || (stretches.length === 1 && typeof only === 'string'))
      return new Constant(only ?? '')
    const parts = stretches.map((stretch) => this.#part(stretch, path))
    const [first = ''] = parts
    if (parts.length === 1 && typeof first === 'object') return new SingleExpression(text, first, mayLack)
    return new TextWithExpressions(text, parts, mayLack)
  }

  #part(stretch: Stretch, path: KeyPath): string | Expression {
    return typeof stretch === 'string' ? stretch : this.#expression(stretch.source, path)
  }

  #expression(source: string, path: KeyPath): Expression {
    try {
      const expression = compileExpression(source, this.#environment)
      this.#inspect?.(source, path)
      return expression
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error
      const at = error.start > 0 ? `, at character ${error.start + 1}` : ''
      this.#problems.add(
        'mapping_expression',
        path,
        `in '${source}'${at}: ${error.message}`,
        error.suggestion,
      )
      return NEVER
    }
  }

  #object(document: JsonObject, path: KeyPath, mayLack: boolean): Template {
    const then = this.#operator(operatorOf(document, path, this.#problems), document, path, mayLack)
    if (document.$when === undefined) return then
    return new When(this.compileCondition(document.$when, [...path, '$when']), then)
  }

  #operator(operator: string | undefined, document: JsonObject, path: KeyPath, mayLack: boolean): Template {
    switch (operator) {
      case 'unknown':
        return NOTHING
      case '$each':
        return this.#each(document, path)
      case '$merge':
        return this.#merge(document, path)
      case '$switch':
        return this.#switch(document, path, mayLack)
      case '$value':
        return this.compile(document.$value ?? null, [...path, '$value'], mayLack)
      default:
        return this.#plainObject(document, path)
    }
  }

  #plainObject(document: JsonObject, path: KeyPath): Template {
    checkPlainKeys(document, path, this.#problems)
    const entries: Entry[] = Object.entries(document)
      .filter(([key]) => !key.startsWith('$'))
      .map(([key, value]) => {
        const isOptional = key.endsWith('?')
        return {
          key: isOptional ? key.slice(0, -1) : key,
          template: this.compile(value, [...path, key], isOptional),
          isOptional,
        }
      })
    if (entries.every(isConstant)) {
      return new Constant(Object.fromEntries(entries.map(({ key, template }) => [key, template.value])))
    }
    return new ObjectTemplate(entries)
  }

  #each(document: JsonObject, path: KeyPath): Template {
    const { $each, $as, $where, $key, $value } = document
    if ($value === undefined) {
      this.#problems.add('mapping_invalid', path, '$each needs $value: what comes of each element')
      return NOTHING
    }
    const places = { list: [...path, '$each'], name: [...path, '$as'], where: [...path, '$where'] }
    const { elements, inner } = this.compileElements({ list: $each, name: $as, where: $where }, places)
    const key = $key === undefined ? undefined : inner.compile($key, [...path, '$key'])
    return new Each(elements, key, inner.compile($value, [...path, '$value']), this.#budget)
  }

  /**
   * What is gone through, element by element.
   * @returns also the compiler of what is worked out for each element
   */
  compileElements(
    { list, name = 'item', where }: Readonly<Record<'list' | 'name' | 'where', JsonValue | undefined>>,
    places: Readonly<Record<'list' | 'name' | 'where', KeyPath>>,
  ): { readonly elements: Elements; readonly inner: TemplateCompiler } {
    const isNew = isVariableName(name) && !this.#environment.hasVariable(name)
    if (!isNew) {
      const message = 'expected a new name of letters and digits that begins with a small letter, such as r'
      this.#problems.add('mapping_invalid', places.name, message)
    }
    const known = isNew ? name : 'faulty'
    const inner = this.with(known)
    const condition = where === undefined ? undefined : inner.compileCondition(where, places.where)
    const expression = this.compileExpression(list, places.list)
    return { elements: new Elements(expression, known, condition, this.#budget), inner }
  }

  #merge({ $merge }: JsonObject, path: KeyPath): Template {
    const parts = Array.isArray($merge) ? ($merge as readonly JsonValue[]) : undefined
    if (parts === undefined || parts.length === 0) {
      this.#problems.add('mapping_invalid', [...path, '$merge'], 'expected a list of objects')
      return NOTHING
    }
    return new Merge(parts.map((part, index) => this.compile(part, [...path, '$merge', index])))
  }

  #switch({ $switch, $cases, $otherwise }: JsonObject, path: KeyPath, mayLack: boolean): Template {
    const otherwise =
      $otherwise === undefined ? undefined : this.compile($otherwise, [...path, '$otherwise'], mayLack)
    if (Array.isArray($switch)) {
      if ($cases !== undefined)
        this.#problems.add('mapping_unknown_key', [...path, '$cases'], 'a $switch with a list has no $cases')
      return this.#branches($switch as readonly JsonValue[], otherwise, path, mayLack)
    }
    if (!isJsonObject($cases)) {
      const message = '$switch needs $cases: an object from values to what comes of them'
      this.#problems.add('mapping_invalid', path, message)
      return NOTHING
    }
    const cases = Object.entries($cases).map(
      ([key, value]) => [key, this.compile(value, [...path, '$cases', key], mayLack)] as const,
    )
    return new Switch(this.compileExpression($switch, [...path, '$switch']), new Map(cases), otherwise)
  }

  #branches(
    branches: readonly JsonValue[],
    otherwise: Template | undefined,
    path: KeyPath,
    mayLack: boolean,
  ): Template {
    const compiled = branches.map((branch, index) => {
      const at = [...path, '$switch', index]
      if (!isJsonObject(branch) || branch.$when === undefined || branch.$value === undefined) {
        this.#problems.add('mapping_invalid', at, 'expected {$when: CONDITION, $value: ...}')
        return undefined
      }
      operatorOf(branch, at, this.#problems)
      const condition = this.compileCondition(branch.$when, [...at, '$when'])
      return { condition, template: this.compile(branch.$value, [...at, '$value'], mayLack) }
    })
    return new FirstThatHolds(
      compiled.filter((branch) => branch !== undefined),
      otherwise,
    )
  }
}

function isConstant(entry: Entry): entry is Entry & { readonly template: Constant } {
  return entry.template instanceof Constant && !(entry.isOptional && entry.template.value === null)
}
