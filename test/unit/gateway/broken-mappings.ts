/** A mapping file that is wrong: what, its text, the line that the error names, and a part of the message. */
export type BrokenMapping = readonly [what: string, text: string, line: number, message: string]

const file = (...lines: readonly string[]): string => ['name: broken', ...lines].join('\n')

/** A rule of `publish`; the first of `lines` is the fourth of the file. */
const publish = (...lines: readonly string[]): string =>
  file('publish:', '  - on: value', ...lines.map((line) => `    ${line}`))

/** A rule of `commands`; the first of `lines` is the fourth of the file. */
const command = (...lines: readonly string[]): string =>
  file('commands:', '  - topic: home/{device}/set', ...lines.map((line) => `    ${line}`))

/** A rule of `commands` with another topic, in the third line. */
const asking = (topic: string): string =>
  file('commands:', `  - { topic: ${topic}, operation: read, path: /3/0/0 }`)

const topic = 'topic: "x/${device}"'
const payload = (...lines: readonly string[]): string =>
  publish(topic, 'payload:', ...lines.map((line) => `  ${line}`))
const schema = (text: string): string => command('operation: read', 'path: /3/0/0', `payload: ${text}`)

const keys: readonly BrokenMapping[] = [
  ['a misspelt key', file('publsh: []'), 2, 'did you mean publish?'],
  ['a misspelt key of a rule', publish('topc: x'), 4, 'did you mean topic?'],
  ['a misspelt key of a filter', publish(topic, 'filter:', '  deadBnad: 1'), 6, 'did you mean deadBand?'],
  ['a misspelt key of a command', command('opertion: read'), 4, 'did you mean operation?'],
  ['a misspelt key of an answer', command('answer: { topik: x }'), 4, 'did you mean topic?'],
  ['a misspelt key of match', file('match:', '  endpiont: a'), 3, 'did you mean endpoint?'],
  ['no name', 'version: 1\npublish: []', 1, 'needs the key name'],
  ['a name with a space', 'name: my house', 1, 'expected a small letter'],
  ['an empty file', '', 1, 'needs the key name'],
  ['a list', '- name: a', 1, 'expected a group of keys'],
  ['a text', 'hello', 1, 'expected a group of keys'],
  ['the same key twice', file('version: 1', 'version: 2'), 3, 'stands here twice'],
  ['the same key twice in a rule', publish(topic, topic), 5, 'stands here twice'],
  ['a tab', 'name: a\nmatch:\n\tendpoint: x', 3, 'YAML does not allow tabs'],
  ['a key __proto__', file('tables:', '  t:', '    __proto__: 1'), 4, '__proto__ cannot be a key'],
  ['a merge key', file('match:', '  <<: { version: "1.1" }'), 3, 'no merge keys'],
  ['an alias of nothing', file('version: 1', 'device: *nobody'), 3, 'has no anchor'],
  ['an alias of what is around it', file('tables: &t', '  a: *t'), 3, 'nest more than 64 deep'],
  [
    'aliases that grow',
    file('tables:', `  a: &a { x: [${'1,'.repeat(50_000)}] }`, '  b: { c: *a, d: *a, e: *a, f: *a }'),
    3, // where the list stands that is repeated
    'more than 200000 values',
  ],
  [
    'groups that nest too deeply',
    file(`tables: { a: { b: ${'['.repeat(70)}${']'.repeat(70)} } }`),
    2,
    'deep',
  ],
  ['a tag', file('device: !secret x'), 2, 'has no meaning here'],
  ['two documents', file('---', 'name: b'), 2, 'a second document'],
  [
    'a quote that is not closed',
    file('description: "a house', 'version: 1'),
    2,
    'the quote " that begins here',
  ],
  ['a number that is none', file('tables:', '  t:', '    x: .inf'), 4, 'no number that JSON knows'],
]

const values: readonly BrokenMapping[] = [
  ['a version that is a text', file('version: one'), 2, 'expected an integer'],
  ['publish as a group', file('publish:', '  topic: x'), 2, 'expected a list'],
  ['a rule that is a text', file('publish:', '  - temperature'), 3, 'expected a group of keys'],
  ['retain as a text', publish(topic, 'retain: "yes"'), 5, 'expected true or false'],
  ['a quality of service that is none', publish(topic, 'qos: 3'), 5, 'expected one of 0, 1, 2'],
  ['a misspelt choice', publish(topic, 'encode: jason'), 5, 'did you mean json?'],
  ['a topic that is a number', publish('topic: 5'), 4, 'expected text'],
  ['a path without a slash', publish(topic, 'path: 3303/0/5700'), 5, 'expected a path'],
  ['a path with a name', publish(topic, 'path: [/3/0/9, /3303/temperature]'), 5, 'expected a path'],
  ['a bad duration', publish(topic, 'expiry: 1 hour'), 5, 'expected a number with its unit'],
  ['a bad interval', publish(topic, 'filter:', '  minInterval: 10'), 6, 'expected a number with its unit'],
  ['a negative dead band', publish(topic, 'filter: { deadBand: -1 }'), 5, 'at least 0'],
  ['a unit without a name', file('units:', '  Cel: { factor: 1.8 }'), 3, 'needs the key unit'],
  ['a unit with a text as its factor', file('units:', '  Cel: { unit: F, factor: "2" }'), 3, 'a number'],
  ['a unit that is a number', file('units:', '  Cel: 5'), 3, 'expected text'],
  ['a table that is a list', file('tables:', '  rooms: [kitchen]'), 3, 'expected a group of keys'],
  ['a match with an object that is none', file('match: { objects: [70000] }'), 2, '65535'],
  ['a match with a version that is none', file('match:', '  version: "2.0"'), 3, 'expected one of 1.0'],
  ['a match with an unquoted version', file('match: { version: 1.1 }'), 2, 'in quotes'],
  ['a match of nothing', file('match:', '  endpoint: []'), 3, 'entries'],
  ['an observed path that is none', file('observe:', '  - /3303/*/5700', '  - 3303/0'), 4, 'expected'],
  ['an observed path too deep', file('observe:', '  - path: /1/2/3/4/5'), 3, 'expected a path'],
  [
    'attributes that are texts',
    file('observe:', '  - path: /3/0/9', '    attributes: { pmin: ten }'),
    4,
    'expected an integer',
  ],
  [
    'attributes that nobody knows',
    file('observe:', '  - path: /3/0/9', '    attributes:', '      pmni: 10'),
    5,
    'did you mean pmin?',
  ],
  ['an entry of observe without a path', file('observe:', '  - attributes: {}'), 3, 'needs the key path'],
  ['a bad name of a rule', publish('name: my rule', topic), 4, 'expected a letter'],
  ['integers as something else', file('integers: bigint'), 2, 'expected one of number, string'],
  ['integers in a way that there is not', file('integers: text'), 2, 'one of number, string'],
]

const expressions: readonly BrokenMapping[] = [
  ['a misspelt variable', publish(topic, 'payload: "${valeu}"'), 5, 'did you mean value?'],
  ['a misspelt variable in a topic', publish('topic: "x/${devcie}"'), 4, 'did you mean device?'],
  ['a misspelt function', publish(topic, 'payload: "${ruond(value, 1)}"'), 5, 'did you mean round?'],
  ['an expression that is not closed', publish(topic, 'payload: "${value"'), 5, 'is not closed'],
  ['an expression that is nothing', publish(topic, 'payload: "${}"'), 5, "in ''"],
  ['an expression that breaks off', publish(topic, 'payload: "${value +}"'), 5, "in 'value +'"],
  ['an expression without quotes', publish(topic, 'payload: { a: ${value} }'), 5, 'wants quotes'],
  ['an expression without quotes, with a colon', publish('topic: ${a ? b : c}'), 4, 'wants quotes'],
  ['a word for an operator', publish(topic, 'when: "${value > 1 and value < 5}"'), 5, 'did you mean &&?'],
  ['one = for two', publish(topic, `when: "\${value = 'ON'}"`), 5, 'did you mean ==?'],
  ['a text without quotes', publish(topic, 'when: "${value == ON}"'), 5, "a text wants quotes, 'ON'"],
  ['a function without its end', publish(topic, 'payload: "${round(value, 1}"'), 5, 'a ) is missing'],
  ['a function without an argument', publish(topic, 'payload: "${round(value)}"'), 5, 'round(dyn, int)'],
  ['a function by half its name', publish(topic, 'payload: "${rnd(value, 1)}"'), 5, 'did you mean round?'],
  ['a choice without its other side', publish(topic, `payload: "\${value ? 'ON'}"`), 5, 'a : is missing'],
  ['a condition that is a number', publish(topic, 'when: "${1.5}"'), 5, 'gives true or false'],
  ['a condition without ${', publish(topic, 'when: value > 20'), 5, 'expected one expression'],
  ['text and a number added', publish(topic, 'payload: "${endpoint + 1}"'), 5, "in 'endpoint + 1'"],
  ['a pattern that backtracks', publish(topic, 'payload: "${endpoint.matches(\'(a+)+$\')}"'), 5, 'left out'],
  ['an expression that is too long', publish(topic, `payload: "\${${'1+'.repeat(600)}1}"`), 5, 'too long'],
  ['a variable of another event', publish(topic, 'payload: "${state}"'), 5, 'Unknown variable: state'],
  ['a variable of messages in a publication', publish(topic, 'payload: "${levels.room}"'), 5, 'levels'],
  [
    'a table that is not there',
    publish(topic, 'payload: "${tables.rooms[endpoint]}"'),
    5,
    "no table 'rooms'",
  ],
  [
    'a misspelt table',
    `${publish(topic, 'payload: "${lookup(tables.roms, endpoint, endpoint)}"')}\ntables: { rooms: {} }`,
    5,
    'did you mean rooms?',
  ],
  [
    'an unknown variable in a default',
    file(
      'defaults:',
      '  properties: { a: "${nobody}" }',
      'publish:',
      '  - { on: value, topic: x }',
      '  - { on: value, topic: y }',
    ),
    3,
    'nobody',
  ],
  ['a device name of nothing', file('device: "${registration"'), 2, 'is not closed'],
]

const operators: readonly BrokenMapping[] = [
  ['$each without $value', payload('a:', '  $each: "${samples}"'), 6, '$each needs $value'],
  ['$each of a text', payload('$each: samples', '$value: 1'), 6, 'expected one expression'],
  ['$as that is taken', payload('$each: "${[1]}"', '$as: value', '$value: 1'), 7, 'expected a new name'],
  ['a misspelt operator', payload('$eech: "${[1]}"', '$value: 1'), 6, 'did you mean $each?'],
  [
    'a misspelt $switch',
    payload('a:', '  $swich: "${value}"', '  $cases: { a: 1 }'),
    7,
    'did you mean $switch?',
  ],
  [
    'a misspelt $switch of a command',
    command('$swich: "${payload}"', '$cases: { a: { operation: read, path: /3 } }'),
    4,
    'did you mean $switch?',
  ],
  ['$as without $each', payload('$value: 1', '$as: r'), 7, '$as goes with $each'],
  ['$merge of no list', payload('$merge: "${value}"'), 6, 'expected a list of objects'],
  ['$switch without $cases', payload('a: { $switch: "${value}" }'), 6, '$switch needs $cases'],
  ['$switch with a branch that is none', payload('$switch:', '  - $value: 1'), 7, '{$when: CONDITION'],
  ['a key that is an expression', payload('"${name}": 1'), 6, 'a key is no expression'],
  ['a key with and without ?', payload('a: 1', 'a?: 2'), 6, 'stands twice'],
  ['a key beside an operator', payload('$merge: [{}]', 'b: 1'), 7, '$merge goes with'],
]

const rules: readonly BrokenMapping[] = [
  ['a misspelt event', file('publish:', '  - on: valeu', '    topic: x'), 3, 'did you mean value?'],
  ['a misspelt event in a list', file('publish:', '  - on: [value, expird]', '    topic: x'), 3, 'expired?'],
  ['no event', file('publish:', '  - topic: x'), 3, 'needs the key on'],
  ['no topic', file('publish:', '  - on: value'), 3, 'needs the key topic'],
  ['an empty topic', publish('topic: ""'), 4, 'has an empty level'],
  ['+ in a topic', publish('topic: "home/+/${device}"'), 4, 'holds a wildcard'],
  ['# in a topic', publish('topic: "${device}/#"'), 4, 'holds a wildcard'],
  ['an empty level', publish('topic: "home//${device}"'), 4, 'has an empty level'],
  [
    'a wildcard where answers go',
    command('answer:', '  topic: a/+', 'operation: read', 'path: /3/0/0'),
    5,
    'holds a wildcard',
  ],
  [
    'a dead band of nothing',
    publish(topic, 'per: instance', 'filter: { deadBand: 1 }'),
    6,
    'needs the key of',
  ],
  [
    'a misspelt event of a filter',
    publish(topic, 'filter:', '  always:', '    - conected'),
    7,
    'did you mean connected?',
  ],
  [
    'per with an event without values',
    file('publish:', '  - on: registered', '    per: value', '    topic: x'),
    4,
    'events that bring values',
  ],
  [
    'a filter of a message that is none',
    file('publish:', '  - on: { message: "a/#/b" }', '    topic: x'),
    3,
    'must be the last level',
  ],
  [
    'two rules of one name',
    `${publish('name: a', topic).replace('name: a', 'name: a\n    off: true')}\n  - { name: a, on: value, topic: y }`,
    7,
    "two rules 'a'",
  ],
  ['a command without a topic', file('commands:', '  - operation: read'), 3, 'needs the key topic'],
  ['a command without a device', asking('light/set'), 3, 'needs a level {device}'],
  ['a level that is half a name', asking('"x{device}/set"'), 3, 'is no level'],
  ['a level that is not closed', asking('"{device/set"'), 3, 'is no level'],
  ['# amid a filter', asking('"{device}/#/set"'), 3, 'must be the last level'],
  ['a payload that is no schema', schema('5'), 6, 'schema'],
  ['a schema with a misspelt keyword', schema('{ enmu: [ON] }'), 6, 'enmu'],
  [
    'a schema with a type that is none',
    schema('{ type: text }'),
    6,
    'expected one of array, boolean, integer',
  ],
  ['a schema with a misspelt type', schema('{ type: strng }'), 6, 'found strng (did you mean string?)'],
  ['a schema with a choice of one', schema('{ enum: ON }'), 6, 'expected a list; found ON'],
  [
    'a schema with a required key alone',
    schema('{ type: object, required: a }'),
    6,
    'expected a list; found a',
  ],
  ['a schema with a bound that is a text', schema('{ minimum: "3" }'), 6, 'expected a number; found 3'],
  ['a schema with a pattern that looks back', schema('{ pattern: "(a)\\\\1" }'), 6, 'pattern'],
  ['a schema with a pattern that looks ahead', schema('{ pattern: "^(?=a)" }'), 6, 'pattern'],
  ['a schema that contains itself', schema('{ properties: { a: { $ref: "#" } } }'), 6, '$ref'],
  ['a schema with a reference to elsewhere', schema('{ $ref: "http://example.com/s" }'), 6, '$ref'],
  ['a schema that compares each with each', schema('{ uniqueItems: true }'), 6, 'uniqueItems'],
]

const commands: readonly BrokenMapping[] = [
  ['a misspelt operation', command('operation: wrte', 'path: /3/0/0'), 4, 'did you mean write?'],
  ['a command without an operation', command('path: /3/0/0'), 3, 'a command needs the key operation'],
  ['a command without a path', command('operation: read'), 3, 'a command needs the key path'],
  ['a command of nothing', command('parse: json'), 3, 'a command needs the keys operation and path'],
  [
    'a write of nothing',
    command('operation: write', 'path: /3/0/14'),
    3,
    'a write needs one of value, values',
  ],
  [
    'a write of two things',
    command('operation: write', 'path: /3/0/14', 'value: 1', 'text: "1"'),
    3,
    'it has value and text',
  ],
  [
    'a command for any instance',
    command('operation: read', 'path: /3311/*/5850'),
    5,
    '* has a meaning in publish',
  ],
  [
    'a command for a path without a slash',
    command('operation: read', 'path: 3311/0/5850'),
    5,
    'is no LwM2M path',
  ],
  ['a command for an id that is none', command('operation: read', 'path: /3311/0/58500000'), 5, 'to 65534'],
  ['an execute of an instance', command('operation: execute', 'path: /3/0'), 5, 'execute takes a resource'],
  [
    'a read of a value',
    command('operation: read', 'path: /3/0/0', 'value: 1'),
    6,
    'is no key of a read command',
  ],
  [
    'an unknown format',
    command('operation: read', 'path: /3/0/0', 'format: xml'),
    6,
    'format must be one of',
  ],
  [
    'a mode that is none',
    command('operation: write', 'path: /3/0/14', 'value: 1', 'mode: put'),
    7,
    'mode must be',
  ],
  [
    'attributes that are texts, in a command',
    command('operation: write-attributes', 'path: /3/0/9', 'attributes: { pmin: "10" }'),
    6,
    'the attribute pmin must be a number',
  ],
  [
    'write-attributes of nothing',
    command('operation: write-attributes', 'path: /3/0/9'),
    3,
    'key attributes',
  ],
  [
    'a misspelt operation among cases',
    command('$switch: "${payload}"', '$cases:', '  a: { operation: raed, path: /3/0/0 }'),
    6,
    'did you mean read?',
  ],
  [
    'a branch without a path',
    command(
      '$switch:',
      '  - $when: "${true}"',
      '    $value: { operation: read }',
      '$otherwise: { reject: no }',
    ),
    6,
    'a command needs the key path',
  ],
  [
    'a bad path otherwise',
    command('$switch: "${payload}"', '$cases: {}', '$otherwise: { operation: read, path: "3/0" }'),
    6,
    'is no LwM2M path',
  ],
  [
    'a bad path for each',
    command('$each: "${payload}"', '$value: { operation: read, path: "3/0", id: "${item}" }'),
    5,
    'is no LwM2M path',
  ],
  [
    'a bad path in a list of commands',
    command('$value:', '  - { operation: read, path: /3/0/9 }', '  - { operation: read, path: "3/0" }'),
    6,
    'is no LwM2M path',
  ],
  [
    'a bad path in a part of a command',
    command('$merge:', '  - { operation: read }', '  - { path: /3/0/x }', '  - "${payload}"'),
    6,
    'is no LwM2M path',
  ],
]

const reach = (first: string, second: string): string =>
  file(
    'commands:',
    `  - { name: first, topic: "${first}", operation: read, path: /3/0/9 }`,
    `  - { topic: "${second}", operation: read, path: /3/0/9 }`,
  )

const order: readonly BrokenMapping[] = [
  [
    'a command behind one of its topic',
    reach('a/{device}', 'a/{device}'),
    4,
    'is never reached: the rule first',
  ],
  ['a command behind a wider one', reach('a/{device}/{more#}', 'a/{device}/set'), 4, 'is never reached'],
]

const layers: readonly BrokenMapping[] = [
  ['extends what is not there', file('extends: nothing.yaml'), 2, 'cannot be read'],
  ['extends a preset that is not there', file('extends: plian'), 2, 'did you mean plain?'],
  [
    'a misspelt rule that is to be switched off',
    file('extends: plain', 'publish:', '  - { name: valeu, off: true }'),
    4,
    'did you mean value?',
  ],
  [
    'a rule that is to be switched off, of no file',
    file('publish: [{ name: value, off: true }]'),
    2,
    'switch off',
  ],
  ['extends itself', file('extends: broken.yaml'), 2, 'extends itself'],
]

/** What a parser of YAML would tell lines later, or in words of its own; lines have expressions in them. */
const syntax: readonly BrokenMapping[] = [
  [
    'a tab before an expression',
    file(
      'publish:',
      '  - on: value',
      '\ttopic: home/${device}/temp',
      '    payload: ${value}',
      '    retain: true',
    ),
    4,
    'a tab stands here: YAML does not allow tabs',
  ],
  [
    'a key that is indented too little',
    file(
      'publish:',
      '  - on: value',
      '   path: /3/0/9',
      '    topic: home/${device}/temp',
      '    payload: ${value}',
    ),
    4,
    'indented by 3 spaces, what it goes with by 4',
  ],
  [
    'a key that is indented too far',
    file('publish:', '  - on: value', '      path: /3/0/9', '    topic: home/${device}/temp'),
    4,
    'indented by 6 spaces, what it goes with by 4',
  ],
  [
    'an entry of a list without its dash',
    file('publish:', '  - on: value', '    topic: a/${device}', '  on: late', '    topic: b/${device}'),
    5,
    'each entry of this list begins with a dash',
  ],
  [
    'a quote that is not closed, around an expression',
    publish('topic: home/${device}', 'payload: "${value ? 1 : 2}', 'encode: raw', 'expiry: "1h"'),
    5,
    'the quote " that begins here is not closed',
  ],
  [
    'a brace that is not closed',
    command('payload: { enum: [ON, OFF]', 'operation: read', 'path: /3/0/9', 'id: ${payload}'),
    4,
    'the bracket { that opens here is not closed: it needs a }',
  ],
  [
    'a bracket that is not closed',
    command('payload: { enum: [ON, OFF }', 'operation: read', 'path: /3/0/9'),
    4,
    'the bracket [ that opens here is not closed: it needs a ]',
  ],
  [
    'an expression without quotes, and others that need none',
    publish("payload: ${value ? 'ON' : 'OFF'}", 'topic: home/${device}', 'contentType: ${unit}'),
    4,
    'an expression wants quotes here',
  ],
  ['a text with a colon', file('description: my house: the rules', 'version: 1'), 2, 'it wants quotes'],
  ['a key without its colon', publish('topic x', 'encode: raw'), 4, 'a colon and a space are missing'],
  ['one brace too many', file('match: { endpoint: a }}', 'version: 1'), 2, '} does not belong here'],
  [
    'a text behind a quote',
    file('description: "my" house', 'version: 1'),
    2,
    'what belongs together wants quotes',
  ],
]

const example = (...lines: readonly string[]): string =>
  file('examples:', '  - name: one', ...lines.map((line) => `    ${line}`))

const examples: readonly BrokenMapping[] = [
  [
    'a misspelt event in an example',
    example('event: { type: valeu, path: /3/0/9 }'),
    4,
    'did you mean value?',
  ],
  ['an event of no type', example('event: { path: /3/0/9 }'), 4, 'an event needs a `type`'],
  ['a misspelt type of an event', example('event: { typ: value }'), 4, 'did you mean type?'],
  ['a misspelt key of an event', example('event: { type: value, pth: /3/0/9 }'), 4, 'did you mean path?'],
  ['an event that is none of its own', example('event: { type: presence }'), 4, 'write what causes it'],
  ['a misspelt key of a message', example('message: { topc: x }'), 4, 'did you mean topic?'],
  [
    'a misspelt key of a result',
    example('message: { topic: x }', 'result: { vals: {} }'),
    5,
    'means nothing',
  ],
  [
    'a misspelt key of what is given',
    example('event: { type: value }', 'gives:', '  - { topic: x, paylod: 5 }'),
    6,
    'did you mean payload?',
  ],
  [
    'what is given as a group',
    example('event: { type: value }', 'gives: { topic: x, payload: 5 }'),
    5,
    'expected a list',
  ],
  [
    'a misspelt key of an answer in an example',
    example('message: { topic: x }', 'answers: [{ topik: x }]'),
    5,
    'did you mean topic?',
  ],
]

/** Written by hand: what people get wrong, and what an attacker would try. */
export const brokenMappings: readonly BrokenMapping[] = [
  ...keys,
  ...syntax,
  ...values,
  ...expressions,
  ...operators,
  ...rules,
  ...commands,
  ...order,
  ...layers,
  ...examples,
]
