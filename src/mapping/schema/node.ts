import type { JsonValue } from '../../lib/json.ts'
import type { SchemaNode } from '../../lib/schema-node.ts'

/** A group of keys. */
export function group(
  description: string,
  properties: Readonly<Record<string, SchemaNode>>,
  required: readonly string[] = [],
): SchemaNode {
  const needs = required.length === 0 ? undefined : { required }
  return { description, type: 'object', additionalProperties: false, ...needs, properties }
}

/** A text, with or without expressions. */
export function text(description: string, ...examples: readonly JsonValue[]): SchemaNode {
  return { description, type: 'string', maxLength: 16_384, examples }
}

export function flag(description: string): SchemaNode {
  return { description, type: 'boolean', examples: [true] }
}

/** A part of a document: any JSON, with expressions and operators in it. */
export function template(description: string, ...examples: readonly JsonValue[]): SchemaNode {
  return { description, examples }
}

const DURATION = '^[0-9]{1,9}(ms|s|m|h|d)$'

export function duration(description: string, example: string): SchemaNode {
  return {
    description,
    type: 'string',
    pattern: DURATION,
    patternErrorMessage: 'a number with its unit: 500ms, 10s, 5m, 1h or 1d',
    examples: [example],
  }
}

/** Holds for texts. */
export const aPath = {
  pattern: '^(/(\\*|[0-9]{1,5})){1,4}$',
  patternErrorMessage: 'a path such as /3303/*/5700, in which * is any id',
} as const

export function pathPattern(description: string): SchemaNode {
  return {
    description,
    type: ['string', 'array'],
    items: {
      description: 'A path; `*` is any id.',
      type: 'string',
      ...aPath,
      examples: ['/3303/*/5700'],
    },
    ...aPath,
    minItems: 1,
    maxItems: 256,
    examples: ['/3303/*/5700', ['/3/0/9', '/3/0/11']],
  }
}

export function qos(description: string): SchemaNode {
  return { description, type: 'integer', enum: [0, 1, 2], examples: [1] }
}

/** The longest list of rules, examples and the like. */
export const MAX_RULES = 256

export function list(description: string, items: SchemaNode, maxItems = MAX_RULES): SchemaNode {
  return { description, type: 'array', maxItems, items, examples: [] }
}

/** An object with keys of the user's own. */
export function record(
  description: string,
  values: SchemaNode,
  ...examples: readonly JsonValue[]
): SchemaNode {
  return { description, type: 'object', additionalProperties: values, examples }
}

export const ruleName: SchemaNode = {
  description:
    'A name for the rule: for messages about it, and so that a file that extends this one can put a rule of the same name in its place.',
  type: 'string',
  pattern: '^[A-Za-z][A-Za-z0-9_-]{0,63}$',
  patternErrorMessage: 'a letter, then letters, digits, hyphens or underscores',
  examples: ['temperature'],
}
