import type { JsonObject } from '../../lib/json.ts'
import type { SchemaNode } from '../../lib/schema-node.ts'
import { answerSchema, commandRule } from './commands.ts'
import { matchSchema } from './match.ts'
import { aPath, duration, flag, group, list, pathPattern, qos, record, template, text } from './node.ts'
import { publishRule } from './publish.ts'

const seconds = (description: string, example: number): SchemaNode => {
  return { description, type: 'integer', minimum: 0, maximum: 4_294_967_295, examples: [example] }
}

const level = (description: string, example: number): SchemaNode => {
  return { description, type: 'number', examples: [example] }
}

const attributes = group('Notification attributes (LwM2M Core, 7.3.2).', {
  pmin: seconds('Seconds between notifications, at least.', 10),
  pmax: seconds('Seconds between notifications, at most.', 300),
  gt: level('Notify when the value rises above this, or falls below it.', 30),
  lt: level('Notify when the value falls below this, or rises above it.', 5),
  st: level('Notify when the value has changed by this since the last notification.', 0.2),
  epmin: seconds('Seconds between two measurements, at least.', 5),
  epmax: seconds('Seconds between two measurements, at most.', 60),
  edge: { ...level('Notify when a boolean turns to true (1) or to false (0).', 1), enum: [0, 1] },
  con: { ...level('Notify by messages that the gateway confirms (1), or not (0).', 1), enum: [0, 1] },
  hqmax: seconds('Values that the device keeps while the gateway cannot be reached.', 100),
})

const observeEntry: SchemaNode = {
  ...group(
    'A path to observe, with attributes.',
    {
      path: pathPattern('The path; `*` is any instance, or any object where a resource follows.'),
      attributes,
      match: matchSchema,
    },
    ['path'],
  ),
  type: ['string', 'object'],
  ...aPath,
  examples: ['/3303/*/5700', { path: '/3303/*/5700', attributes: { pmin: 10 } }],
}

const defaults = group('What holds for every rule of this file that says nothing else.', {
  qos: qos('Quality of service.'),
  retain: flag('Whether the broker keeps publications.'),
  contentType: text('MQTT 5 content type.', 'application/json'),
  expiry: duration('MQTT 5 message expiry.', '1h'),
  properties: record('MQTT 5 user properties.', text('The text of one property.', 'lwm2m'), {
    source: 'lwm2m',
  }),
  answer: answerSchema,
})

const unit: SchemaNode = {
  description: 'The new name of the unit; or with a factor and an offset: value * factor + offset.',
  type: ['string', 'object'],
  additionalProperties: false,
  required: ['unit'],
  properties: {
    unit: text('The new name of the unit.', 'kW'),
    factor: { description: 'What the value is multiplied by.', type: 'number', examples: [0.001] },
    offset: { description: 'What is added after that.', type: 'number', examples: [32] },
  },
  examples: ['°C', { unit: '°F', factor: 1.8, offset: 32 }],
}

const exampleDevice = group('The device of the example, as far as it matters.', {
  endpoint: text('Endpoint name.', 'room-1'),
  version: text('LwM2M version.', '1.1'),
  lifetime: { description: 'Lifetime in seconds.', type: 'number', examples: [300] },
  attributes: record('Attributes of the registration.', text('The value.', 'kitchen'), { room: 'kitchen' }),
  objects: record(
    'Objects with their instances; all that paths of the example name are there anyway.',
    {
      description: 'Instance ids.',
      type: 'array',
      items: { description: 'An id.', type: 'integer', examples: [0] },
      examples: [[0, 1]],
    },
    { '3303': [0] },
  ),
  values: record('Values that the device has told before, by path.', template('The value.', 21.5), {
    '/3/0/0': 'Acme',
  }),
})

const example = group(
  'An example: what happens, and what must come of it. `lwm2mqtt map test` runs it. The base topic is `lwm2m` here, and the id of the gateway `gw`.',
  {
    name: text('What it shows.', 'a temperature in Fahrenheit'),
    device: exampleDevice,
    event: template(
      'What happens: `type` (a word of `on`), `path`, `value` or `values`, `unit`, `time`; endpoint and attributes may stand here, too.',
      { type: 'notify', endpoint: 'room-1', path: '/3303/0/5700', value: 21.5 },
    ),
    message: template(
      'Or a message that comes: `topic`, `payload`, `properties`. With an event as well: the message first, and `gives` is what comes of the event.',
      {
        topic: 'home/kitchen/light/set',
        payload: 'ON',
      },
    ),
    result: template('How the device answers the command, to test its answer: `code`, `values`, `error`.', {
      code: '2.05',
    }),
    gives: template(
      'The publications, or the commands, exactly: keys that are not given may be anything. Of a publication, `includes` in the place of `payload` gives a part of it, and `encode: json` or `encode: raw` says whether a text has the quotes of JSON. The `value` of a command is `{json: VALUE}`, or `{text: TEXT}` where the rule gives `text`.',
      [{ topic: 'home/kitchen/temp', payload: 70.7 }],
    ),
    answers: template('The publications that answer the command.', [{ topic: 'lwm2m/ep/up/resp' }]),
    rejected: text(
      'The reason for which the message is refused, or a part of it.',
      'must be equal to one of the allowed values',
    ),
  },
)

/** The schema of mapping files: single source of checks, documentation and completion in editors. */
export const mappingSchema: SchemaNode = group(
  'A mapping file of lwm2mqtt: which devices, what to observe, what to publish, which commands to take.',
  {
    $schema: text('Where editors find this schema.', './mapping.schema.json'),
    name: {
      description:
        'Name of the mapping: small letters, digits and hyphens; not that of a preset, nor of another file.',
      type: 'string',
      pattern: '^[a-z][a-z0-9-]{0,63}$',
      patternErrorMessage: 'a small letter, then small letters, digits and hyphens',
      examples: ['house'],
    },
    version: {
      description: "The file's own version.",
      type: 'integer',
      minimum: 1,
      maximum: 1_000_000,
      examples: [1],
    },
    description: text('What it is for.', 'Room sensors in Fahrenheit'),
    extends: text(
      'A preset, or another file: its rules come after those of this file. A rule of this file stands in the place of one of the same name there; with `match`, for the devices of this file alone.',
      'plain',
    ),
    connection: {
      description:
        "The broker connection that this file and those that it extends speak over and listen on: a name of `mqtt.connections` in the configuration. Without it what the file that it extends says, else the main connection. The gateway's own words (`plain` for values on which a rule failed) stay on the main one.",
      type: 'string',
      pattern: '^[a-z][a-z0-9-]{0,31}$',
      patternErrorMessage: 'a small letter, then small letters, digits and hyphens, at most 32',
      examples: ['cloud'],
    },
    match: matchSchema,
    device: text(
      'How this file names a device in topics; else its endpoint name.',
      '${registration.attributes.room}',
    ),
    integers: {
      description:
        'Integers as JSON numbers with exact digits, or as text for readers that round above 2^53.',
      type: 'string',
      enum: ['number', 'string'],
      default: 'number',
      examples: ['string'],
    },
    units: record('New units by SenML unit.', unit, { Cel: '°C' }),
    tables: record(
      'Look-ups: `tables.NAME[KEY]`. The tables of a file that extends this one go over them, key by key.',
      record(
        'A table: keys and what they stand for, any JSON.',
        template('What the key stands for.', 'content'),
        {
          '2.05': 'content',
        },
      ),
      { codes: { '2.05': 'content' } },
    ),
    defaults,
    observe: list('What to observe on the devices that match.', observeEntry),
    publish: list(
      'What to publish; each rule whose event and path fit. Where one fails on a value, the value goes to the topic that it has in `plain`, and the event `mapping-failed` tells of it.',
      publishRule,
    ),
    commands: list('Which messages are commands.', commandRule),
    examples: list(
      'Examples, which `lwm2mqtt map test` runs, and the gateway before a changed file takes over.',
      example,
    ),
  },
  ['name'],
)

/** As it ships: mappings/mapping.schema.json. */
export function schemaFile(): JsonObject {
  const head = { $schema: 'http://json-schema.org/draft-07/schema#', title: 'lwm2mqtt mapping' }
  return { ...head, ...mappingSchema } as unknown as JsonObject
}
