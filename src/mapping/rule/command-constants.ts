import { CodedError } from '../../lib/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { closest } from '../../lib/suggestion.ts'
import type { Operation } from '../../lwm2m/command.ts'
import type { MappingDocument } from '../document.ts'
import type { OrderCommand } from '../order-command.ts'
import { type KeyPath, type MappingProblem, Problems } from '../problem.ts'
import { checkPart, keysOf, operations, wholeOf } from './command-body.ts'
import { bodyOf } from './command-compiler.ts'

/** Port: looks at the path of a command, as the LwM2M server does. @throws CodedError where it takes none such */
export type PathCheck = (path: string, operation: Operation | undefined) => void

/**
 * Finds what makes every command of a rule wrong: in bodies that are written out whole, a key that is missing or too
 * many; wherever it is constant, an operation, a path, and what the other keys take.
 */
export function constantFaults(
  { commands = [] }: MappingDocument,
  checkPath: PathCheck,
): readonly MappingProblem[] {
  const problems = new Problems()
  const check = new ConstantCheck(problems, checkPath)
  for (const [index, rule] of commands.entries())
    if (rule.off !== true) check.body(bodyOf(rule), ['commands', index], true)
  return problems.list
}

/** Whether no expression and no operator has a say in it. */
function isConstant(value: JsonValue): boolean {
  if (typeof value === 'string') return !value.includes('${')
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).every(
    ([key, part]: [string, JsonValue]) => !key.startsWith('$') && isConstant(part),
  )
}

class ConstantCheck {
  readonly #problems: Problems
  readonly #checkPath: PathCheck

  constructor(problems: Problems, checkPath: PathCheck) {
    this.#problems = problems
    this.#checkPath = checkPath
  }

  /** @param isWhole it is a command; else a part of one */
  body(body: JsonValue | undefined, path: KeyPath, isWhole: boolean): void {
    if (Array.isArray(body)) this.#each(body, path, isWhole)
    if (!isJsonObject(body)) return
    if (Object.hasOwn(body, '$each') || Object.hasOwn(body, '$value'))
      this.body(body.$value, [...path, '$value'], isWhole)
    else if (body.$merge !== undefined) this.#each(listOf(body.$merge), [...path, '$merge'], false)
    else if (body.$switch !== undefined) this.#switch(body, path, isWhole)
    else this.#plain(body, path, isWhole)
  }

  #each(bodies: readonly JsonValue[], path: KeyPath, isWhole: boolean): void {
    for (const [index, body] of bodies.entries()) this.body(body, [...path, index], isWhole)
  }

  #switch({ $switch = null, $cases, $otherwise }: JsonObject, path: KeyPath, isWhole: boolean): void {
    for (const [index, branch] of listOf($switch).entries())
      if (isJsonObject(branch)) this.body(branch.$value, [...path, '$switch', index, '$value'], isWhole)
    for (const [key, one] of Object.entries(isJsonObject($cases) ? $cases : {}))
      this.body(one, [...path, '$cases', key], isWhole)
    this.body($otherwise, [...path, '$otherwise'], isWhole)
  }

  #plain(body: JsonObject, path: KeyPath, isWhole: boolean): void {
    if (Object.hasOwn(body, 'reject')) return
    const known = this.#operation(body.operation, [...path, 'operation'])
    if (isWhole) this.#whole(body, known, path)
    for (const [key, value] of Object.entries(body)) {
      if (!isConstant(value) || key.startsWith('$') || key === 'operation') continue
      this.#try([...path, key], () => {
        if (key === 'path' && typeof value === 'string') this.#path(value, known)
        else checkPart(key, value)
      })
    }
  }

  /** @throws CodedError */
  #path(path: string, operation: OrderCommand['operation'] | undefined): void {
    if (operation === 'forget') {
      wholeOf(path)
      return
    }
    if (path.includes('*'))
      throw new CodedError(
        'path_invalid',
        'a command is for one path: * has a meaning in publish and observe',
      )
    this.#checkPath(path, operation)
  }

  #operation(given: JsonValue | undefined, path: KeyPath): OrderCommand['operation'] | undefined {
    const operation = operations.find((one) => one === given)
    if (typeof given === 'string' && isConstant(given) && operation === undefined) {
      const message = `must be one of ${operations.join(', ')}; '${given.slice(0, 40)}' is none`
      this.#problems.add('mapping_invalid', path, message, closest(given, operations))
    }
    return operation
  }

  /** What is missing, and what does not go with the operation. */
  #whole(body: JsonObject, operation: OrderCommand['operation'] | undefined, path: KeyPath): void {
    const keys = Object.keys(body).map((key) => key.replace(/\?$/, ''))
    const needed = operation === 'forget' ? ['operation'] : ['operation', 'path']
    const missing = needed.filter((key) => !keys.includes(key))
    if (missing.length > 0) {
      const message = `a command needs ${missing.length === 1 ? 'the key' : 'the keys'} ${missing.join(' and ')}`
      this.#problems.add('mapping_invalid', path, message)
    }
    if (operation === undefined) return
    const allowed = keysOf(operation)
    for (const key of Object.keys(body)) {
      if (key.startsWith('$') || allowed.includes(key.replace(/\?$/, ''))) continue
      const message = `is no key of a ${operation} command: ${allowed.join(', ')}`
      this.#problems.add('mapping_invalid', [...path, key], message)
    }
    if (operation === 'write') this.#writes(body, path)
    if (operation === 'write-attributes' && !keys.includes('attributes'))
      this.#problems.add('mapping_invalid', path, 'write-attributes needs the key attributes')
  }

  #writes(body: JsonObject, path: KeyPath): void {
    const given = ['value', 'values', 'text'].filter((key) => Object.hasOwn(body, key) && body[key] !== null)
    const isOptional = ['value?', 'values?', 'text?'].some((key) => Object.hasOwn(body, key))
    if (given.length === 1 || (given.length === 0 && isOptional)) return
    const found = given.length === 0 ? 'it has none' : `it has ${given.join(' and ')}`
    this.#problems.add('mapping_invalid', path, `a write needs one of value, values and text; ${found}`)
  }

  #try(path: KeyPath, check: () => void): void {
    try {
      check()
    } catch (error) {
      if (!(error instanceof CodedError)) throw error
      this.#problems.add('mapping_invalid', path, error.message)
    }
  }
}

function listOf(value: JsonValue): readonly JsonValue[] {
  return Array.isArray(value) ? value : []
}
