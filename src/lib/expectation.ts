import { type SchemaNode, type SchemaType, typesOf } from './schema-node.ts'

/** Empty where there are no bounds. */
function range(least: number | undefined, most: number | undefined): string {
  if (least !== undefined && most !== undefined) return `${least} to ${most}`
  if (least !== undefined) return `at least ${least}`
  return most === undefined ? '' : `at most ${most}`
}

function numberExpected(kind: string, { minimum, maximum }: SchemaNode): string {
  const bounds = range(minimum, maximum)
  return bounds === '' ? kind : `${kind} from ${bounds}`
}

function listExpected({ minItems = 0, maxItems }: SchemaNode): string {
  return minItems === 0 && maxItems === undefined
    ? 'a list'
    : `a list of ${range(minItems, maxItems)} entries`
}

function groupExpected({ maxProperties }: SchemaNode): string {
  return maxProperties === undefined ? 'a group of keys' : `a group of at most ${maxProperties} keys`
}

function textExpected({ patternErrorMessage, minLength = 0, maxLength }: SchemaNode): string {
  const limit = maxLength === undefined ? '' : `, at most ${maxLength} characters`
  return `${patternErrorMessage ?? (minLength > 0 ? 'text that is not empty' : 'text')}${limit}`
}

/** What a key takes, in words that follow "expected". */
export function expected(schema: SchemaNode): string {
  if (schema.enum !== undefined) return `one of ${schema.enum.join(', ')}`
  const types = typesOf(schema)
  if (types.length === 0) return 'any value'
  return types.map((type) => typeExpected(type, schema)).join('; or ')
}

function typeExpected(type: SchemaType, schema: SchemaNode): string {
  switch (type) {
    case 'boolean':
      return 'true or false'
    case 'integer':
      return numberExpected('an integer', schema)
    case 'number':
      return numberExpected('a number', schema)
    case 'array':
      return listExpected(schema)
    case 'object':
      return groupExpected(schema)
    case 'string':
      return textExpected(schema)
  }
}

const LONGEST_SHOWN = 80
/** Up to the last `@`, since a password may hold anything. */
const USER_INFORMATION = /^([a-z][a-z0-9+.-]{0,15}:\/\/)?.*@/is

function textFound(value: string): string {
  const safe = value.replace(USER_INFORMATION, '$1***@')
  return JSON.stringify(safe.length > LONGEST_SHOWN ? `${safe.slice(0, LONGEST_SHOWN)}...` : safe)
}

/** A value as a message may show it: short, on one line, and without the credentials that an address may hold. */
export function found(value: unknown): string {
  if (typeof value === 'string') return textFound(value)
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'a group of keys'
  return typeof value === 'number' || typeof value === 'bigint' ? `the number ${value}` : String(value)
}
