import { describe, expect, it } from 'vitest'
import { decodePayload, encodePayload, LWM2M_JSON, OLD_JSON } from '../../src/lwm2m/format/formats.ts'
import type { Sample } from '../../src/lwm2m/value.ts'
import { contextOf, contextOfType, factsOf, NOW } from './context.ts'

const read = (text: string, context = contextOf('/3/0')) =>
  decodePayload(LWM2M_JSON, Buffer.from(text), context)
const untyped = (base: string) => contextOfType(base, undefined)
const at = (base: string, type: Sample['type']) => contextOf(base, { resource: () => factsOf(type) })

// LwM2M 1.0, 6.4.4: a read of the Device object.
const DEVICE = `{"bn":"/3/0/","e":[{"n":"0","sv":"Open Mobile Alliance"},{"n":"1","sv":"Lightweight M2M Client"},
{"n":"2","sv":"345000123"},{"n":"3","sv":"1.0"},{"n":"6/0","v":1},{"n":"6/1","v":5},{"n":"7/0","v":3800},
{"n":"7/1","v":5000},{"n":"8/0","v":125},{"n":"8/1","v":900},{"n":"9","v":100},{"n":"10","v":15},{"n":"11/0","v":0},
{"n":"13","v":1367491215},{"n":"14","sv":"+02:00"},{"n":"16","sv":"U"}]}`

const DEVICE_SAMPLES = [
  ...['/3/0/0 Open Mobile Alliance', '/3/0/1 Lightweight M2M Client', '/3/0/2 345000123', '/3/0/3 1.0'],
  ...['/3/0/6/0 1', '/3/0/6/1 5', '/3/0/7/0 3800', '/3/0/7/1 5000', '/3/0/8/0 125', '/3/0/8/1 900'],
  ...['/3/0/9 100', '/3/0/10 15', '/3/0/11/0 0', '/3/0/13 1367491215', '/3/0/14 +02:00', '/3/0/16 U'],
]

describe('LwM2M JSON', () => {
  it('is read as in the specification, under its id and under the one that old clients sent', () => {
    expect(read(DEVICE).map(({ path, value }) => `${path} ${value}`)).toEqual(DEVICE_SAMPLES)
    expect(decodePayload(OLD_JSON, Buffer.from(DEVICE), contextOf('/3/0'))).toEqual(read(DEVICE))
  })

  it('has times relative to now, as in the specification, or absolute ones', () => {
    const series = (bt: number) =>
      `{"bn":"/72/","bt":${bt},"e":[{"n":"1/2","v":22.4,"t":-5},{"n":"1/2","v":22.9,"t":-30},{"n":"1/2","v":24.1,"t":-50}]}`
    const times = (bt: number) => read(series(bt), untyped('/72')).map(({ time }) => time)
    expect(times(0)).toEqual([NOW - 5000, NOW - 30_000, NOW - 50_000])
    expect(times(NOW / 1000)).toEqual([NOW - 5000, NOW - 30_000, NOW - 50_000])
    expect(read(series(0), untyped('/72'))[0]).toMatchObject({ path: '/72/1/2', type: 'float', value: 22.4 })
  })

  it.each<readonly [text: string, base: string]>([
    ['{"bn":"/3/0/9","e":[{"v":100}]}', '/3/0/9'],
    ['{"bn":"/3/0/9","e":[{"n":"","v":100}]}', '/3/0/9'],
    ['{"bn":"/3/0/","e":[{"n":"9","v":100}]}', '/3/0'],
    ['{"bn":"/","e":[{"n":"3/0/9","v":100}]}', '/3'],
    ['{"bn":"","e":[{"n":"/3/0/9","v":100}]}', '/3'],
    ['{"e":[{"n":"9","v":100}]}', '/3/0'],
    ['{"e":[{"n":"0/9","v":100}]}', '/3'],
    ['{"e":[{"n":"/3/0/9","v":100}]}', '/3/0'],
    ['{"e":[{"v":100}]}', '/3/0/9'],
    ['{"e":[{"n":"","v":100}]}', '/3/0/9'],
    ['{"bn":"/lwm2m/3/0/","e":[{"n":"9","v":100}]}', '/3/0'],
  ])('%s of %s is /3/0/9', (text, base) => {
    expect(read(text, contextOf(base, { alternatePath: '/lwm2m' }))).toEqual([
      { path: '/3/0/9', type: 'integer', value: 100 },
    ])
  })

  it.each<readonly [field: string, type: Sample['type'], value: Sample['value']]>([
    ['"sv":"ACME"', 'string', 'ACME'],
    ['"v":9007199254740993', 'integer', 9007199254740993n],
    ['"v":18446744073709551615', 'unsigned', 18446744073709551615n],
    ['"v":25.0', 'float', 25],
    ['"bv":true', 'boolean', true],
    ['"sv":"AP+A"', 'opaque', Uint8Array.of(0, 255, 128)],
    ['"v":-1', 'time', -1],
    ['"ov":"66:0"', 'objlnk', { object: 66, instance: 0 }],
    ['"sv":"65535:65535"', 'objlnk', { object: 65535, instance: 65535 }],
    ['"sv":"</3/0>"', 'corelnk', '</3/0>'],
  ])('%s is %s', (field, type, value) => {
    expect(read(`{"bn":"/9/0/0","e":[{${field}}]}`, at('/9/0/0', type))).toEqual([
      { path: '/9/0/0', type, value },
    ])
  })

  it('says the type itself where the model does not know the resource', () => {
    const text =
      '{"bn":"/9/0/","e":[{"n":"0","v":1},{"n":"1","sv":"a"},{"n":"2","bv":false},{"n":"3","ov":"3:0"}]}'
    expect(read(text, untyped('/9/0')).map(({ type }) => type)).toEqual([
      ...['integer', 'string', 'boolean', 'objlnk'],
    ])
  })

  it.each([
    ['', 'payload_malformed'],
    ['[]', 'payload_malformed'],
    ['{}', 'payload_malformed'],
    ['{"e":{}}', 'payload_malformed'],
    ['{"bn":"/3/0/","e":[5]}', 'payload_malformed'],
    ['{"bn":"/3/0/","e":[{"n":"9"}]}', 'payload_malformed'],
    ['{"bn":"/3/0/","e":[{"n":9,"v":1}]}', 'payload_malformed'],
    ['{"bn":"/3/0/","e":[{"n":"9","v":1,"sv":"a"}]}', 'payload_malformed'],
    ['{"bn":"/3/","e":[{"n":"0","v":1}]}', 'payload_malformed'],
    ['{"bn":5,"e":[{"n":"9","v":1}]}', 'payload_malformed'],
    ['{"bn":"/3/0/","bt":"now","e":[{"n":"9","v":1}]}', 'payload_malformed'],
    ['{"bn":"/3/0/","e":[{"n":"9","v":1e999}]}', 'payload_malformed'],
    ['{"bn":"/3/0/","e":[{"n":"9","sv":"full"}]}', 'payload_type'],
    ['{"bn":"/3/0/","e":[{"n":"9","v":1.5}]}', 'payload_type'],
  ])('refuses %s with %s', (text, code) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code }))
  })

  it('is read, never written', () => {
    const sample: Sample = { path: '/3/0/14', type: 'string', value: '+02' }
    for (const format of [LWM2M_JSON, OLD_JSON, 1542]) {
      expect(() => encodePayload(format, [sample], '/3/0/14')).toThrow(
        expect.objectContaining({
          code: 'format_unsupported',
          message: expect.stringContaining('never written'),
        }),
      )
    }
  })
})
