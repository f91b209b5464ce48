import { describe, expect, it } from 'vitest'
import type { Order, Rejection } from '../../../src/mapping/mapping.ts'
import type { Message } from '../../../src/mapping/publication.ts'
import { mapping, message, read, reject } from './plain-rig.ts'

function order(given: Message): Order {
  const { orders, rejections } = read(given)
  expect(rejections).toEqual([])
  expect(orders).toHaveLength(1)
  return orders[0] as Order
}

function rejection(given: Message): Rejection {
  const { orders, rejections } = read(given)
  expect(orders).toEqual([])
  expect(rejections).toHaveLength(1)
  return rejections[0] as Rejection
}

function request(body: object | string): Message {
  return message('device/room-1/do/request', typeof body === 'string' ? body : JSON.stringify(body))
}

const READ = { operation: 'read', path: '/3/0' }
const WRITE = { operation: 'write', path: '/1/0/1', value: 60 }

it('takes commands by one filter alone', () => {
  expect(mapping.filtersOf()).toEqual(['site/lwm2m/device/+/do/+/#'])
})

describe('do/request', () => {
  it.each([
    [READ, { operation: 'read', path: '/3/0' }],
    [
      { ...READ, format: 'senml-json' },
      { operation: 'read', path: '/3/0', format: 110 },
    ],
    [
      { ...READ, format: 'cbor', force: true },
      { operation: 'read', path: '/3/0', format: 60, force: true },
    ],
    [{ ...READ, force: false }, READ],
    [
      { ...READ, format: 11544 },
      { operation: 'read', path: '/3/0', format: 11544 },
    ],
    [
      { ...READ, operation: 'observe', format: 'tlv' },
      { operation: 'observe', path: '/3/0', format: 11542 },
    ],
    [WRITE, { operation: 'write', path: '/1/0/1', value: { json: 60 } }],
    [
      { ...WRITE, value: false },
      { operation: 'write', path: '/1/0/1', value: { json: false } },
    ],
    [
      { ...WRITE, value: { 1: 60 }, mode: 'replace', format: 'text' },
      { operation: 'write', path: '/1/0/1', value: { json: { 1: 60 } }, mode: 'replace', format: 0 },
    ],
    [
      { operation: 'execute', path: '/3/0/4' },
      { operation: 'execute', path: '/3/0/4' },
    ],
    [
      { operation: 'execute', path: '/3/0/4', arguments: "0='a'" },
      { operation: 'execute', path: '/3/0/4', arguments: "0='a'" },
    ],
    [
      { operation: 'cancel', path: '/3/0' },
      { operation: 'cancel', path: '/3/0', passive: false },
    ],
    [
      { operation: 'cancel', path: '/3/0', passive: true },
      { operation: 'cancel', path: '/3/0', passive: true },
    ],
    [
      { operation: 'create', path: '/3303', value: { 5700: 21.5 }, format: 'tlv' },
      { operation: 'create', path: '/3303', value: { json: { 5700: 21.5 } }, format: 11542 },
    ],
    [
      { operation: 'create', path: '/3303/1' },
      { operation: 'create', path: '/3303/1', value: { json: {} } },
    ],
    [
      { operation: 'create', path: '/3303', instances: { 1: {}, 2: {} } },
      { operation: 'create', path: '/3303', instances: { 1: {}, 2: {} } },
    ],
    [
      { operation: 'create', path: '/3303', instances: { '1/5700': 1, '/3303/1/5701': 'Cel', 2: {} } },
      { operation: 'create', path: '/3303', instances: { 1: { 5700: 1, 5701: 'Cel' }, 2: {} } },
    ],
    [
      { operation: 'write', path: '/9999/0/1', value: 'AQID', types: { 1: 'opaque' } },
      { operation: 'write', path: '/9999/0/1', value: { json: 'AQID' }, types: { 1: 'opaque' } },
    ],
    [
      { operation: 'create', path: '/9999', value: { 1: 'AQID' }, types: { 1: 'opaque' } },
      { operation: 'create', path: '/9999', value: { json: { 1: 'AQID' } }, types: { 1: 'opaque' } },
    ],
    [
      { operation: 'delete', path: '/3303/1', force: true },
      { operation: 'delete', path: '/3303/1', force: true },
    ],
    [
      { operation: 'discover', path: '/3' },
      { operation: 'discover', path: '/3' },
    ],
    [
      { operation: 'write-attributes', path: '/3303/0/5700', attributes: { pmin: 10, gt: null } },
      { operation: 'write-attributes', path: '/3303/0/5700', attributes: { pmin: 10, gt: null } },
    ],
  ])('%j', (body, command) => {
    expect(order(request(body)).command).toEqual({ ...command, id: 'made-1', endpoint: 'room-1' })
  })

  it('keeps integers beyond 2^53', () => {
    const { command } = order(request('{"operation":"write","path":"/9/0/1","value":9223372036854775807}'))
    expect(command).toMatchObject({ value: { json: 9_223_372_036_854_775_807n } })
  })

  it.each([
    ['"42"', '42'],
    ['42', '42'],
    ['9223372036854775807', '9223372036854775807'],
    ['"\\u0000\\n"', '\0\n'],
    [`"${'x'.repeat(128)}"`, 'x'.repeat(128)],
  ])('id %s comes back as %j, and may be repeated', (id, expected) => {
    const { command, repeatable } = order(request(`{"id":${id},"operation":"read","path":"/3/0"}`))
    expect(command.id).toBe(expected)
    expect(repeatable).toBe(true)
  })

  it('has a deadline, or none', () => {
    expect(order(request({ ...READ, deadline: 1_767_225_600_000 })).deadline).toBe(1_767_225_600_000)
    expect(order(request(READ)).deadline).toBeUndefined()
  })

  it.each([
    ['', 'request_not_json'],
    ['read', 'request_not_json'],
    ['"read"', 'request_invalid'],
    ['[]', 'request_invalid'],
    ['[{"operation":"read","path":"/3/0"}]', 'request_invalid'],
    ['null', 'request_invalid'],
    ['7', 'request_invalid'],
    ['{"operation":"read"', 'request_not_json'],
    ['{}', 'operation_unknown'],
    ['{"operation":"toString"}', 'operation_unknown'],
    ['{"operation":{"toString":1,"valueOf":1}}', 'operation_unknown'],
    [`{"operation":${'['.repeat(20_000)}${']'.repeat(20_000)}}`, 'request_invalid'],
    [`{"operation":${'['.repeat(50)}${']'.repeat(50)}}`, 'operation_unknown'],
    ['{"__proto__":{"operation":"read","path":"/3/0"}}', 'operation_unknown'],
  ])('%.60s is %s', (payload, code) => {
    expect(rejection(request(payload))).toMatchObject({
      endpoint: 'room-1',
      id: undefined,
      code,
    })
  })

  it.each([
    [{ ...READ, id: '' }, 'id'],
    [{ ...READ, id: 'x'.repeat(129) }, 'id'],
    [{ ...READ, id: {} }, 'id'],
    [{ ...READ, deadline: '2026-01-01' }, 'deadline'],
    [{ ...READ, deadline: -1 }, 'deadline'],
    [{ operation: 'read' }, 'path'],
    [{ operation: 'read', path: ['/3/0'] }, 'path'],
    [{ ...READ, format: 'xml' }, 'format'],
    [{ ...READ, format: 'toString' }, 'format'],
    [{ ...READ, format: 65536 }, 'format'],
    [{ ...READ, format: 1.5 }, 'format'],
    [{ ...READ, format: null }, 'format'],
    [{ operation: 'write', path: '/1/0/1' }, 'value'],
    [{ ...WRITE, value: null }, 'value'],
    [{ ...WRITE, mode: 'post' }, 'mode'],
    [{ ...WRITE, types: ['opaque'] }, 'types'],
    [{ ...WRITE, types: { 1: 'none' } }, 'types'],
    [{ ...READ, types: { 1: 'opaque' } }, 'types'],
    [{ operation: 'execute', path: '/3/0/4', arguments: 5 }, 'arguments'],
    [{ operation: 'cancel', path: '/3/0', passive: 'yes' }, 'passive'],
    [{ ...READ, value: 1 }, 'value'],
    [{ ...READ, Path: '/3' }, 'Path'],
    [{ ...WRITE, passive: true }, 'passive'],
    [{ ...READ, force: 1 }, 'force'],
    [{ operation: 'create', path: '/3303', value: {}, instances: {} }, 'instances'],
    [{ operation: 'delete', path: '/3303/1', value: 1 }, 'value'],
    [{ operation: 'discover', path: '/3', format: 'text' }, 'format'],
    [{ operation: 'write-attributes', path: '/3' }, 'attributes'],
    [{ operation: 'write-attributes', path: '/3', attributes: 'pmin=soon' }, 'attribute'],
    [{ operation: 'write-attributes', path: '/3', attributes: 5 }, 'attributes'],
    [{ operation: 'write-attributes', path: '/3', attributes: { pmin: '1' } }, 'pmin'],
  ])('%j names %s as invalid', (body, field) => {
    const { code, message: text } = rejection(request(body))
    expect(code).toBe('request_invalid')
    expect(text).toContain(field)
  })

  it('an id or a deadline that is null is none', () => {
    const given = order(request({ ...READ, id: null, deadline: null }))
    expect(given).toMatchObject({ command: { id: 'made-1' }, repeatable: false, deadline: undefined })
  })

  it('attributes may be a text, as in the short form', () => {
    const given = order(request({ operation: 'write-attributes', path: '/3', attributes: 'pmin=1&gt=' }))
    expect(given.command).toMatchObject({ attributes: { pmin: 1, gt: null } })
  })

  it("a reason of one's own is a rejection, with an id that may be one", () => {
    const reject = (id: unknown) => rejection(request({ id, reject: 'not today' }))
    expect(reject('42')).toMatchObject({ code: 'request_invalid', message: 'not today', id: '42' })
    expect(reject({ some: 'object' }).id).toBeUndefined()
    expect(reject('x'.repeat(129)).id).toBeUndefined()
  })

  it('a number of any length as id is refused, not kept', () => {
    expect(rejection(request(`{"id":${'9'.repeat(129)},"operation":"read","path":"/3/0"}`)).code).toBe(
      'request_invalid',
    )
  })

  it.each([
    ['{"id":"42","operation":"explode"}', '42'],
    ['{"id":18446744073709551615,"operation":"read"}', '18446744073709551615'],
    ['{"id":[],"operation":"read"}', undefined],
    ['{"id":"42",', undefined],
  ])('the id of %s is echoed as far as it can be read', (payload, id) => {
    expect(rejection(request(payload)).id).toBe(id)
  })

  it('bytes that are no UTF-8: rejected, with the id that stands among them', () => {
    const bytes = Buffer.concat([Buffer.from('{"id":"42","operation":"'), Buffer.of(0xff), Buffer.from('"}')])
    expect(rejection(message('device/room-1/do/request', bytes))).toMatchObject({
      code: 'request_not_json',
      id: '42',
    })
  })
})

describe('short forms', () => {
  it.each([
    ['read/3/0', 'ignored', { operation: 'read', path: '/3/0' }],
    ['observe/3303', '', { operation: 'observe', path: '/3303' }],
    ['write/3303/0/5700', '21.5', { operation: 'write', path: '/3303/0/5700', value: { text: '21.5' } }],
    ['execute/3/0/4', "0='a'", { operation: 'execute', path: '/3/0/4', arguments: "0='a'" }],
    ['cancel/3/0', '', { operation: 'cancel', path: '/3/0', passive: false }],
    ['read', '', { operation: 'read', path: '/' }],
    ['read/3_1.2/0', '', { operation: 'read', path: '/3_1.2/0' }],
    ['create/3303', '', { operation: 'create', path: '/3303', value: { json: {} } }],
    ['create/3303/1', '{"5700":1}', { operation: 'create', path: '/3303/1', value: { text: '{"5700":1}' } }],
    ['delete/3303/1', '', { operation: 'delete', path: '/3303/1' }],
    ['discover/3', '', { operation: 'discover', path: '/3' }],
    [
      'write-attributes/3303/0/5700',
      'pmin=10&pmax=60&lt=-1.5&gt=&st',
      {
        operation: 'write-attributes',
        path: '/3303/0/5700',
        attributes: { pmin: 10, pmax: 60, lt: -1.5, gt: null, st: null },
      },
    ],
    [
      'write-attributes/3',
      '{"pmin":10,"pmax":null}',
      { operation: 'write-attributes', path: '/3', attributes: { pmin: 10, pmax: null } },
    ],
    ['write-attributes/3', '', { operation: 'write-attributes', path: '/3', attributes: {} }],
  ])('do/%s', (action, payload, command) => {
    const { command: given, repeatable, deadline } = order(message(`device/room-1/do/${action}`, payload))
    expect(given).toEqual({ ...command, id: 'made-1', endpoint: 'room-1' })
    expect(repeatable).toBe(false)
    expect(deadline).toBeUndefined()
  })

  it.each(['/', '/remove/3/0', '/request/3', '/READ/3', '//read'])('do%s is no operation', (action) => {
    expect(rejection(message(`device/room-1/do${action}`)).code).toBe('operation_unknown')
  })

  it.each(['pmin=soon', 'pmin=1e3', 'pmin=0x10', '{"pmin":true}', '{"pmin"'])(
    'the attributes %s are refused',
    (payload) => {
      const { code } = rejection(message('device/room-1/do/write-attributes/3', payload))
      expect(code).toBe(payload === '{"pmin"' ? 'request_not_json' : 'request_invalid')
    },
  )

  it('a value that is no UTF-8 is rejected', () => {
    expect(rejection(message('device/room-1/do/write/1/0/1', Uint8Array.of(0xc3))).code).toBe(
      'request_not_json',
    )
  })
})

describe('the device level', () => {
  it('is decoded', () => {
    expect(order(message('device/k%C3%BCche%2F1/do/read/3')).command.endpoint).toBe('küche/1')
  })

  it.each([
    ['küche', 'k%C3%BCche'],
    ['a%Z', 'a%25Z'],
    ['%FF', '%25FF'],
    ['', '_'],
    ['x'.repeat(256), 'x'.repeat(255)],
  ])('%.20s is no encoded name: rejected, with an answer below that level', (level, answered) => {
    const rejected = rejection(message(`device/${level}/do/read/3`))
    expect(rejected.code).toBe('endpoint_unknown')
    const [response] = reject(rejected)
    expect(response?.topic).toBe(`site/lwm2m/device/${answered}/response`)
  })

  it.each([
    'device/room-1/response',
    'device/room-1/do',
    'device/room-1/dot',
    'device/room-1',
    'gateway/gw/do/read',
    'device/a/b/do/read',
  ])('%s takes no commands', (topic) => {
    expect(read(message(topic))).toEqual({ orders: [], rejections: [] })
  })
})

describe('retained messages', () => {
  it('are refused', () => {
    const retained = message('device/room-1/do/read/3', 'x', { retain: true })
    expect(rejection(retained).code).toBe('command_retained')
    const withId = { ...request({ ...READ, id: '42' }), retain: true }
    expect(rejection(withId)).toMatchObject({ code: 'command_retained', id: '42' })
  })

  it('the empty one that removes a retained message is no command', () => {
    const removed = message('device/room-1/do/read/3', '', { retain: true })
    expect(read(removed)).toEqual({ orders: [], rejections: [] })
  })
})

describe('where the answer goes', () => {
  const responseTopic = 'site/lwm2m/reply/app'

  it('Response Topic and Correlation Data are kept', () => {
    const correlationData = Uint8Array.of(1, 2, 3)
    const { reply, command, repeatable } = order({ ...request(READ), responseTopic, correlationData })
    expect(reply).toMatchObject({ serial: 'made-1', topic: responseTopic, correlationData })
    expect(command.id).toBe('AQID')
    expect(repeatable).toBe(true)
  })

  it('an id wins over Correlation Data', () => {
    const given = { ...request({ ...READ, id: '42' }), correlationData: Uint8Array.of(1) }
    expect(order(given).command.id).toBe('42')
  })

  it('of long Correlation Data the id is a hash, so that it stays short', () => {
    const idOf = (correlationData: Uint8Array) => order({ ...request(READ), correlationData }).command.id
    const [one, other] = [new Uint8Array(60_000), new Uint8Array(60_000).fill(1)]
    expect(idOf(one).length).toBeLessThanOrEqual(128)
    expect(idOf(one)).not.toBe(idOf(other))
    expect(idOf(one)).toBe(idOf(one.slice()))
    expect(idOf(new Uint8Array(96))).toBe(Buffer.alloc(96).toString('base64url'))
  })

  it('another Response Topic is refused, and the answer goes to the device', () => {
    const correlationData = Uint8Array.of(1)
    const rejected = rejection({
      ...request({ ...READ, id: '42' }),
      responseTopic: 'elsewhere',
      correlationData,
    })
    expect(rejected).toMatchObject({ code: 'response_topic_refused', id: '42' })
    expect(rejected.reply).toMatchObject({ serial: 'made-1', topic: undefined, correlationData })
  })

  it('a rejection goes where the answer would have gone', () => {
    expect(rejection({ ...request('{}'), responseTopic }).reply.topic).toBe(responseTopic)
  })
})
