import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCli } from '../../../src/cli/cli.ts'
import { commands } from '../../../src/cli/commands.ts'
import { Recorder } from './recorder.ts'

const GOOD = `name: house
device: "\${lookup(tables.rooms, endpoint, endpoint)}"
tables: { rooms: { room-1: kitchen } }
publish:
  - on: value
    path: /3303/*/5700
    topic: home/\${device}/temp
    payload: "\${value * 9 / 5 + 32}"
    filter: { minInterval: 10s }
commands:
  - topic: home/{device}/light/set
    payload: { enum: ["ON", "OFF"] }
    operation: write
    path: /3311/0/5850
    value: "\${payload == 'ON'}"
examples:
  - name: warm
    event: { type: notify, endpoint: room-1, path: /3303/0/5700, value: 21.5 }
    gives: [{ topic: home/kitchen/temp, payload: 70.7 }]
  - device: { endpoint: room-1 }
    message: { topic: home/kitchen/light/set, payload: "on" }
    rejected: allowed values
`
const OBJECT = `<?xml version="1.0"?><LWM2M><Object ObjectType="MODefinition"><Name>Gauge</Name><ObjectID>33123</ObjectID>
<ObjectURN>urn:oma:lwm2m:x:33123</ObjectURN><MultipleInstances>Multiple</MultipleInstances><Mandatory>Optional</Mandatory>
<Resources><Item ID="1"><Name>Fill Level</Name><Operations>R</Operations><MultipleInstances>Single</MultipleInstances>
<Mandatory>Mandatory</Mandatory><Type>Integer</Type><RangeEnumeration/><Units>%</Units></Item></Resources></Object></LWM2M>`

let folder: string
const at = (name: string): string => join(folder, name)

function file(name: string, text: string): string {
  writeFileSync(at(name), text)
  return at(name)
}

async function run(args: readonly string[], input: readonly (string | object)[] = []) {
  const lines = input.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)))
  const connections = 'mqtt: { connections: { cloud: { url: "mqtt://cloud" } } }'
  const io = new Recorder(
    { 'c.yaml': `lwm2m: { models: ${at('models')} }\n${connections}` },
    {},
    lines.join('\n'),
  )
  const code = await runCli(['map', ...args], commands, io)
  return { code, out: io.lines, err: io.complaints.join('\n') }
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lwm2mqtt-map-'))
  mkdirSync(at('models'))
  file('models/33123.xml', OBJECT)
  file('house.yaml', GOOD)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('map check', () => {
  test('says ok for good files and presets', async () => {
    expect(await run(['check', at('house.yaml'), 'plain'])).toEqual({
      code: 0,
      out: [`${at('house.yaml')}: ok`, 'plain: ok'],
      err: '',
    })
  })

  test('tells all faults of all files, with place, path and suggestion', async () => {
    const typos = file(
      'typos.yaml',
      GOOD.replace('minInterval', 'minIntreval').replace('operation', 'opreation'),
    )
    const unknown = file('unknown.yaml', GOOD.replace('value * 9', 'valeu * 9'))
    const { code, out, err } = await run(['check', typos, at('house.yaml'), unknown, typos])
    expect({ code, out }).toEqual({ code: 3, out: [`${at('house.yaml')}: ok`] })
    const lines = err.split('\n').filter((line) => line.startsWith(folder))
    expect(lines).toEqual([
      expect.stringContaining(`${typos}:9:15: publish[0].filter.minIntreval: `),
      expect.stringContaining(`${typos}:13:5: commands[0].opreation: `),
      expect.stringMatching(
        `^${unknown}:8:5: publish\\[0\\]\\.payload: .*valeu.*\\(did you mean value\\?\\)`,
      ),
    ])
    expect(lines.slice(0, 2).join()).toMatch(/did you mean minInterval\?.*did you mean operation\?/s)
  })

  test('gives each fault its own code, and each code its fix, once', async () => {
    const codes = async (text: string) => {
      const { err } = await run(['check', file('codes.yaml', text)])
      return { told: err.match(/(?<=\[)mapping_\w+(?=\]$)/gm), fixed: err.match(/(?<=^ {2}code: )\w+$/gm) }
    }
    expect(await codes(GOOD.replace('minInterval', 'minIntreval'))).toEqual({
      told: null,
      fixed: ['mapping_unknown_key'],
    })
    expect(await codes('name: "a')).toEqual({ told: null, fixed: ['mapping_syntax'] })
    expect(await codes('name: a\nextends: nobody')).toEqual({ told: null, fixed: ['mapping_unreadable'] })
    expect(
      await codes(GOOD.replace('minInterval', 'minIntreval').replaceAll(/value (\*|\?)|payload ==/g, 'x $1')),
    ).toEqual({
      told: ['mapping_expression', 'mapping_unknown_key', 'mapping_expression'],
      fixed: ['mapping_expression', 'mapping_unknown_key'],
    })
  })

  test('tells a file that is not there, and one that is missing on the command line', async () => {
    const { code, err } = await run(['check', at('nothing.yaml')])
    expect(code).toBe(3)
    expect(err).toContain('nothing.yaml: the mapping file cannot be read')
    expect((await run(['check'])).code).toBe(2)
  })

  test('finds what speaks against several files in one configuration', async () => {
    const twin = file('twin.yaml', GOOD)
    const rival = file('rival.yaml', GOOD.replace('name: house', 'name: rival'))
    for (const one of [twin, rival]) expect((await run(['check', one])).code).toBe(0)
    const { code, out, err } = await run(['check', at('house.yaml'), twin, rival])
    expect({ code, out }).toEqual({ code: 3, out: [`${at('house.yaml')}: ok`] })
    expect(err.split('\n').filter((line) => line.startsWith(folder))).toEqual([
      `${twin}:1:1: name: is the name of another mapping, too: ${at('house.yaml')}:1:1`,
      expect.stringMatching(/rival.yaml:11:5: .*takes commands from this topic, too$/),
    ])
  })

  test('does not run examples: that is a test', async () => {
    expect((await run(['check', file('red.yaml', GOOD.replace('70.7', '71'))])).code).toBe(0)
  })
})

describe('map test', () => {
  test('runs the examples of files and presets', async () => {
    const { code, out } = await run(['test', at('house.yaml'), 'plain'])
    expect(code).toBe(0)
    expect(out.slice(0, 3)).toEqual([
      `${at('house.yaml')}: 2 of 2 examples ok`,
      '  ok    warm',
      '  ok    example 2',
    ])
    expect(out[3]).toMatch(/^plain: (\d+) of \1 examples ok$/)
  })

  test('shows what came otherwise, key by key and where', async () => {
    const red = file('red.yaml', GOOD.replace('70.7', '71').replace('allowed values', 'no number'))
    const { code, out } = await run(['test', red])
    expect(code).toBe(1)
    expect(out).toEqual([
      `${red}: 0 of 2 examples ok`,
      `  FAIL  warm (${red}:17:5)`,
      '        gives[0].payload',
      '          expected  71',
      '          found     70.7',
      `  FAIL  example 2 (${red}:20:5)`,
      '        rejected',
      '          expected  "no number"',
      '          found     "payload must be equal to one of the allowed values: ON, OFF"',
    ])
  })

  test('names the rule that failed', async () => {
    const { out } = await run(['test', file('red.yaml', GOOD.replace('value * 9 / 5 + 32', "value + 'x'"))])
    expect(out.join('\n')).toMatch(/because {3}\{"failed":".+","mapping":"house","rule":"publish\[0\]"/)
  })

  test('says where there are no examples', async () => {
    const bare = file('bare.yaml', GOOD.slice(0, GOOD.indexOf('examples')))
    expect(await run(['test', bare])).toEqual({ code: 0, out: [`${bare}: it has no examples`], err: '' })
  })

  test('a faulty file is no failed test', async () => {
    expect((await run(['test', file('red.yaml', 'name: 7')])).code).toBe(3)
  })

  test("knows the user's own objects", async () => {
    const own = `name: own
publish: [{ on: value, topic: "t/\${name}", payload: "\${unit}" }]
examples:
  - event: { type: notify, path: /33123/0/1, value: 5 }
    gives: [{ topic: t/Fill Level, payload: "%" }]
`
    expect((await run(['test', file('own.yaml', own), '--config', 'c.yaml'])).code).toBe(0)
    expect((await run(['test', file('own.yaml', own)])).code).toBe(1)
  })
})

describe('map try', () => {
  const value = (value: number, more: object = {}): object => ({
    ...{ type: 'notify', endpoint: 'room-1', path: '/3303/0/5700', value },
    ...more,
  })
  const payloads = (lines: readonly string[]): unknown[] => lines.map((line) => JSON.parse(line).payload)

  test('makes publications of events, and keeps what filters keep', async () => {
    const { code, out, err } = await run(
      ['try', at('house.yaml')],
      [value(0, { at: 1000 }), value(10, { at: 2000 }), value(20, { at: 3000 }), value(30, { at: 60_000 })],
    )
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(JSON.parse(out[0] ?? '')).toMatchObject({ topic: 'home/kitchen/temp', payload: 32, qos: 1 })
    expect(payloads(out)).toEqual([32, 68, 86]) // 20 came in the place of 10, when ten seconds had passed
  })

  test('what a filter holds back at the end comes then', async () => {
    const { out } = await run(['try', at('house.yaml')], [value(0, { at: 1000 }), value(10, { at: 2000 })])
    expect(payloads(out)).toEqual([32, 50])
  })

  test('tells bad lines by their numbers and goes on', async () => {
    const lines = ['nonsense', '', '[1]', { type: 'notfy' }, 'x'.repeat(1_100_000), value(0)]
    const { code, out, err } = await run(['try', at('house.yaml')], lines)
    expect(code).toBe(1)
    expect(payloads(out)).toEqual([32])
    expect(err.split('\n')).toEqual([
      expect.stringContaining('line 1: it is no JSON: '),
      'line 3: a line holds one JSON object',
      "line 4: type: there is no event 'notfy' (did you mean notify?)",
      'line 5: the line is too long',
    ])
  })

  test('tells a misspelt key, and a message from an event', async () => {
    const { code, err } = await run(
      ['try', at('house.yaml')],
      [value(0, { vlaue: 1 }), { topic: 'home/kitchen/light/set', payload: 'ON' }],
    )
    expect({ code, err }).toEqual({
      code: 1,
      err: [
        'line 1: vlaue: means nothing here (did you mean value?)',
        'line 2: a line with a `topic` is a message: lines are messages with --commands',
      ].join('\n'),
    })
    const lines = [value(0), { topic: 'x', paylod: 'ON' }]
    expect((await run(['try', at('house.yaml'), '--commands'], lines)).err).toBe(
      [
        'line 1: a line with a `type` is an event: with --commands, lines are messages',
        'line 2: paylod: means nothing here (did you mean payload?)',
      ].join('\n'),
    )
  })

  test('tells a message of no rule from one that a rule does not admit', async () => {
    const hello = file(
      'hello.yaml',
      `name: hello
publish: [{ name: birth, on: { message: ha/status, payload: { const: online } }, topic: "h/\${device}", payload: x }]
commands: [{ name: light, topic: "home/{device}/set", when: "\${payload == 'ON'}", operation: read, path: /3 }]
`,
    )
    const lines = [
      { topic: 'ha/status', payload: 'online' },
      { device: { endpoint: 'room-1' } },
      { topic: 'ha/status', payload: 'online' },
      { topic: 'ha/status', payload: 'offline' },
      { topic: 'home/room-1/set', payload: 'OFF' },
      { topic: 'nowhere' },
    ]
    const { out, err } = await run(['try', hello, '--commands'], lines)
    expect(out.map((line) => JSON.parse(line).topic)).toEqual(['h/room-1'])
    expect(err.split('\n')).toEqual([
      expect.stringContaining('line 1: a rule takes this message, but no device is known'),
      'line 4: no rule takes this message: hello, rule birth: payload must be equal to constant: online',
      'line 5: no rule takes this message: hello, rule light: its condition (when) does not hold',
      'line 6: no rule takes a message of this topic',
    ])
  })

  test('tells that two devices have one name', async () => {
    const same = file('same.yaml', GOOD.replace(/^device: .*$/m, 'device: same'))
    const { code, out, err } = await run(
      ['try', same],
      [value(0), { device: { endpoint: 'room-2' } }, value(0, { endpoint: 'room-2' })],
    )
    expect(code).toBe(1)
    expect(out.map((line) => JSON.parse(line).topic)).toEqual(['home/same/temp', 'home/room-2/temp'])
    expect(err.split('\n')[0]).toMatch(
      /^line 2: house, rule device: 'room-2' and 'room-1' are both called 'same'.*$/,
    )
  })

  test('tells a rule that fails', async () => {
    const red = file('red.yaml', GOOD.replace('value * 9 / 5 + 32', "value + 'x'"))
    const { code, err } = await run(['try', red], [value(1)])
    expect(code).toBe(1)
    expect(err).toMatch(/^line 1: house, rule publish\[0\]: /)
  })

  test('makes commands of messages, or says why not', async () => {
    const light = (payload: string, room = 'kitchen'): object => ({
      topic: `home/${room}/light/set`,
      payload,
    })
    const { code, out, err } = await run(
      ['try', at('house.yaml'), '--commands'],
      [{ device: { endpoint: 'room-1' } }, light('ON'), light('on'), light('ON', 'hall'), { topic: 'x' }],
    )
    expect(out.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({
        endpoint: 'room-1',
        operation: 'write',
        path: '/3311/0/5850',
        value: { json: true },
      }),
      expect.objectContaining({
        rejected: expect.stringContaining('allowed values'),
        code: 'request_invalid',
      }),
      expect.objectContaining({ rejected: "'hall' is no device", code: 'endpoint_unknown' }),
    ])
    expect({ code, err }).toEqual({ code: 1, err: 'line 5: no rule takes a message of this topic' })
  })

  test('gives no command that the gateway would refuse', async () => {
    const any = file('any.yaml', `name: any\ncommands: [{ topic: "do/{device}", $value: "\${payload}" }]\n`)
    const ask = (operation: string, path: string, more: object = {}) => ({
      topic: 'do/room-1',
      payload: { operation, path, ...more },
    })
    const lines = [
      ask('write', '3311/0/5850', { value: true }),
      ask('execute', '/3/0'),
      ask('write', '/3/0/9', { value: 5 }),
      ask('write', '/3311/0/5850', { value: 'ON' }),
      ask('write', '/3/0/9', { value: 5, force: true }),
      ask('read', '/3/0/9'),
    ]
    const { code, out } = await run(['try', any, '--commands'], lines)
    expect(code).toBe(0)
    const told = out.map((line) => JSON.parse(line))
    expect(told.map(({ code: refusal, operation }) => refusal ?? operation)).toEqual([
      ...['path_invalid', 'path_depth', 'operation_not_allowed', 'value_type'],
      ...['write', 'read'],
    ])
    expect(told[2]).toMatchObject({ endpoint: 'room-1', rejected: expect.stringContaining('Battery Level') })
  })

  test('knows a device by all that its lines have said', async () => {
    const device = { attributes: { room: 'hall' } }
    const named = file(
      'named.yaml',
      GOOD.replace(/^device: .*$/m, `device: "\${registration.attributes.room}"`),
    )
    const { out } = await run(['try', named], [value(0, { device }), value(10, { at: Date.now() + 60_000 })])
    expect(out.map((line) => JSON.parse(line).topic)).toEqual(['home/hall/temp', 'home/hall/temp'])
  })
})

describe('a connection of its own', () => {
  const cloudy = (name: string): string =>
    file(`${name}.yaml`, GOOD.replace('name: house', `name: house\nconnection: ${name}`))

  test('is any name where no configuration is named', async () => {
    for (const command of ['check', 'test']) {
      expect(await run([command, cloudy('anywhere')])).toMatchObject({ code: 0, err: '' })
    }
  })

  test('is one of the configuration that is named', async () => {
    for (const command of ['check', 'test', 'try']) {
      expect(await run([command, cloudy('cloud'), '--config', 'c.yaml'])).toMatchObject({ code: 0, err: '' })
      const { code, err } = await run([command, cloudy('clout'), '--config', 'c.yaml'])
      expect(code).toBe(3)
      expect(err).toMatch(/clout\.yaml:2:1: connection: .* has no 'clout' \(did you mean cloud\?\)/)
    }
  })

  test('is told of each publication, and its commands are taken', async () => {
    const lines = [{ type: 'notify', endpoint: 'room-1', path: '/3303/0/5700', value: 1 }]
    const { out } = await run(['try', cloudy('lab')], lines)
    expect(out.map((line) => JSON.parse(line))).toMatchObject([
      { topic: 'home/kitchen/temp', connection: 'lab' },
    ])
    const message = { topic: 'home/kitchen/light/set', payload: 'ON' }
    const heard = await run(
      ['try', cloudy('lab'), '--commands'],
      [{ device: { endpoint: 'room-1' } }, message],
    )
    expect(heard.out.map((line) => JSON.parse(line))).toMatchObject([{ operation: 'write' }])
  })
})

describe('map schema', () => {
  test('prints a path, or the schema that lies there', async () => {
    const { out } = await run(['schema'])
    const [path = ''] = out
    const { out: printed } = await run(['schema', '--print'])
    expect(JSON.parse(printed.join(''))).toEqual(JSON.parse(readFileSync(path, 'utf8')))
  })
})
