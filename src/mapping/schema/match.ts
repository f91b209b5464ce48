import type { SchemaNode } from '../../lib/schema-node.ts'
import { group, record } from './node.ts'

const globs = (description: string, example: string): SchemaNode => ({
  description: `${description} \`*\` is any characters; a list means any of them.`,
  type: ['string', 'array'],
  maxLength: 255,
  items: { description: 'One of them.', type: 'string', maxLength: 255, examples: [example] },
  minItems: 1,
  maxItems: 256,
  examples: [example, [example]],
})

/** `match`: which devices a file, or an entry of `observe`, is for. */
export const matchSchema: SchemaNode = group('Which devices it is for: those for which all of this holds.', {
  endpoint: globs('Endpoint name.', 'room-*'),
  objects: {
    description:
      'Objects that the device must have registered, all of them: ids, or with the version that is meant.',
    type: 'array',
    minItems: 1,
    maxItems: 64,
    items: {
      description: 'An object id, or id and version as text.',
      type: ['integer', 'string'],
      minimum: 0,
      maximum: 65_535,
      pattern: '^[0-9]{1,5}(_[0-9]{1,3}\\.[0-9]{1,3})?$',
      patternErrorMessage: 'an object id such as 3303, or with a version "3_1.2"',
      examples: [3303, '3_1.2'],
    },
    examples: [[3303, 3311]],
  },
  version: {
    description: 'LwM2M version that the device registered with.',
    type: 'string',
    enum: ['1.0', '1.1', '1.2'],
    examples: ['1.1'],
  },
  manufacturer: globs('What the device has told as /3/0/0.', 'Acme*'),
  model: globs('What the device has told as /3/0/1, its model number.', 'T-100*'),
  attributes: record(
    'Attributes of the registration (parameters of the Register that LwM2M does not know).',
    {
      description: 'The value; `*` is any characters.',
      type: 'string',
      maxLength: 255,
      examples: ['kitchen'],
    },
    { room: 'kitchen' },
  ),
})
