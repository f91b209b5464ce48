import type { SchemaNode } from '../../lib/schema-node.ts'
import { eventNames } from '../events.ts'
import { duration, flag, group, pathPattern, qos, record, ruleName, template, text } from './node.ts'

const message: Readonly<Record<string, SchemaNode>> = {
  message: text('Filter of the topic, with named levels as in `commands`.', 'homeassistant/status'),
  payload: template('JSON schema that the payload must meet; else the message is ignored.', {
    const: 'online',
  }),
}

const on: SchemaNode = {
  description: `What causes the publication: ${eventNames.join(', ')}; or a message of another topic, \`{message: FILTER, payload: SCHEMA}\`: the rule is then applied to each registered device, or to the one that a level \`{device}\` of the topic names.`,
  type: ['string', 'object', 'array'],
  minItems: 1,
  maxItems: 32,
  items: {
    description: 'An event, or a message of another topic.',
    type: ['string', 'object'],
    additionalProperties: false,
    required: ['message'],
    properties: message,
    examples: ['value', { message: 'homeassistant/status', payload: { const: 'online' } }],
  },
  additionalProperties: false,
  required: ['message'],
  properties: message,
  examples: ['value', ['registered', 'updated', 'connected']],
}

const filter = group('Which values are left out.', {
  deadBand: {
    description: 'Leave out a value that differs by less than this from the last one that was published.',
    type: 'number',
    minimum: 0,
    examples: [0.5],
  },
  onChange: flag('Leave out what equals what was published last: a value, else the payload.'),
  minInterval: duration(
    'At most one publication in this time; the last value that was held back follows at its end, if the device is still there. An event without values is left out, except by a rule `per: device` that is for values as well.',
    '10s',
  ),
  of: text(
    'What is compared; else the value, and in rules that are not for single values the payload.',
    '${round(value, 1)}',
  ),
  always: {
    description: 'Events after which nothing is left out.',
    type: 'array',
    maxItems: 32,
    items: {
      description: 'A word of `on`; `message` for messages.',
      type: 'string',
      examples: ['connected'],
    },
    examples: [['connected', 'message']],
  },
})

/** An entry of `publish`. */
export const publishRule: SchemaNode = group(
  'A publication, or several, and what causes them.',
  {
    name: ruleName,
    on,
    path: pathPattern(
      'Which paths it is for; without it all. `*` is any id. A path means what is below it, too.',
    ),
    per: {
      description:
        'One publication for each value, object instance, notification (with all its values), or for the device as a whole.',
      type: 'string',
      enum: ['value', 'instance', 'notification', 'device'],
      examples: ['instance'],
    },
    series: {
      description:
        'Several values of one path in one message, each with its time: one publication for `each`, the `last` alone, or one with all of them in the variable `series` (`array`).',
      type: 'string',
      enum: ['each', 'last', 'array'],
      default: 'each',
      examples: ['array'],
    },
    each: text('A list or an object: one publication for each element.', '${resources}'),
    as: {
      description: 'The variable of the element.',
      type: 'string',
      pattern: '^[a-z][A-Za-z0-9]{0,31}$',
      patternErrorMessage: 'a name of letters and digits that begins with a small letter',
      default: 'item',
      examples: ['r'],
    },
    when: text('A condition: only where it holds.', "${registration.version != '1.0'}"),
    topic: text(
      'The topic. What a name brings into it is escaped by `topic(...)`; `${device}` already is.',
      'home/${device}/temp',
    ),
    payload: template(
      'The payload: text, or a document that becomes JSON. Without it: the empty message, which takes a retained one away.',
      '${value}',
      { value: '${value}', 'unit?': '${unit}' },
    ),
    encode: {
      description:
        '`json`: the payload as JSON. `raw`: a text or a number as it is, without quotes. `binary`: bytes, such as `${fromBase64(value)}`.',
      type: 'string',
      enum: ['json', 'raw', 'binary'],
      default: 'json',
      examples: ['raw'],
    },
    qos: qos('Quality of service.'),
    retain: flag('Whether the broker keeps it for who comes later.'),
    contentType: text('MQTT 5 content type.', 'application/json'),
    expiry: duration('MQTT 5: how long the broker keeps it for those who are away.', '1h'),
    properties: record('MQTT 5 user properties.', text('The text of one property.', '${endpoint}'), {
      source: 'lwm2m',
    }),
    filter,
    removal: text(
      'A key of the payload, an object: a part of it that is gone since the last publication is sent once more with nothing but its `p`, then left out, as device discovery of Home Assistant asks for.',
      'cmps',
    ),
    stop: flag('What this rule has published is not shown to later rules and files of the same connection.'),
    off: flag('The rule does nothing: to switch off a rule of the file that is extended.'),
  },
  [],
)
