import type { JsonObject, JsonValue } from '../../lib/json.ts'

/** An operator of documents, for the reference. */
export interface OperatorDocs {
  /** The keys that make it, as they are written. */
  readonly keys: string
  readonly description: string
  /** What the payload of a message is, what the document says, and what it gives; a test holds them together. */
  readonly example: { readonly payload: JsonObject; readonly document: JsonValue; readonly gives: JsonValue }
}

export const operatorDocs: readonly OperatorDocs[] = [
  {
    keys: '"${...}"',
    description:
      'A text that is one expression keeps its type; text around it makes a text. `$${` stands for `${` itself.',
    example: {
      payload: { on: true, room: 'kitchen' },
      document: { state: '${payload.on}', title: 'Lamp of ${payload.room}', literal: '$${room}' },
      gives: { state: true, title: 'Lamp of kitchen', literal: '${room}' },
    },
  },
  {
    keys: 'key?',
    description:
      'A key that ends in `?` is left out where its expression gives null, or asks for what is not there. Without it, that fails the rule.',
    example: {
      payload: { level: 5 },
      document: { 'level?': '${payload.level}', 'unit?': '${payload.unit}' },
      gives: { level: 5 },
    },
  },
  {
    keys: 'default(EXPRESSION, FALLBACK)',
    description: 'In an expression: the fallback where it gives null, or asks for what is not there.',
    example: {
      payload: { unit: null },
      document: { level: '${default(payload.level, 0)}', unit: "${default(payload.unit, 'C')}" },
      gives: { level: 0, unit: 'C' },
    },
  },
  {
    keys: '$when',
    description:
      'A condition: beside other keys or another operator, all of it is left out where the condition does not hold.',
    example: {
      payload: { level: 5 },
      document: [
        { $when: '${payload.level < 10}', alarm: 'low' },
        { $when: '${payload.level > 90}', alarm: 'high' },
      ],
      gives: [{ alarm: 'low' }],
    },
  },
  {
    keys: '$value',
    description: 'What an object with nothing but `$when` beside it stands for, if it is no object itself.',
    example: {
      payload: { level: 5 },
      document: ['always', { $when: '${payload.level < 10}', $value: 'low' }],
      gives: ['always', 'low'],
    },
  },
  {
    keys: '$each, $as, $where, $value',
    description:
      'A list: one element for each element of a list, or for each `{key, value}` of an object. `$as` names the variable (else `item`), `$where` leaves elements out, `$value` says what comes of each.',
    example: {
      payload: {
        rooms: [
          { name: 'kitchen', warm: true },
          { name: 'cellar', warm: false },
        ],
      },
      document: { $each: '${payload.rooms}', $as: 'r', $where: '${r.warm}', $value: '${r.name}' },
      gives: ['kitchen'],
    },
  },
  {
    keys: '$key',
    description: 'Beside `$each`: an object instead of a list, with these keys.',
    example: {
      payload: {
        rooms: [
          { name: 'kitchen', t: 21 },
          { name: 'cellar', t: 9 },
        ],
      },
      document: { $each: '${payload.rooms}', $as: 'r', $key: '${r.name}', $value: { temperature: '${r.t}' } },
      gives: { kitchen: { temperature: 21 }, cellar: { temperature: 9 } },
    },
  },
  {
    keys: '$merge',
    description: 'One object of several; of keys that stand in more than one, the last one counts.',
    example: {
      payload: { id: 7, msgType: 'read' },
      document: { $merge: ['${payload}', { msgType: 'answer' }] },
      gives: { id: 7, msgType: 'answer' },
    },
  },
  {
    keys: '$switch, $cases, $otherwise',
    description:
      'By the value of an expression: the case with this key, else `$otherwise`, else it is left out.',
    example: {
      payload: { msgType: 'read' },
      document: {
        $switch: '${payload.msgType}',
        $cases: { read: { operation: 'read' }, write: { operation: 'write' } },
        $otherwise: { reject: 'unknown' },
      },
      gives: { operation: 'read' },
    },
  },
  {
    keys: '$switch (a list), $otherwise',
    description: 'By conditions: the first one that holds, else `$otherwise`, else it is left out.',
    example: {
      payload: { level: 5 },
      document: {
        $switch: [
          { $when: '${payload.level < 10}', $value: 'low' },
          { $when: '${payload.level < 50}', $value: 'medium' },
        ],
        $otherwise: 'high',
      },
      gives: 'low',
    },
  },
]
