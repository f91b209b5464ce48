import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import { reasonOf } from '../../lib/errors.ts'
import { isJsonObject, type JsonValue } from '../../lib/json.ts'
import { LinearPattern } from '../../lib/linear-pattern.ts'
import { closest } from '../../lib/suggestion.ts'
import { Measure, withDoubles } from './payload-measure.ts'
import { SchemaAudit, type SchemaFault } from './schema-audit.ts'

/** What one message may cost: about a tenth of a second at worst. */
const MAX_STEPS = 10_000_000
const MAX_DEPTH = 64
const MAX_REASON = 500

/** A schema as it was compiled, or what is wrong with it. */
export interface CompiledSchema {
  readonly schema: PayloadSchema | undefined
  readonly faults: readonly SchemaFault[]
}

const linear = Object.assign((source: string) => new LinearPattern(source), { code: 'LinearPattern' })

/** Misspelt keywords, and those that stand beside a type that they are not for, are errors. */
const OPTIONS = {
  strict: true,
  strictRequired: false,
  strictTuples: false,
  allowUnionTypes: true,
  allowMatchingProperties: true,
  code: { regExp: linear },
} as const

/**
 * Compiles the JSON schema (draft 7) of a payload. What could make a check take more than a bounded number of steps is
 * refused: recursive references, `uniqueItems` without a bound, patterns that need to look back; `format` and remote
 * references, too.
 */
export function compileSchema(document: JsonValue): CompiledSchema {
  const audit = new SchemaAudit(document)
  if (audit.faults.length > 0) return { schema: undefined, faults: audit.faults }
  const schema = withDoubles(document)
  if (typeof schema !== 'boolean' && !isJsonObject(schema))
    throw new TypeError('the audit lets no other through')
  const misshapen = shapeFaults(schema)
  if (misshapen.length > 0) return { schema: undefined, faults: misshapen }
  try {
    const validate = new Ajv(OPTIONS).compile(schema)
    return { schema: new PayloadSchema(validate, audit), faults: [] }
  } catch (error) {
    return { schema: undefined, faults: [strictFault(reasonOf(error))] }
  }
}

/** Held against the schema of schemas. */
function shapeFaults(schema: object | boolean): SchemaFault[] {
  const ajv = new Ajv({ ...OPTIONS, allErrors: true, verbose: true })
  if (ajv.validateSchema(schema) === true) return []
  const faults = new Map<string, SchemaFault>()
  for (const error of ajv.errors ?? []) {
    const { instancePath } = error
    if (!faults.has(instancePath))
      faults.set(instancePath, { path: stepsOf(instancePath), message: shapeText(error) })
  }
  return [...faults.values()]
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  array: 'a list',
  object: 'a group of keys',
  string: 'text',
  boolean: 'true or false',
  integer: 'an integer',
  number: 'a number',
}

/** What a keyword takes, and what it was given. */
function shapeText({ keyword, params, data, message = 'is wrong' }: ErrorObject): string {
  if (keyword === 'enum') {
    const allowed = (params.allowedValues as readonly unknown[]).map(shown)
    const meant = typeof data === 'string' ? closest(data, allowed) : undefined
    return `expected one of ${allowed.join(', ')}; found ${shown(data)}${meant === undefined ? '' : ` (did you mean ${meant}?)`}`
  }
  if (keyword !== 'type') return message
  const types = [params.type as string | readonly string[]].flat()
  return `expected ${types.map((type) => TYPE_WORDS[type] ?? type).join(' or ')}; found ${shown(data)}`
}

const stepsOf = (pointer: string): string[] =>
  decodeURIComponent(pointer)
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))

const STRICT = /^strict mode: (.*?)(?: at (?:path )?"#?([^"]*)")?(?: \(strict\w+\))?$/s

/** What the strict mode says, with its place taken out of the text. */
function strictFault(reason: string): SchemaFault {
  const [, message = reason, pointer = ''] = STRICT.exec(reason) ?? []
  return { path: stepsOf(pointer), message }
}

/** The compiled schema of a payload. */
export class PayloadSchema {
  readonly #validate: ValidateFunction
  readonly #valueSteps: number
  readonly #characterSteps: number

  constructor(validate: ValidateFunction, { valueSteps, characterSteps }: SchemaAudit) {
    this.#validate = validate
    this.#valueSteps = valueSteps
    this.#characterSteps = characterSteps
  }

  /**
   * Integers beyond 2^53 count as the nearest double.
   * @returns why the payload does not meet the schema, in words and with the place; undefined where it does
   */
  check(payload: JsonValue): string | undefined {
    const { values, characters, depth, holdsBigint } = new Measure(payload, MAX_DEPTH)
    if (depth > MAX_DEPTH) return `payload must not nest more than ${MAX_DEPTH} deep`
    if (values * this.#valueSteps + characters * this.#characterSteps > MAX_STEPS)
      return `payload is too long for its schema: ${values} values, ${characters} characters`
    const isMet = this.#isMet(holdsBigint ? withDoubles(payload) : payload)
    if (isMet === true) return undefined
    const reason = isMet === undefined ? INCOMPARABLE : reasonIn(this.#validate.errors ?? [])
    return reason.length > MAX_REASON ? `${reason.slice(0, MAX_REASON)}...` : reason
  }

  /** @returns undefined where the payload brings what the comparison calls: keys of such names are no functions */
  #isMet(payload: JsonValue): boolean | undefined {
    try {
      return this.#validate(payload) === true
    } catch (error) {
      if (error instanceof TypeError) return undefined
      throw error
    }
  }
}

const INCOMPARABLE = "payload has a key 'toString' or 'valueOf' where it must be compared"

/** Keywords that fail since others did. */
const COMPOUND: ReadonlySet<string> = new Set(['anyOf', 'contains', 'if', 'oneOf', 'propertyNames'])
const MAX_CAUSES = 3

function reasonIn(errors: readonly ErrorObject[]): string {
  const last = errors.at(-1)
  if (last === undefined) return 'payload does not meet its schema'
  const causes = COMPOUND.has(last.keyword) ? errors.slice(0, -1).slice(0, MAX_CAUSES) : []
  return causes.length === 0
    ? reasonOfError(last)
    : `${reasonOfError(last)} (${causes.map(reasonOfError).join('; ')})`
}

function reasonOfError({ instancePath, message, keyword, params }: ErrorObject): string {
  const place = instancePath
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~').slice(0, 80))
    .join('.')
  return `payload${place} ${message ?? 'is wrong'}${detailOf(keyword, params)}`
}

function detailOf(keyword: string, params: ErrorObject['params']): string {
  switch (keyword) {
    case 'enum':
      return `: ${(params.allowedValues as readonly unknown[]).map(shown).join(', ')}`
    case 'const':
      return `: ${shown(params.allowedValue)}`
    case 'additionalProperties':
      return `: ${shown(params.additionalProperty)}`
    case 'propertyNames':
      return `: ${shown(params.propertyName)}`
    default:
      return ''
  }
}

const shown = (value: unknown): string =>
  (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 80)
