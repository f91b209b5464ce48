/** What stands under a keyword. */
export type Content = 'schema' | 'list' | 'schema or list' | 'schemas by key' | 'dependencies' | 'value'

/** The keywords of JSON schema, draft 7, but for `$id` and `format`. */
export const schemaKeywords: ReadonlyMap<string, Content> = new Map<string, Content>([
  ...[
    'additionalItems',
    'additionalProperties',
    'contains',
    'else',
    'if',
    'not',
    'propertyNames',
    'then',
  ].map((keyword) => [keyword, 'schema'] as const),
  ...['allOf', 'anyOf', 'oneOf'].map((keyword) => [keyword, 'list'] as const),
  ['items', 'schema or list'],
  ...['definitions', 'patternProperties', 'properties'].map(
    (keyword) => [keyword, 'schemas by key'] as const,
  ),
  ['dependencies', 'dependencies'],
  ...['$comment', '$ref', '$schema', 'const', 'contentEncoding', 'contentMediaType', 'default'].map(
    (keyword) => [keyword, 'value'] as const,
  ),
  ...['description', 'enum', 'examples', 'exclusiveMaximum', 'exclusiveMinimum', 'maximum', 'maxItems'].map(
    (keyword) => [keyword, 'value'] as const,
  ),
  ...['maxLength', 'maxProperties', 'minimum', 'minItems', 'minLength', 'minProperties', 'multipleOf'].map(
    (keyword) => [keyword, 'value'] as const,
  ),
  ...['pattern', 'readOnly', 'required', 'title', 'type', 'uniqueItems', 'writeOnly'].map(
    (keyword) => [keyword, 'value'] as const,
  ),
])

/** Why a keyword of other schemas is none here. */
export const refusedKeywords: ReadonlyMap<string, string> = new Map([
  ['format', 'format is not checked here, so that it would promise too much: write a pattern'],
  [
    '$id',
    '$id is not known here: a schema is complete in itself, and refers to its parts by #/definitions/...',
  ],
  ['$async', '$async is not known here'],
])
