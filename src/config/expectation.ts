import { type SchemaNode, type SchemaType, typesOf } from './schema.ts'

function range(least: number | undefined, most: number | undefined): string {
  if (least !== undefined && most !== undefined) return `${least} to ${most}`
  return most === undefined ? `at least ${least}` : `at most ${most}`
}

function textExpected({ patternErrorMessage, maxLength }: SchemaNode): string {
  const limit = maxLength === undefined ? '' : `, at most ${maxLength} characters`
  return `${patternErrorMessage ?? 'text that is not empty'}${limit}`
}

/** What a key takes, in words that follow "expected". */
export function expected(schema: SchemaNode): string {
  if (schema.enum !== undefined) return `one of ${schema.enum.join(', ')}`
  return typesOf(schema)
    .map((type) => typeExpected(type, schema))
    .join('; or ')
}

function typeExpected(type: SchemaType, schema: SchemaNode): string {
  switch (type) {
    case 'boolean':
      return 'true or false'
    case 'integer':
      return `an integer from ${range(schema.minimum, schema.maximum)}`
    case 'number':
      return `a number from ${range(schema.minimum, schema.maximum)}`
    case 'array':
      return `a list of ${range(schema.minItems ?? 0, schema.maxItems)} entries`
    case 'object':
      return 'a group of keys'
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
  return typeof value === 'number' ? `the number ${value}` : String(value)
}
