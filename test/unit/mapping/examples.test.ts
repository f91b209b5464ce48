import { describe, expect, test } from 'vitest'
import { DeviceMatcher } from '../../../src/lwm2m/device-match.ts'
import { builtinModel } from '../../../src/lwm2m/model/builtin.ts'
import type { ExampleDocument, MappingDocument } from '../../../src/mapping/document.ts'
import { type ExampleFault, exampleSurroundings, runExamples } from '../../../src/mapping/examples.ts'
import { compileLayers } from '../../../src/mapping/layering.ts'
import { Layers } from '../../../src/mapping/layers.ts'

function layersOf(document: MappingDocument): Layers {
  const options = { ...exampleSurroundings, filterOf: (match: object) => new DeviceMatcher(match) }
  const { sheets, problems } = compileLayers([[{ document }]], options)
  expect(problems).toEqual([])
  const [fallback] = sheets
  if (fallback === undefined) throw new Error('nothing was compiled')
  return new Layers({ sheets, fallback, isResponseTopic: () => false })
}

/** What is wrong with one example of a file. */
function faultOf(file: Omit<MappingDocument, 'name'>, example: ExampleDocument): ExampleFault | undefined {
  const document = { name: 'house', ...file }
  const [outcome] = runExamples({ ...document, examples: [example] }, () => layersOf(document), builtinModel)
  return outcome?.fault
}

/** A rule that says what it sees of an event. */
const echo = (on: string, payload: string): Omit<MappingDocument, 'name'> => ({
  publish: [{ on, topic: 't', payload }],
})

const VALUE = { type: 'notify', endpoint: 'room-1', path: '/3303/0/5700', value: 21.5 }
const HOUSE: Omit<MappingDocument, 'name'> = {
  device: '${registration.attributes.room}',
  publish: [
    { on: 'value', path: '/3303/*/5700', topic: 'home/${device}/temp', payload: '${value}', retain: true },
    {
      on: 'value',
      path: '/3303/*/5700',
      topic: 'home/${device}/log',
      payload: { v: '${value}', at: '${time}' },
    },
  ],
  commands: [
    {
      topic: 'home/{device}/light/set',
      payload: { enum: ['ON', 'OFF'] },
      operation: 'write',
      path: '/3311/0/5850',
      value: "${payload == 'ON'}",
      answer: { topic: 'home/${device}/answer', payload: '${result.status}' },
    },
  ],
}
const KITCHEN = { endpoint: 'room-1', attributes: { room: 'kitchen' } }
const SWITCH = { topic: 'home/kitchen/light/set', payload: 'ON' }
const TEMP = { topic: 'home/kitchen/temp', payload: 21.5 }
const LOG = { topic: 'home/kitchen/log', payload: { v: 21.5, at: 1_764_000_000_000 } }

describe('an event', () => {
  test.each([
    ['value', { ...VALUE, type: 'value' }, '${value}', 21.5],
    ['notify', VALUE, '${source}', 'notify'],
    ['observe', { ...VALUE, type: 'observe' }, '${source}', 'observe'],
    ['read', { ...VALUE, type: 'read' }, '${source}', 'read'],
    ['late', { ...VALUE, type: 'late', sequence: 4 }, '${sequence}', 4],
    ['registered', { type: 'registered' }, '${endpoint}', 'device-1'],
    ['re-registered', { type: 're-registered', predecessor: 'old' }, '${predecessor}', 'old'],
    ['updated', { type: 'updated', endpoint: 'e' }, '${endpoint}', 'e'],
    ['deregistered', { type: 'deregistered' }, '${event}', 'deregistered'],
    ['expired', { type: 'expired' }, '${event}', 'expired'],
    ['presence', { type: 'expired' }, '${state}', 'offline'],
    ['connected', { type: 'connected' }, '${state}', 'awake'],
    [
      'command',
      { type: 'command', state: 'sent', path: '/3/0/4' },
      '${command.state + command.path}',
      'sent/3/0/4',
    ],
    [
      'response',
      { type: 'response', operation: 'read', path: '/3/0/9', values: { '/3/0/9': 80 } },
      '${device + command.path + result.kind + text(result.values[0].value)}',
      'device-1/3/0/9ok80',
    ],
    [
      'response',
      { type: 'response', path: '/3/0/9', code: '4.04', error: { message: 'gone' } },
      '${result.kind + result.code + result.error.message}',
      'refused4.04gone',
    ],
    ['observed', { type: 'observed', path: '/3/0/9' }, '${path}', '/3/0/9'],
    ['observation-ended', { type: 'observation-ended', reason: 'r' }, '${reason}', 'r'],
    ['observation-failed', { type: 'observation-failed', code: '4.04' }, '${code}', '4.04'],
    ['attributes-refused', { type: 'attributes-refused', code: '4.00' }, '${code}', '4.00'],
    ['body-lost', { type: 'body-lost', path: '/5/0/0' }, '${path}', '/5/0/0'],
    ['undecodable', { type: 'undecodable', path: '/3/0', contentFormat: 42 }, '${contentFormat}', 42],
    ['online', { type: 'online' }, '${gateway.id}', 'gw'],
    ['offline', { type: 'offline' }, '${event}', 'offline'],
    ['refused', { type: 'refused', endpoint: 'x', code: 'c' }, '${endpoint + code}', 'xc'],
    ['refusals-suppressed', { type: 'refusals-suppressed', count: 3 }, '${count}', 3],
    [
      'mapping-failed',
      { type: 'mapping-failed', reason: 'r', details: { rule: 'q' } },
      '${details.rule}',
      'q',
    ],
    ['mapping-clash', { type: 'mapping-clash', reason: 'r' }, '${reason}', 'r'],
    ['mapping-loaded', { type: 'mapping-loaded', reason: 'r' }, '${reason}', 'r'],
    ['mapping-refused', { type: 'mapping-refused', reason: 'r' }, '${reason}', 'r'],
  ])('%s comes about', (on, event, expression, payload) => {
    expect(faultOf(echo(on, expression), { event, gives: [{ topic: 't', payload }] })).toBeUndefined()
    expect(faultOf(echo(on, expression), { event, gives: [{ topic: 't', payload: 'else' }] })).toBeDefined()
  })

  test('has units, times and series', () => {
    const series = {
      '/3303/0/5700': [
        { value: 1, time: 5 },
        { value: 2, time: 6, unit: 'K' },
      ],
    }
    const event = { type: 'notify', path: '/3303/0', values: series, unit: 'Cel' }
    const gives = ['1 Cel 5', '2 K 6'].map((payload) => ({ payload }))
    expect(faultOf(echo('value', '${value} ${unit} ${time}'), { event, gives })).toBeUndefined()
  })

  test('sees what the device told before, and has the objects that the file asks for', () => {
    const match = { objects: [3303, '3311_1.1'] }
    const device = { values: { '/3/0/9': 80 } }
    const rules = echo('value', "${values['/3/0/9']}")
    expect(faultOf({ match, ...rules }, { device, event: VALUE, gives: [{ payload: 80 }] })).toBeUndefined()
  })

  test.each([
    [{ type: 'notfy' }, "there is no event 'notfy' (did you mean notify?)"],
    [{ type: 'presence' }, 'write what causes it'],
    [{ type: 'send' }, 'takes no Send yet'],
    [{ path: '/3' }, 'needs a `type`'],
    [{ ...VALUE, vlaue: 1 }, 'vlaue: means nothing here (did you mean value?)'],
  ])('that is none, %j, is told', (event, reason) => {
    const fault = faultOf(HOUSE, { event, gives: [] })
    expect(fault).toMatchObject({ key: 'event', differences: [] })
    expect(fault?.reasons).toEqual([{ failed: expect.stringContaining(reason) }])
  })
})

describe('how a text is written', () => {
  const rules = {
    publish: [
      { on: 'value', topic: 'json', payload: 'ON' },
      { on: 'value', topic: 'raw', payload: 'ON', encode: 'raw' as const },
      { on: 'value', topic: 'number', payload: '${value}', encode: 'raw' as const },
    ],
  }
  const json = { topic: 'json', payload: 'ON', encode: 'json' }
  const raw = { topic: 'raw', payload: 'ON', encode: 'raw' }
  const number = { topic: 'number', payload: 21.5 }

  test('can be told by an example, and need not', () => {
    expect(faultOf(rules, { event: VALUE, gives: [json, raw, number] })).toBeUndefined()
    const silent = [{ payload: 'ON' }, { payload: 'ON' }, number]
    expect(faultOf(rules, { event: VALUE, gives: silent })).toBeUndefined()
  })

  test('is a difference', () => {
    const fault = faultOf(rules, { event: VALUE, gives: [{ ...json, encode: 'raw' }, raw, number] })
    expect(fault?.differences).toEqual([{ path: [0, 'encode'], expected: 'raw', found: 'json' }])
  })
})

describe('a device that cannot be named', () => {
  test('is told as the reason, in an event and in a message', () => {
    const file = {
      ...HOUSE,
      device: '${registration.attributes.room.id}',
      commands: [{ topic: 'home/{device}/set', operation: 'read', path: '/3/0/9', when: '${payload == 1}' }],
    }
    const failed = { mapping: 'house', rule: 'device', failed: expect.stringContaining('room') }
    const device = { endpoint: 'room-1', attributes: { room: 'kitchen' } }
    expect(faultOf(file, { device, event: VALUE, gives: [] })?.reasons).toMatchObject([failed])
    const message = { topic: 'home/kitchen/set', payload: 2 }
    expect(faultOf(file, { device, message, gives: [{ operation: 'read' }] })?.reasons).toMatchObject([
      failed,
    ])
  })
})

describe('what an event gives', () => {
  const event = { ...VALUE, attributes: { room: 'kitchen' } }

  test('may leave out keys of a publication, not of its payload', () => {
    expect(faultOf(HOUSE, { event, gives: [TEMP, LOG] })).toBeUndefined()
    expect(faultOf(HOUSE, { event, gives: [{}, {}] })).toBeUndefined()
    const [difference, ...more] =
      faultOf(HOUSE, { event, gives: [TEMP, { ...LOG, payload: { v: 21.5 } }] })?.differences ?? []
    expect(more).toEqual([])
    expect(difference).toEqual({ path: [1, 'payload', 'at'], expected: undefined, found: LOG.payload.at })
  })

  test.each([
    ['too few', [TEMP], [{ path: [1], found: { topic: LOG.topic } }]],
    ['too many', [TEMP, LOG, {}], [{ path: [2], expected: {}, found: undefined }]],
    [
      'another order',
      [LOG, TEMP],
      [{ path: [0, 'topic'] }, { path: [0, 'payload'] }, { path: [1, 'topic'] }, { path: [1, 'payload'] }],
    ],
    ['another value', [{ ...TEMP, payload: 22 }, LOG], [{ path: [0, 'payload'], expected: 22, found: 21.5 }]],
    [
      'another flag',
      [{ ...TEMP, retain: false }, LOG],
      [{ path: [0, 'retain'], expected: false, found: true }],
    ],
    [
      'a key that no publication has',
      [{ ...TEMP, retian: true }, LOG],
      [{ path: [0, 'retian'], found: undefined }],
    ],
    ['nothing', [], [{ path: [0] }, { path: [1] }]],
  ])('%s: told part by part', (_, gives, differences) => {
    expect(faultOf(HOUSE, { event, gives })).toMatchObject({ key: 'gives', differences })
  })

  test('a rule that fails is the reason', () => {
    const fault = faultOf(echo('value', "${value + 'x'}"), { event: VALUE, gives: [{ topic: 't' }] })
    expect(fault?.reasons).toMatchObject([{ mapping: 'house', failed: expect.any(String) }])
  })
})

describe('a message', () => {
  const command = { endpoint: 'room-1', operation: 'write', path: '/3311/0/5850', value: { json: true } }
  const example = { device: KITCHEN, message: SWITCH }

  test('gives commands', () => {
    expect(faultOf(HOUSE, { ...example, gives: [command] })).toBeUndefined()
    const wrong = { ...command, value: { json: false } }
    expect(faultOf(HOUSE, { ...example, gives: [wrong] })?.differences).toEqual([
      { path: [0, 'value', 'json'], expected: false, found: true },
    ])
  })

  test('is rejected, with a part of the reason', () => {
    const message = { ...SWITCH, payload: 'on' }
    const rejected = 'equal to one of the allowed values'
    expect(faultOf(HOUSE, { device: KITCHEN, message, rejected })).toBeUndefined()
    expect(faultOf(HOUSE, { ...example, rejected })).toMatchObject({ key: 'rejected', expected: rejected })
    expect(faultOf(HOUSE, { device: KITCHEN, message, rejected: 'else' })?.found).toContain(rejected)
    expect(faultOf(HOUSE, { device: KITCHEN, message, gives: [command] })?.reasons).toMatchObject([
      { rejected: expect.stringContaining(rejected) },
    ])
  })

  test('is answered, by what the device says', () => {
    const answers = (payload: string) => [{ topic: 'home/kitchen/answer', payload }]
    expect(faultOf(HOUSE, { ...example, answers: answers('ok') })).toBeUndefined()
    expect(faultOf(HOUSE, { ...example, answers: answers('error') })?.key).toBe('answers')
    const result = { code: '4.05', error: { code: 'device_refused', message: 'no' } }
    expect(faultOf(HOUSE, { ...example, result, answers: answers('error') })).toBeUndefined()
    const refused = { ...SWITCH, payload: 'on' }
    expect(faultOf(HOUSE, { device: KITCHEN, message: refused, answers: answers('error') })).toBeUndefined()
  })

  test('of another topic sets off publications', () => {
    const birth = { message: 'ha/status', payload: { const: 'online' } }
    const rules = { publish: [{ on: birth, topic: 'hello/${device}' }] }
    const message = { topic: 'ha/status', payload: 'online' }
    expect(faultOf(rules, { device: KITCHEN, message, gives: [{ topic: 'hello/room-1' }] })).toBeUndefined()
    expect(
      faultOf(rules, { device: KITCHEN, message: { ...message, payload: 'offline' }, gives: [] }),
    ).toBeUndefined()
  })
})

test('a message and then an event: what the command asked to remember is there', () => {
  const rules: Omit<MappingDocument, 'name'> = {
    publish: [{ on: 'value', topic: 't', payload: '${context}' }],
    commands: [
      { topic: 'do', endpoint: 'room-1', operation: 'observe', path: '/3303/0/5700', remember: '${payload}' },
    ],
  }
  const example = { message: { topic: 'do', payload: { q: 7 } }, event: VALUE }
  expect(faultOf(rules, { ...example, gives: [{ payload: { q: 7 } }] })).toBeUndefined()
  expect(faultOf(rules, { ...example, gives: [{ payload: { q: 8 } }] })?.differences).toEqual([
    { path: [0, 'payload', 'q'], expected: 8, found: 7 },
  ])
})

test('`includes` is a part of the payload', () => {
  const rules: Omit<MappingDocument, 'name'> = {
    publish: [{ on: 'value', topic: 't', payload: { a: { b: '${value}', c: 1 }, d: 2 } }],
  }
  expect(faultOf(rules, { event: VALUE, gives: [{ includes: { a: { b: 21.5 } } }] })).toBeUndefined()
  expect(
    faultOf(rules, { event: VALUE, gives: [{ includes: { a: { b: 22 } } }] })?.differences,
  ).toMatchObject([{ expected: 22, found: 21.5 }])
})

test('examples know nothing of each other: a name is free again, a filter has seen nothing', () => {
  const [rule] = HOUSE.publish ?? []
  const document = { ...HOUSE, name: 'house', publish: [{ ...rule, filter: { onChange: true } }] }
  const layers = layersOf(document)
  const example = (endpoint: string): ExampleDocument => ({
    event: { ...VALUE, endpoint, attributes: { room: 'kitchen' } },
    gives: [TEMP],
  })
  const outcomes = runExamples(
    { examples: [example('a'), example('b'), { ...example('b'), name: 'again' }] },
    () => layers,
    builtinModel,
  )
  expect(outcomes).toEqual([
    { index: 0, name: 'example 1', fault: undefined },
    { index: 1, name: 'example 2', fault: undefined },
    { index: 2, name: 'again', fault: undefined },
  ])
})
