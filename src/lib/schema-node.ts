import type { JsonValue } from './json.ts'

export type SchemaType = 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean'

/** What the gateway's own schemas use of JSON schema (draft 7). Each keyword holds for values of its own type. */
export interface SchemaNode {
  readonly description: string
  /** Several: any of them. Without it, and without choices, any value. */
  readonly type?: SchemaType | readonly SchemaType[]
  readonly properties?: Readonly<Record<string, SchemaNode>>
  /** `false`: no keys but `properties`; a schema: keys of the user's own, whose values it describes. */
  readonly additionalProperties?: false | SchemaNode
  readonly required?: readonly string[]
  readonly items?: SchemaNode
  readonly enum?: readonly (string | number | boolean)[]
  readonly pattern?: string
  /** What the pattern asks for, in words: editors show it too. */
  readonly patternErrorMessage?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly maxProperties?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly default?: JsonValue
  /** At least one where a person fills it in. */
  readonly examples?: readonly JsonValue[]
}

/** The types that a value may have; none where its choices alone say it, or where it may be anything. */
export function typesOf({ type }: SchemaNode): readonly SchemaType[] {
  return type === undefined ? [] : [type].flat()
}
