/** A name that expressions may use. */
export interface Variable {
  readonly name: string
  /** In CEL's terms. `dyn` may be null. */
  readonly type: 'string' | 'double' | 'bool' | 'map' | 'list' | 'dyn'
  readonly description: string
}

const variable = (name: string, type: Variable['type'], description: string): Variable => {
  return { name, type, description }
}

/** Groups of variables; `kinds` says which an expression has where. */
const groups = {
  common: [
    variable('event', 'string', 'What happened: the word that `on` takes.'),
    variable(
      'id',
      'string',
      'Stands for what happened and never for anything else; the same in a repetition.',
    ),
    variable('at', 'double', 'When it happened: milliseconds since the epoch.'),
    variable('gateway', 'map', 'The gateway: see [its fields](#fields-of-gateway).'),
    variable('base', 'string', 'The base topic, `mqtt.base`.'),
    variable('tables', 'map', 'The tables of the file: `tables.NAME[KEY]`.'),
  ],
  device: [
    variable(
      'endpoint',
      'string',
      "The device's endpoint name, as it registered; empty in the answer to a message that named no device.",
    ),
    variable(
      'device',
      'string',
      'How this file names the device in topics (`device:`); one topic level. In the answer to a message that named no device what the message called it, or `_`.',
    ),
    variable(
      'registration',
      'dyn',
      'The registration, see [its fields](#fields-of-registration); null where there is none (any more).',
    ),
    variable('values', 'map', 'The last value of each path: `values["/3/0/9"]`.'),
    variable('times', 'map', 'When each of `values` was taken: milliseconds since the epoch.'),
    variable(
      'resources',
      'list',
      'What the device registered and the object model knows, resource by resource: see [the fields](#elements-of-resources) of each.',
    ),
    variable(
      'names',
      'map',
      'The last values by the names of object, instance (where there may be several) and resource: `names.device.batteryLevel`, `names.temperature["0"].sensorValue`.',
    ),
  ],
  presence: [
    variable('state', 'string', '`awake`, `sleeping` or `offline`.'),
    variable('since', 'double', 'Since when: milliseconds since the epoch.'),
    variable('reason', 'string', 'Why: `registered`, `deregistered`, `expired`.'),
  ],
  lifecycle: [variable('predecessor', 'dyn', 'The id of the registration that this one replaces, or null.')],
  value: [
    variable('path', 'string', 'Path of the resource or the resource instance: `/3303/0/5700`.'),
    variable('object', 'double', 'Object id.'),
    variable('instance', 'double', 'Object instance id.'),
    variable('resource', 'double', 'Resource id.'),
    variable('resourceInstance', 'dyn', 'Resource instance id, null where the resource is single.'),
    variable('name', 'dyn', "The resource's name in the object model, or null."),
    variable('objectName', 'dyn', "The object's name in the object model, or null."),
    variable(
      'valueType',
      'string',
      'string, integer, unsigned, float, boolean, opaque, time, objlnk or corelnk.',
    ),
    variable('value', 'dyn', 'The value, in the unit that `units` asks for.'),
    variable('raw', 'dyn', 'The value as the device gave it.'),
    variable('unit', 'dyn', 'Its unit, or null where none is known.'),
    variable('time', 'dyn', 'When it was taken: milliseconds since the epoch.'),
    variable('sampled', 'dyn', "The device's own time of it, or null where it gave none."),
    variable(
      'series',
      'list',
      'With `series: array`: all values of this path, `[{value, time}]`, oldest first.',
    ),
  ],
  report: [
    variable('source', 'string', 'How the values came: `notify`, `observe`, `read`, `send`.'),
    variable('observation', 'string', 'Path of what was observed or read.'),
    variable('sequence', 'dyn', 'The sequence number of the notification, or null.'),
    variable(
      'asked',
      'bool',
      'Whether a command asked for the observation; false for what the gateway observes of its own accord.',
    ),
    variable('context', 'dyn', 'What the command that started the observation asked to `remember`, or null.'),
  ],
  samples: [
    variable('path', 'string', 'Path of what was observed, read or grouped: `/3303/0`.'),
    variable(
      'samples',
      'list',
      'The values: `[{path, value, unit, time, name, valueType, object, instance, resource}]`.',
    ),
    variable('content', 'dyn', 'The values as one document by ids, relative to `path`.'),
    variable('fields', 'map', 'The values of single resources by name: `fields.sensorValue`.'),
  ],
  instance: [
    variable('object', 'double', 'Object id.'),
    variable('instance', 'double', 'Object instance id.'),
    variable('objectName', 'dyn', "The object's name in the object model, or null."),
  ],
  incident: [
    variable('path', 'dyn', 'The path that it concerns, or null.'),
    variable('code', 'dyn', 'An error code, or a CoAP code such as 4.04; null where there is none.'),
    variable('reason', 'dyn', 'The reason in words, or null.'),
    variable('contentFormat', 'dyn', 'undecodable: Content-Format id of the payload, or null.'),
    variable('undecoded', 'dyn', 'undecodable: the payload, as bytes.'),
  ],
  stranger: [
    variable('endpoint', 'dyn', 'Endpoint name as far as it was given, else null.'),
    variable('address', 'dyn', 'Where it came from.'),
    variable('code', 'dyn', 'The error code.'),
    variable('reason', 'dyn', 'The reason in words.'),
    variable('count', 'dyn', 'refusals-suppressed: how many since the last time.'),
    variable('details', 'dyn', 'mapping-failed and others: what else is known of it.'),
  ],
  message: [
    variable('topic', 'string', 'The topic that the message came on.'),
    variable('levels', 'map', 'Its levels by the names in the filter: `levels.room`, as text.'),
    variable('payload', 'dyn', 'The payload: JSON where it is JSON, else text.'),
    variable('text', 'string', 'The payload as text.'),
    variable('properties', 'map', 'The user properties of the message.'),
    variable('retained', 'bool', 'Whether the message was retained.'),
  ],
  command: [variable('command', 'map', 'The command: see [its fields](#fields-of-command).')],
  result: [
    variable('result', 'map', 'How it ended: see [its fields](#fields-of-result).'),
    variable('context', 'dyn', 'What `remember` kept, or null.'),
  ],
} as const satisfies Record<string, readonly Variable[]>

/** What an expression is about: it decides which variables there are. */
export const kinds = {
  /** The gateway itself, and what concerns no known device. */
  gateway: [...groups.common],
  stranger: [...groups.common, ...groups.stranger],
  device: [...groups.common, ...groups.device],
  lifecycle: [...groups.common, ...groups.device, ...groups.lifecycle],
  presence: [...groups.common, ...groups.device, ...groups.presence],
  value: [...groups.common, ...groups.device, ...groups.value, ...groups.report],
  instance: [...groups.common, ...groups.device, ...groups.samples, ...groups.instance, ...groups.report],
  notification: [...groups.common, ...groups.device, ...groups.samples, ...groups.report],
  incident: [...groups.common, ...groups.device, ...groups.incident],
  life: [...groups.common, ...groups.device, ...groups.command],
  /** The end of a command, whoever asked for it. */
  response: [...groups.common, ...groups.device, ...groups.command, ...groups.result],
  /** A message of another topic, told to a device. */
  message: [...groups.common, ...groups.device, ...groups.message],
  /** A message on a command topic, before its device is known. */
  request: [...groups.common, ...groups.message],
  /** The same, for a device that is known. */
  order: [...groups.common, ...groups.device, ...groups.message],
  answer: [...groups.common, ...groups.device, ...groups.message, ...groups.command, ...groups.result],
} as const satisfies Record<string, readonly Variable[]>

export type Kind = keyof typeof kinds

/** The variables that all of these kinds have. */
export function variablesOf(first: Kind, ...others: readonly Kind[]): readonly Variable[] {
  const everywhere = (name: string): boolean =>
    others.every((kind) => kinds[kind].some((other) => other.name === name))
  return (kinds[first] as readonly Variable[]).filter(({ name }) => everywhere(name))
}
