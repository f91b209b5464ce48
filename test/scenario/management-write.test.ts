import { describe, expect, it } from 'vitest'
import type { Command } from '../../src/lwm2m/command.ts'
import { numberOption, pathIn } from '../support/lwm2m.ts'
import { perform, setUp, type WithoutBase } from '../support/scene.ts'

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')

type Write = Extract<Command, { operation: 'write' }>
type WriteCase = readonly [string, string, WithoutBase<Write>, string, number, string | Buffer]
const write = (
  path: string,
  json: Extract<Write['value'], { json: unknown }>['json'],
  more: Partial<Write> = {},
) => ({ operation: 'write', path, value: { json }, ...more }) as WithoutBase<Write>
const typed = (path: string, text: string) => ({ operation: 'write', path, value: { text } }) as const

const V1_0 = 'ep=device'
const V1_1 = 'ep=device&lwm2m=1.1'

/** Registered as, root link's ct, command, method, Content-Format and payload that the device must get. */
const WRITES: readonly WriteCase[] = [
  [V1_0, '', write('/3/0/15', 'Europe/Paris'), '0.03', 0, 'Europe/Paris'],
  [V1_0, '', write('/1/0', { 1: 200, 6: true }), '0.02', 11542, hex('c2 01 00c8 c1 06 01')],
  [V1_0, '', write('/1/0', { 1: 60 }, { mode: 'replace' }), '0.03', 11542, hex('c1 01 3c')],
  [V1_0, '', write('/33333/0/5', { 0: 1, 300: 2 }), '0.03', 11542, hex('87 05 41 00 01 61 012c 02')],
  [
    V1_0,
    '',
    write('/33333/0/5', { 0: 1, 1: 2 }, { mode: 'update' }),
    '0.02',
    11542,
    hex('86 05 41 00 01 41 01 02'),
  ],
  [V1_0, '', write('/33333/0/5/1', 7), '0.03', 0, '7'],
  [V1_1, '', write('/3/0/15', 'UTC'), '0.03', 0, 'UTC'],
  [V1_1, '', write('/3/0/13', '2026-01-01T00:00:00Z'), '0.03', 0, '1767225600'],
  [V1_1, '', write('/3/0/13', 1767225600, { format: 11542 }), '0.03', 11542, hex('c4 0d 6955b900')],
  [
    V1_1,
    '',
    write('/1/0/1', 9007199254740993n, { format: 11542 }),
    '0.03',
    11542,
    hex('c8 01 08 0020000000000001'),
  ],
  [V1_1, '', write('/1/0/1', '9223372036854775807'), '0.03', 0, '9223372036854775807'],
  [V1_1, '', write('/1/0/6', true), '0.03', 0, '1'],
  [V1_1, '', write('/3/0/13', 1767225600, { format: 60 }), '0.03', 60, hex('c1 1a 6955b900')],
  [V1_1, '', write('/1/0/1', 200, { format: 60 }), '0.03', 60, hex('18 c8')],
  [V1_1, '', write('/1/0/10', '66:0'), '0.03', 0, '66:0'],
  [V1_1, '', write('/1/0/10', '66:0', { format: 11542 }), '0.03', 11542, hex('c4 0a 0042 0000')],
  [V1_1, '', write('/5/0/0', 'AQID'), '0.03', 42, hex('010203')],
  [V1_1, '110', write('/3/0/15', 'UTC'), '0.03', 110, '[{"n":"/3/0/15","vs":"UTC"}]'],
  [V1_1, '110', write('/5/0/0', '+/8='), '0.03', 110, '[{"n":"/5/0/0","vd":"-_8"}]'],
  [V1_1, '112', write('/3/0/15', 'UTC'), '0.03', 112, hex('81 a2 00 67 2f332f302f3135 03 63 555443')],
  [V1_1, '110 112 11542', write('/1/0/6', true), '0.03', 112, hex('81 a2 00 66 2f312f302f36 04 f5')],
  [
    V1_1,
    '112',
    write('/1/0', { 1: 200, 6: true }),
    '0.02',
    112,
    hex('82 a3 00 61 31 02 18 c8 21 65 2f312f302f a2 00 61 36 04 f5'),
  ],
  [V1_1, '', typed('/1/0/1', '60'), '0.03', 0, '60'],
  [V1_1, '', typed('/1/0/6', 'false'), '0.03', 0, '0'],
  [V1_1, '', typed('/3/0/15', '12'), '0.03', 0, '12'],
  [V1_1, '', typed('/3/0/13', '2026-01-01T00:00:00Z'), '0.03', 0, '1767225600'],
]

describe('Write', () => {
  const named = WRITES.map((write) => [`${write[2].path} in format ${write[4]}`, ...write] as const)
  it.each(named)('32. %s -> 2.04', (_, query, ct, command, code, format, payload) => {
    const scene = setUp({ code: '2.04' }, query, `</>;rt="oma.lwm2m";ct="${ct}",</1/0>,</3/0>,</5/0>`)
    const { results, request } = perform(scene, command)
    expect(results).toMatchObject([{ status: 'ok', code: '2.04', operation: 'write', path: command.path }])
    expect(request && [request.code, pathIn(request), numberOption(request, 'Content-Format')]).toEqual([
      ...[code, command.path, format],
    ])
    expect(request?.payload).toEqual(Buffer.from(payload))
  })

  it('32. an incomplete replace -> 4.00 unchanged', () => {
    const { results, request } = perform(
      setUp({ code: '4.00' }),
      write('/1/0', { 1: 60 }, { mode: 'replace' }),
    )
    expect(request?.code).toBe('0.03')
    expect(results).toMatchObject([{ status: 'error', code: '4.00', error: { code: 'device_refused' } }])
  })

  it.each([
    ['/1/0/1', 'soon', 'value_type', 'an integer, as a number or a string of digits'],
    ['/1/0/1', 1.5, 'value_type', 'an integer'],
    ['/1/0/1', true, 'value_type', 'an integer'],
    ['/1/0/1', null, 'value_type', 'an integer'],
    ['/1/0/6', 'yes', 'value_type', 'true or false'],
    ['/1/0/6', 1, 'value_type', 'true or false'],
    ['/3/0/13', 'yesterday', 'value_type', 'a date like'],
    ['/3/0/15', 5, 'value_type', 'a string'],
    ['/1/0/10', '66', 'value_type', '66:0'],
    ['/5/0/0', 'a b', 'value_type', 'base64'],
    ['/1/0', 5, 'value_type', 'an object from resource ids to values'],
    ['/1/0', { 1: 'x' }, 'value_type', 'an integer'],
    ['/1/0', { lifetime: 5 }, 'value_type', 'id from 0 to 65534'],
    ['/2/0/2', 0, 'value_type', 'an object from resource instance ids to values'],
    ['/3311/0/5851', 101, 'value_range', 'from 0 to 100'],
    ['/1/0/1', 2n ** 63n, 'value_range', 'to 9223372036854775807'],
  ])(
    '32. %s %s is refused before anything is sent, and says what is allowed',
    (path, json, code, allowed) => {
      const scene = setUp({ code: '2.04' })
      const { results, sent } = perform(scene, write(path, json))
      expect(results).toMatchObject([{ status: 'error', error: { code } }])
      expect(results).toMatchObject([{ error: { message: expect.stringContaining(allowed) } }])
      expect([sent, scene.device.requests.length]).toEqual([0, 0])
    },
  )

  it('32. an update of a single resource is refused: on the wire it would be an Execute', () => {
    const scene = setUp({ code: '2.04' })
    const { results } = perform(scene, write('/3/0/15', 'UTC', { mode: 'update' }))
    expect(results).toMatchObject([{ status: 'error', error: { code: 'path_depth' } }])
    expect(scene.device.requests).toEqual([])
  })
})
