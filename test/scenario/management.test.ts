import { describe, expect, it } from 'vitest'
import type { Command } from '../../src/lwm2m/command.ts'
import { numberOption, pathIn } from '../support/lwm2m.ts'
import { perform, setUp, type WithoutBase } from '../support/scene.ts'

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')

const sample = (path: string, type: string, value: unknown) => ({ path, type, value })
const ACME = sample('/3/0/0', 'string', 'ACME')
const BATTERY = sample('/3/0/9', 'integer', 50)
const VOLTAGES = [sample('/3/0/7/0', 'integer', 3800), sample('/3/0/7/1', 'integer', 5000)]
const TEMPERATURES = [sample('/3303/0/5700', 'float', 20.5), sample('/3303/1/5700', 'float', 20.5)]

/** Content-Format, path, payload as bytes by hand, what it says. */
const READS: readonly (readonly [number, string, string | Buffer, readonly object[]])[] = [
  [0, '/3/0/0', 'ACME', [ACME]],
  [0, '/3/0/9', '50', [BATTERY]],
  [0, '/3/0/7/1', '5000', VOLTAGES.slice(1)],
  [0, '/1/0/1', '9223372036854775807', [sample('/1/0/1', 'integer', 9223372036854775807n)]],
  [42, '/33333/0/1', hex('00ff10'), [sample('/33333/0/1', 'opaque', Uint8Array.of(0, 0xff, 0x10))]],
  [11542, '/3303', hex('07 00 e4 1644 41a40000  07 01 e4 1644 41a40000'), TEMPERATURES],
  [
    11542,
    '/3/0',
    hex('c4 00 41434d45  c1 09 32  88 07 08 42 00 0ed8 42 01 1388'),
    [ACME, BATTERY, ...VOLTAGES],
  ],
  [11542, '/3/0/7', hex('88 07 08 42 00 0ed8 42 01 1388'), VOLTAGES],
  [11542, '/3/0/7/1', hex('42 01 1388'), VOLTAGES.slice(1)],
  [1542, '/3/0/9', hex('c1 09 32'), [BATTERY]],
  [60, '/3/0/0', hex('64 41434d45'), [ACME]],
  [60, '/3/0/7/1', hex('19 1388'), VOLTAGES.slice(1)],
  [60, '/1/0/1', hex('1b 7fffffffffffffff'), [sample('/1/0/1', 'integer', 9223372036854775807n)]],
  [11543, '/3303', '{"bn":"/3303/","e":[{"n":"0/5700","v":20.5},{"n":"1/5700","v":20.5}]}', TEMPERATURES],
  [11543, '/3/0', '{"bn":"/3/0/","e":[{"n":"0","sv":"ACME"},{"n":"9","v":50}]}', [ACME, BATTERY]],
  [1543, '/3/0/7', '{"e":[{"n":"0","v":3800},{"n":"1","v":5000}]}', VOLTAGES],
  [110, '/3303', '[{"bn":"/3303/","n":"0/5700","v":20.5},{"n":"1/5700","v":20.5}]', TEMPERATURES],
  [110, '/3/0', '[{"bn":"/3/0/","n":"0","vs":"ACME"},{"n":"9","v":50}]', [ACME, BATTERY]],
  [110, '/3/0/7', '[{"bn":"/3/0/7","n":"/0","v":3800},{"n":"/1","v":5000}]', VOLTAGES],
  [110, '/3/0/7/1', '[{"n":"/3/0/7/1","v":5000}]', VOLTAGES.slice(1)],
  [
    112,
    '/3303',
    hex('82 a3 21 66 2f333330332f 00 66 302f35373030 02 f9 4d20  a2 00 66 312f35373030 02 f9 4d20'),
    TEMPERATURES,
  ],
  [112, '/3/0', hex('82 a3 21 65 2f332f302f 00 61 30 03 64 41434d45  a2 00 61 39 02 18 32'), [ACME, BATTERY]],
  [112, '/3/0/7', hex('82 a3 21 67 2f332f302f372f 00 61 30 02 19 0ed8  a2 00 61 31 02 19 1388'), VOLTAGES],
  [112, '/3/0/7/1', hex('81 a2 00 68 2f332f302f372f31 02 19 1388'), VOLTAGES.slice(1)],
]

describe('Read', () => {
  it.each(READS)('30. in format %i of %s -> 2.05', (format, path, payload, samples) => {
    const scene = setUp({ code: '2.05', contentFormat: format, payload })
    const { results, request } = perform(scene, { operation: 'read', path, format })
    expect(results).toEqual([
      { id: 'c1', endpoint: 'device', operation: 'read', path, status: 'ok', code: '2.05', samples },
    ])
    expect(request && [request.code, pathIn(request), numberOption(request, 'Accept')]).toEqual([
      '0.01',
      path,
      format,
    ])
    const [fact] = scene.bench.factsOf('values')
    expect(fact).toMatchObject({ endpoint: 'device', source: 'read', path, samples, late: false })
  })

  it.each([
    [112, 11542, hex('c1 09 32')],
    [11542, 0, '50'],
    [0, 110, '[{"n":"/3/0/9","v":50}]'],
    [undefined, 112, hex('81 a2 00 66 2f332f302f39 02 18 32')],
  ])('30. asked for in %s, answered in %i: decoded by the response', (asked, given, payload) => {
    const scene = setUp({ code: '2.05', contentFormat: given, payload })
    const format = asked === undefined ? {} : { format: asked }
    const { results, request } = perform(scene, { operation: 'read', path: '/3/0/9', ...format })
    expect(results).toMatchObject([{ status: 'ok', samples: [BATTERY] }])
    expect(request && numberOption(request, 'Accept')).toBe(asked)
  })

  it('30. an answer without Content-Format is text', () => {
    const { results } = perform(setUp({ code: '2.05', payload: '50' }), { operation: 'read', path: '/3/0/9' })
    expect(results).toMatchObject([{ samples: [BATTERY] }])
  })

  it.each(['4.00', '4.04'])('30. a resource instance of a single resource -> %s unchanged', (code) => {
    const command = { operation: 'read', path: '/3/0/0/0', force: true } as const
    const { results, request } = perform(setUp({ code }), command)
    expect(results).toMatchObject([{ status: 'error', code, error: { code: 'device_refused' } }])
    expect(request && pathIn(request)).toBe('/3/0/0/0')
  })

  it.each([
    ['absent', '/3/0/99', '4.04'],
    ['not allowed', '/3/0/4', '4.05'],
    ['Security', '/0', '4.01'],
    ['Security', '/0/0/1', '4.04'],
    ['not acceptable', '/3/0', '4.06'],
    ['out of order', '/3/0', '5.00'],
    ['of a code that nobody knows', '/3/0', '5.31'],
  ])('31. %s: %s -> %s unchanged', (_, path, code) => {
    const scene = setUp({ code, payload: 'diagnostic' })
    const { results } = perform(scene, { operation: 'read', path, force: true })
    const message = `the device answered ${code}: diagnostic`
    expect(results).toMatchObject([{ status: 'error', code, error: { code: 'device_refused', message } }])
    expect(scene.bench.factsOf('values')).toEqual([])
  })

  it.each([
    [110, '[{"n":"/3/0/9"', 'payload_malformed'],
    [11542, hex('c8 09'), 'payload_malformed'],
    [0, 'full', 'payload_type'],
    [11543, '{}', 'payload_malformed'],
    [11544, 'a0', 'format_unsupported'],
    [65000, '', 'format_unsupported'],
  ])(
    'an answer in format %i that cannot be read is an error, not a value',
    (contentFormat, payload, code) => {
      const scene = setUp({ code: '2.05', contentFormat, payload })
      const { results } = perform(scene, { operation: 'read', path: '/3/0/9' })
      expect(results).toMatchObject([{ status: 'error', error: { code } }])
      expect(scene.bench.factsOf('values')).toEqual([])
    },
  )

  it('under an alternate path: in requests, and in SenML names or not', () => {
    for (const root of ['/lwm2m', '/a/b']) {
      const names = [`${root}/3/0/`, '/3/0/']
      for (const bn of names) {
        const payload = JSON.stringify([{ bn, n: '9', v: 50 }])
        const links = `<${root}>;rt="oma.lwm2m",<${root}/3/0>`
        const scene = setUp({ code: '2.05', contentFormat: 110, payload }, 'ep=device&lwm2m=1.1', links)
        const { results, request } = perform(scene, { operation: 'read', path: '/3/0' })
        expect(request && pathIn(request)).toBe(`${root}/3/0`)
        expect(results).toMatchObject([{ path: '/3/0', samples: [BATTERY] }])
      }
    }
  })
})

describe('Execute', () => {
  it.each([undefined, '', "0='abc',2"])('with the arguments %j -> 2.04', (text) => {
    const command = {
      operation: 'execute',
      path: '/3/0/4',
      ...(text === undefined ? {} : { arguments: text }),
    } as const
    const { results, request } = perform(setUp({ code: '2.04' }), command)
    expect(results).toMatchObject([{ status: 'ok', code: '2.04', operation: 'execute' }])
    expect(request && [request.code, pathIn(request), numberOption(request, 'Accept')]).toEqual([
      ...['0.02', '/3/0/4', undefined],
    ])
    expect(request?.payload).toEqual(Buffer.from(text ?? ''))
    expect(request && numberOption(request, 'Content-Format')).toBe(text ? 0 : undefined)
  })

  it('of what cannot be executed -> 4.05 unchanged', () => {
    const command = { operation: 'execute', path: '/3/0/0', force: true } as const
    const { results } = perform(setUp({ code: '4.05' }), command)
    expect(results).toMatchObject([{ status: 'error', code: '4.05' }])
  })
})

describe('commands that cannot be', () => {
  it.each<readonly [WithoutBase<Command>, string]>([
    [{ operation: 'execute', path: '/3/0' }, 'path_depth'],
    [{ operation: 'execute', path: '/3/0/4/0' }, 'path_depth'],
    [{ operation: 'write', path: '/3', value: { json: {} } }, 'path_depth'],
    [{ operation: 'read', path: '/' }, 'path_invalid'],
    [{ operation: 'read', path: '' }, 'path_invalid'],
    [{ operation: 'read', path: '3/0' }, 'path_invalid'],
    [{ operation: 'read', path: '/3/0/' }, 'path_invalid'],
    [{ operation: 'read', path: '/03/0' }, 'path_invalid'],
    [{ operation: 'read', path: '/65535/0' }, 'path_invalid'],
    [{ operation: 'read', path: '/3/0/0/0/0' }, 'path_invalid'],
    [{ operation: 'observe', path: '/a' }, 'path_invalid'],
    [{ operation: 'cancel', path: '/3/0/9', passive: false }, 'observation_unknown'],
    [{ operation: 'write', path: '/3/0/15', value: { json: 'x' }, format: 11543 }, 'format_unsupported'],
    [
      { operation: 'write', path: '/1/0', value: { json: { 1: 5, 6: true } }, format: 0 },
      'payload_unsupported',
    ],
  ])('%j -> %s, and nothing is sent', (command, code) => {
    const scene = setUp({ code: '2.04' })
    const { results, sent } = perform(scene, command)
    expect(results).toMatchObject([{ status: 'error', error: { code } }])
    expect([sent, scene.device.requests.length]).toEqual([0, 0])
  })

  it('for an endpoint that is not registered -> endpoint_unknown', () => {
    const { bench } = setUp({ code: '2.04' })
    const { results } = bench.command({ id: '1', endpoint: 'Device', operation: 'read', path: '/3' })
    expect(results).toMatchObject([
      { endpoint: 'Device', status: 'error', error: { code: 'endpoint_unknown' } },
    ])
  })
})
