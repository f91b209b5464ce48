import type { Variable } from './variables.ts'

const field = (name: string, type: Variable['type'], description: string): Variable => {
  return { name, type, description }
}

/** What the variables hold that are maps with fields of their own. A field that does not apply is not there. */
export const fields = {
  gateway: [
    field('id', 'string', '`gateway.id` of the configuration.'),
    field('topic', 'string', 'The same as a level of a topic.'),
    field('version', 'string', 'Version of the gateway.'),
    field('url', 'string', 'Where people read about it.'),
  ],
  registration: [
    field('id', 'string', 'Of this registration alone.'),
    field('endpoint', 'string', 'Endpoint name.'),
    field('lifetime', 'double', 'Seconds; 0 is for ever.'),
    field('version', 'string', 'LwM2M version: `1.0`, `1.1` or `1.2`.'),
    field('binding', 'string', 'As the device said it, `U` where it said nothing.'),
    field('queueMode', 'bool', 'Whether it sleeps.'),
    field('sms', 'string', 'Its number, where it gave one.'),
    field('attributes', 'map', 'Parameters of the Register that LwM2M does not know, by name.'),
    field('objects', 'list', 'Objects: `[{id, version, instances}]`, by ascending id.'),
    field('alternatePath', 'string', "Path below which the device's tree lies, `/` for the root."),
    field('contentFormats', 'list', 'Content-Format ids that it offered.'),
    field('security', 'string', '`nosec`, `psk`, `rpk` or `x509`.'),
    field(
      'identity',
      'string',
      'PSK identity, name of the certificate or fingerprint of the key; not with `nosec`.',
    ),
    field('address', 'string', '`coap://192.0.2.7:49152`.'),
    field('registeredAt', 'double', 'Milliseconds since the epoch.'),
    field('updatedAt', 'double', 'Milliseconds since the epoch.'),
  ],
  command: [
    field('id', 'string', 'As the asker gave it, else made up.'),
    field('operation', 'dyn', 'read, write, ...; null where the message gave no command.'),
    field('path', 'dyn', 'What it is about; null where the message gave no command.'),
    field(
      'state',
      'string',
      '`queued`, `sent`, `done`, `failed`, `expired` or `cancelled`; in answers the status.',
    ),
  ],
  result: [
    field('id', 'dyn', 'As the asker gave it; null where a refused message had none.'),
    field('status', 'string', '`ok` or `error`.'),
    field(
      'kind',
      'string',
      '`ok`; `refused` by the device; `timeout`, `reset`: no answer of it; `expired`, `cancelled`; `rejected`: the message gave no command; `failed`: anything else.',
    ),
    field('operation', 'string', 'Of the command; not there where the message gave none.'),
    field('path', 'string', 'Of the command, without a version; not there where the message gave none.'),
    field('code', 'string', "The device's answer, such as `2.05` or `4.04`, where one came."),
    field('error', 'map', 'With `status: error`: `{code, message}`.'),
    field('content', 'dyn', 'read, observe: the values as one document by ids, relative to `path`.'),
    field('values', 'list', 'read, observe: the values: `[{path, value, time, unit}]`.'),
    field('location', 'string', 'create: path of the instance, where it is known.'),
    field('links', 'list', 'discover: what was found: `[{path, attributes}]`.'),
    field('linkFormat', 'list', 'discover: the same as texts in link format.'),
  ],
} as const satisfies Record<string, readonly Variable[]>

/** The elements of `resources`. */
export const resourceFields: readonly Variable[] = [
  field('id', 'string', '`3303/5700`: object and resource.'),
  field('path', 'string', '`/3303/0/5700`.'),
  field('object', 'double', 'Object id.'),
  field('instance', 'double', 'Object instance id.'),
  field('resource', 'double', 'Resource id.'),
  field('name', 'string', "The resource's name in the object model."),
  field('objectName', 'string', "The object's name in the object model."),
  field('valueType', 'string', 'string, integer, unsigned, float, boolean, opaque, time, objlnk or corelnk.'),
  field(
    'unit',
    'dyn',
    'The unit that the device told, else that of the object model, renamed by `units`; or null.',
  ),
  field('readable', 'bool', 'Whether it can be read.'),
  field('writable', 'bool', 'Whether it can be written.'),
  field('executable', 'bool', 'Whether it can be executed.'),
  field('multiple', 'bool', 'Whether it may have several instances.'),
  field('mandatory', 'bool', 'Whether every instance of the object has it.'),
  field('known', 'bool', 'Whether the device has told a value.'),
]
