import type { SchemaNode } from '../../lib/schema-node.ts'
import { duration, flag, group, qos, record, ruleName, template, text } from './node.ts'

/** How an asker hears how a command ended. */
export const answerSchema: SchemaNode = group(
  'What tells the asker how the command ended. A Response Topic of the message (MQTT 5) goes before `topic`, and its Correlation Data is given back. Where neither the rule nor `defaults` of its file says anything, `plain` answers, on `BASE/device/DEVICE/response`.',
  {
    topic: text('Where it goes.', 'lwm2m/${device}/up/resp'),
    payload: template('The payload, as in `publish`; `result` says how it ended.', {
      status: '${result.status}',
    }),
    encode: {
      description: 'As in `publish`.',
      type: 'string',
      enum: ['json', 'raw', 'binary'],
      default: 'json',
      examples: ['json'],
    },
    when: text('A condition: only where it holds.', "${result.status == 'error'}"),
    qos: qos('Quality of service.'),
    retain: flag('Whether the broker keeps it.'),
    contentType: text('MQTT 5 content type.', 'application/json'),
    expiry: duration('MQTT 5: how long the broker keeps it for those who are away.', '1h'),
    properties: record('MQTT 5 user properties.', text('The text of one property.', '${result.code}'), {
      code: '${result.code}',
    }),
  },
)

/** What a message becomes: parts of a command (or of several, by `$each`). Each takes expressions and operators. */
export const commandBody: Readonly<Record<string, SchemaNode>> = {
  operation: text(
    'read, write, execute, observe, cancel, create, delete, discover, write-attributes, or forget, which is for the gateway.',
    'write',
  ),
  path: text('What it is about.', '/3311/0/5850'),
  value: template(
    'write, create: the value; of an instance an object from resource ids to values.',
    "${payload == 'ON'}",
  ),
  values: template('write, create: several values by their paths, relative to `path` or absolute.', {
    '/3311/0/5850': true,
    '/3311/0/5851': '${payload.brightness}',
  }),
  text: text('write: the value as a person types it, read by the type of the resource.', '${text}'),
  coerce: flag('write, create: texts in the value are read by the types of the resources.'),
  types: template(
    'write, create: types of resources that the object model does not know, by their ids: string, integer, unsigned, float, boolean, opaque, time, objlnk or corelnk.',
    { '26241': 'opaque' },
  ),
  mode: text('write: `replace` or `update`; else what is usual at this depth.', 'update'),
  format: template('Name or number of a Content-Format.', 'senml-cbor'),
  arguments: text('execute: the arguments.', "0='reboot'"),
  attributes: template('write-attributes: names and numbers; null takes one away.', { pmin: 10 }),
  instances: template(
    'create: several instances, an object from their ids to their values, or from paths such as 0/5850 to single values.',
    {
      '0': { '1': 5 },
    },
  ),
  passive: template('cancel: forget it, and answer the next notification with RST.', true),
  force: template('Send it even if the object model forbids it.', true),
  id: template(
    'What the asker calls the command; a repetition gets the first answer again. Commands of one message may share it.',
    '${payload.id}',
  ),
  deadline: template(
    'Milliseconds since the epoch after which it is not wanted any more.',
    '${payload.deadline}',
  ),
  reject: text('Not a command: the asker hears this reason.', 'unknown msgType ${payload.msgType}'),
}

const operators: Readonly<Record<string, SchemaNode>> = {
  $when: text('A condition: nothing where it does not hold.', '${payload.on}'),
  $value: template('Any template: a whole command from an expression.', '${payload}'),
  $merge: template('Objects of which later ones win.', [{ operation: 'read' }, '${payload}']),
  $switch: template('An expression, or a list of {$when, $value}.', '${payload.msgType}'),
  $cases: template('What comes of each value of `$switch`.', {
    read: { operation: 'read', path: '${payload.path}' },
  }),
  $otherwise: template('What comes of any other value.', { reject: 'unknown' }),
  $each: text('A list or an object: a command for each element.', '${payload.writes}'),
  $as: text('The variable of the element.', 'w'),
  $where: text('A condition for each element.', '${w.path != null}'),
}

/** An entry of `commands`. */
export const commandRule: SchemaNode = group(
  'Which messages are commands, and what they ask for. The first rule whose topic and `when` fit takes the message.',
  {
    name: ruleName,
    topic: text(
      'Filter of the topic: `{device}` is the level with the name of the device, `{name}` any other level, `{name#}` all that follow; `+` and `#` have no name.',
      'home/{device}/light/set',
    ),
    parse: {
      description:
        '`auto`: JSON where the payload is JSON, else text. `json`: what is no JSON is refused. `text`: always text.',
      type: 'string',
      enum: ['auto', 'json', 'text'],
      default: 'auto',
      examples: ['json'],
    },
    payload: template(
      'JSON schema of the payload, in full; a message that fails it is answered with the reason.',
      { enum: ['ON', 'OFF'] },
    ),
    when: text('A condition on the message: else the next rule is asked.', '${has(payload.state)}'),
    device: text('The name of the device, where no level of the topic has it.', '${payload.device}'),
    endpoint: text('The endpoint name, in place of `device`.', '${payload.endpoint}'),
    ...commandBody,
    ...operators,
    remember: template(
      'observe: kept with the observation; its notifications see it as `context`.',
      '${payload}',
    ),
    answer: answerSchema,
    off: flag('The rule does nothing: to switch off a rule of the file that is extended.'),
  },
  ['topic'],
)
