import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Command } from '../../src/lwm2m/command.ts'
import { numberOption, pathIn, type Saying, textOptions } from '../support/lwm2m.ts'
import { perform, setUp, type WithoutBase } from '../support/scene.ts'

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')

type Create = Extract<Command, { operation: 'create' }>
type Attributes = Extract<Command, { operation: 'write-attributes' }>['attributes']

const V1_0 = 'ep=device'
const V1_1 = 'ep=device&lwm2m=1.1'
const V1_2 = 'ep=device&lwm2m=1.2'

const created = (path: string, json: object, more: Partial<Create> = {}) =>
  ({ operation: 'create', path, value: { json }, ...more }) as WithoutBase<Create>
const several = (path: string, instances: object, more: Partial<Create> = {}) =>
  ({ operation: 'create', path, instances, ...more }) as WithoutBase<Create>

/** The device's answer that names the instance which it has made. */
const at = (...locationPath: string[]): Saying => ({ code: '2.01', locationPath })

describe('Create', () => {
  it.each([V1_0, V1_1])('33. without an id, by %s -> 2.01 with Location', (query) => {
    const scene = setUp(at('3303', '4'), query)
    const { results, request } = perform(scene, created('/3303', { 5700: 20.5, 5701: 'Cel' }))
    expect(results).toEqual([
      {
        ...{ id: 'c1', endpoint: 'device', operation: 'create', path: '/3303' },
        ...{ status: 'ok', code: '2.01', location: '/3303/4' },
      },
    ])
    expect(request && [request.code, pathIn(request), numberOption(request, 'Content-Format')]).toEqual([
      ...['0.02', '/3303', 11542],
    ])
    expect(request && numberOption(request, 'Accept')).toBeUndefined()
    expect(request?.payload).toEqual(hex('e4 1644 41a40000 e3 1645 43656c'))
  })

  it('33. the Location below an alternate path', () => {
    const links = '</lwm2m>;rt="oma.lwm2m",</lwm2m/3303/0>'
    for (const location of [
      ['lwm2m', '3303', '4'],
      ['3303', '4'],
    ]) {
      const { results, request } = perform(setUp(at(...location), V1_1, links), created('/3303', {}))
      expect(results).toMatchObject([{ location: '/3303/4' }])
      expect(request && pathIn(request)).toBe('/lwm2m/3303')
    }
  })

  it('33. without any value: the device fills it', () => {
    const { results, request } = perform(setUp(at('3303', '4'), V1_1), created('/3303', {}))
    expect(results).toMatchObject([{ status: 'ok', location: '/3303/4' }])
    expect(request?.payload).toEqual(hex(''))
  })

  it.each([
    [V1_0, '', created('/3303/5', { 5700: 20.5 }), 11542, hex('07 05 e4 1644 41a40000')],
    [V1_1, '110', created('/3303/5', { 5700: 20.5 }), 110, '[{"n":"/3303/5/5700","v":20.5}]'],
    [V1_1, '110', created('/3303/5', {}), 11542, hex('00 05')],
    [
      ...([V1_1, '112', created('/3303/5', { 5700: 20.5 }), 112] as const),
      hex('81 a2 00 6c 2f333330332f352f35373030 02 f9 4d20'),
    ],
    [
      ...([
        V1_1,
        '',
        several('/3303', { 5: { 5700: 20.5 }, 7: { 5700: 20.5 } }, { format: 110 }),
        110,
      ] as const),
      '[{"bn":"/3303/","n":"5/5700","v":20.5},{"n":"7/5700","v":20.5}]',
    ],
    [
      ...([V1_0, '', several('/3303', { 5: { 5700: 20.5 }, 7: {} }), 11542] as const),
      hex('07 05 e4 1644 41a40000 00 07'),
    ],
  ] as const)('33. with ids, by %s with ct %j: %j in %i', (query, ct, command, format, payload) => {
    const scene = setUp({ code: '2.01' }, query, `</>;rt="oma.lwm2m";ct="${ct}",</3303/0>`)
    const { results, request } = perform(scene, command)
    const location = 'instances' in command ? {} : { location: '/3303/5' }
    expect(results).toEqual([
      {
        ...{ id: 'c1', endpoint: 'device', operation: 'create', path: command.path },
        ...{ status: 'ok', code: '2.01', ...location },
      },
    ])
    expect(request && [request.code, pathIn(request), numberOption(request, 'Content-Format')]).toEqual([
      ...['0.02', '/3303', format],
    ])
    expect(request?.payload).toEqual(Buffer.from(payload))
  })

  it('33. a missing mandatory resource -> 4.00 unchanged: what is mandatory, the device decides', () => {
    const { results, request } = perform(setUp({ code: '4.00' }), created('/3308', { 5701: 'Cel' }))
    expect(request?.code).toBe('0.02')
    expect(results).toMatchObject([{ status: 'error', code: '4.00', error: { code: 'device_refused' } }])
    expect(results[0]).not.toHaveProperty('location')
  })

  it('33. may hold what can only be read later, such as the object of an access control', () => {
    const { results } = perform(setUp(at('2', '0')), created('/2', { 0: 3, 1: 0, 2: { 1: 15 }, 3: 1 }))
    expect(results).toMatchObject([{ status: 'ok', location: '/2/0' }])
  })

  it.each([
    [created('/3303', { 5700: 'warm' }), 'value_type'],
    [created('/3303', { temperature: 5 }), 'value_type'],
    [created('/3303', 5 as never), 'value_type'],
    [created('/3311', { 5851: 101 }), 'value_range'],
    [created('/3303', { 5700: 1 }, { format: 112 }), 'payload_unsupported'],
    [created('/3303/5', {}, { format: 110 }), 'payload_unsupported'],
    [created('/3303', { 5700: 1 }, { format: 65000 }), 'payload_unsupported'],
    [created('/3303/0/5700', {}), 'path_depth'],
    [several('/3303', {}), 'value_type'],
    [several('/3303', [{}] as never), 'value_type'],
    [several('/3303/1', { 1: {} }), 'value_type'],
    [several('/3303', { 65535: {} }), 'path_invalid'],
    [several('/3303', { '1/5700': {} }), 'path_invalid'],
  ] as const)('33. %j is refused before it is sent: %s', (command, code) => {
    const scene = setUp({ code: '2.01' })
    const { results, sent } = perform(scene, command)
    expect(results).toMatchObject([{ status: 'error', error: { code } }])
    expect([sent, scene.device.requests.length]).toEqual([0, 0])
  })
})

describe('Discover', () => {
  const links = (payload: string): Saying => ({ code: '2.05', contentFormat: 40, payload })

  it('34. -> 2.05 with attributes', () => {
    const payload =
      '</3>;ver=1.10;pmin=10,</3/0>;pmax=60,</3/0/7>;dim=2;gt=21.50;lt=-3,</3/0/4>,</3/0/9>;con;rt="x"'
    const { results, request } = perform(setUp(links(payload)), { operation: 'discover', path: '/3' })
    expect(request && [request.code, pathIn(request), numberOption(request, 'Accept')]).toEqual([
      ...['0.01', '/3', 40],
    ])
    expect(results).toEqual([
      {
        ...{ id: 'c1', endpoint: 'device', operation: 'discover', path: '/3', status: 'ok', code: '2.05' },
        links: [
          { path: '/3', attributes: { ver: '1.10', pmin: 10 } },
          { path: '/3/0', attributes: { pmax: 60 } },
          { path: '/3/0/7', attributes: { dim: 2, gt: 21.5, lt: -3 } },
          { path: '/3/0/4', attributes: {} },
          { path: '/3/0/9', attributes: { con: true, rt: 'x' } },
        ],
      },
    ])
  })

  it('34. below an alternate path, which may stand in the links or not', () => {
    const scene = setUp(links('</lwm2m/3/0>,</3/0/0>'), V1_1, '</lwm2m>;rt="oma.lwm2m",</lwm2m/3/0>')
    const { results, request } = perform(scene, { operation: 'discover', path: '/3/0' })
    expect(request && pathIn(request)).toBe('/lwm2m/3/0')
    expect(results).toMatchObject([{ links: [{ path: '/3/0' }, { path: '/3/0/0' }] }])
  })

  it.each([
    [{ code: '4.04' }, 'device_refused'],
    [{ code: '2.05', contentFormat: 11542, payload: 'x' }, 'format_unsupported'],
    [{ code: '2.05', contentFormat: 40, payload: '</3' }, 'payload_malformed'],
  ] as const)('34. answered with %j is an error: %s', (answer, code) => {
    const { results } = perform(setUp(answer), { operation: 'discover', path: '/3/0/9' })
    expect(results).toMatchObject([{ status: 'error', error: { code } }])
  })

  it('34. of a resource instance is none', () => {
    const { results, request } = perform(setUp(links('')), { operation: 'discover', path: '/3/0/7/0' })
    expect(results).toMatchObject([{ error: { code: 'path_depth' } }])
    expect(request).toBeUndefined()
  })
})

describe('Write-Attributes', () => {
  const write = (path: string, attributes: Attributes, force = false) =>
    ({ operation: 'write-attributes', path, attributes, force }) as const

  it.each<readonly [string, string, Attributes, readonly string[]]>([
    [V1_0, '/3303', { pmin: 10, pmax: 60 }, ['pmin=10', 'pmax=60']],
    [V1_0, '/3303/0', { pmin: 10, pmax: 10 }, ['pmin=10', 'pmax=10']],
    [V1_0, '/3303/0/5700', { gt: 21.5, lt: -3, st: 0.5 }, ['gt=21.5', 'lt=-3', 'st=0.5']],
    [V1_0, '/3303/0/5700', { pmin: null, gt: null }, ['pmin', 'gt']],
    [V1_0, '/3303/0/5700', { gt: 1e21, lt: -1.5e-7 }, ['gt=1000000000000000000000', 'lt=-0.00000015']],
    [V1_1, '/3303/0/5700', { epmin: 1, epmax: 2 }, ['epmin=1', 'epmax=2']],
    [V1_1, '/3/0/7/0', { gt: 3800 }, ['gt=3800']],
    [V1_2, '/3303/0/5700', { con: 1, hqmax: 5 }, ['con=1', 'hqmax=5']],
    [V1_2, '/3342/0/5500', { edge: 1 }, ['edge=1']],
    [V1_1, '/33333/0/1', { gt: 5 }, ['gt=5']],
  ])('34. by %s on %s: %j -> 2.04', (query, path, attributes, expected) => {
    const { results, request } = perform(setUp({ code: '2.04' }, query), write(path, attributes))
    expect(results).toEqual([
      {
        ...{ id: 'c1', endpoint: 'device', operation: 'write-attributes', path, status: 'ok', code: '2.04' },
      },
    ])
    expect(request && [request.code, pathIn(request), numberOption(request, 'Content-Format')]).toEqual([
      ...['0.03', path, undefined],
    ])
    expect(request && textOptions(request, 'Uri-Query')).toEqual(expected)
    expect(request?.payload).toHaveLength(0)
  })

  it.each<readonly [string, string, Attributes, string]>([
    [V1_1, '/3303/0/5700', { pmin: 61, pmax: 60 }, 'pmin <= pmax is allowed'],
    [V1_1, '/3303/0/5700', { lt: 20, st: 5, gt: 30 }, 'lt + 2 st < gt is allowed'],
    [V1_1, '/3303/0/5700', { lt: 20, st: 5, gt: 29 }, 'lt + 2 st < gt is allowed'],
    [V1_1, '/3303/0/5700', { lt: 20, gt: 20 }, 'lt + 2 st < gt is allowed'],
    [V1_1, '/3303/0/5700', { epmin: 5, epmax: 5 }, 'epmin < epmax is allowed'],
    [V1_1, '/3303/0/5700', { st: -1 }, 'below 0'],
    [V1_1, '/3303/0', { gt: 5 }, 'stands on a resource'],
    [V1_1, '/3303', { st: 5 }, 'stands on a resource'],
    [V1_1, '/3303/0/5701', { gt: 5 }, 'needs a number'],
    [V1_2, '/3303/0/5700', { edge: 1 }, 'needs a boolean'],
    [V1_0, '/3303/0/5700', { epmin: 1 }, 'from LwM2M 1.1'],
    [V1_1, '/3303/0/5700', { con: 1 }, 'from LwM2M 1.2'],
    [V1_0, '/3/0/7/0', { pmin: 1 }, 'from LwM2M 1.1'],
  ])('34. by %s on %s: %j is refused before it is sent, or forced', (query, path, attributes, allowed) => {
    const scene = setUp({ code: '2.04' }, query)
    const { results, sent } = perform(scene, write(path, attributes))
    expect(results).toMatchObject([{ status: 'error', error: { code: 'attribute_invalid' } }])
    expect(results).toMatchObject([{ error: { message: expect.stringContaining(allowed) } }])
    expect([sent, scene.device.requests.length]).toEqual([0, 0])
    expect(perform(scene, write(path, attributes, true)).results).toMatchObject([{ code: '2.04' }])
  })

  it('34. numbers go out exactly, and never with an exponent', () => {
    const scene = setUp({ code: '2.04' })
    const finite = fc.double({ noNaN: true, noDefaultInfinity: true })
    fc.assert(
      fc.property(finite, (gt) => {
        const { results, sent } = perform(scene, write('/3303/0/5700', { gt }))
        const isFar = gt !== 0 && (Math.abs(gt) > 1e62 || Math.abs(gt) < 1e-40)
        if (isFar && sent === 0) {
          expect(results).toMatchObject([{ error: { code: 'attribute_invalid' } }])
          return
        }
        const request = scene.device.requests.at(-1)
        const [text = ''] = request === undefined ? [] : textOptions(request, 'Uri-Query')
        expect(text).toMatch(/^gt=-?\d+(\.\d+)?$/)
        expect(Number(text.slice(3))).toBe(gt + 0)
      }),
    )
  })

  it.each<readonly [Attributes, string]>([
    [{}, 'pmin, pmax, gt, lt, st, epmin, epmax, edge, con, hqmax'],
    [{ period: 5 }, 'pmin, pmax, gt, lt, st, epmin, epmax, edge, con, hqmax'],
    [{ constructor: 5 }, 'is no attribute'],
    [{ pmin: 1.5 }, 'whole seconds from 0'],
    [{ pmax: -1 }, 'whole seconds from 0'],
    [{ edge: 2 }, '0 or 1'],
    [{ hqmax: -1 }, 'a whole number from 0'],
    [{ gt: Number.NaN }, 'a number'],
    [{ gt: Number.POSITIVE_INFINITY }, 'a number'],
  ])('34. %j is none, forced or not', (attributes, allowed) => {
    for (const force of [false, true]) {
      const scene = setUp({ code: '2.04' }, V1_2)
      const { results } = perform(scene, write('/3303/0/5700', attributes, force))
      expect(results).toMatchObject([{ error: { code: 'attribute_invalid' } }])
      expect(results).toMatchObject([{ error: { message: expect.stringContaining(allowed) } }])
      expect(scene.device.requests).toEqual([])
    }
  })
})

describe('Delete', () => {
  it('35. -> 2.02', () => {
    const command = { operation: 'delete', path: '/3303/1' } as const
    const { results, request } = perform(setUp({ code: '2.02' }), command)
    expect(results).toEqual([{ id: 'c1', endpoint: 'device', ...command, status: 'ok', code: '2.02' }])
    expect(request && [request.code, pathIn(request)]).toEqual(['0.04', '/3303/1'])
    expect(request?.payload).toHaveLength(0)
  })

  it.each(['4.05', '4.00', '4.04'])('35. of a single-instance object -> %s unchanged', (code) => {
    const { results } = perform(setUp({ code }), { operation: 'delete', path: '/3/0' })
    expect(results).toMatchObject([{ status: 'error', code, error: { code: 'device_refused' } }])
  })

  it('35. of a resource instance, from 1.2', () => {
    const command = { operation: 'delete', path: '/2/0/2/101' } as const
    const { results, request } = perform(setUp({ code: '2.02' }, V1_2), command)
    expect(results).toMatchObject([{ status: 'ok', code: '2.02' }])
    expect(request && pathIn(request)).toBe('/2/0/2/101')
    expect(perform(setUp({ code: '2.02' }, V1_1), command).results).toMatchObject([
      { error: { code: 'operation_not_allowed', message: expect.stringContaining('before LwM2M 1.2') } },
    ])
    const forced = perform(setUp({ code: '4.05' }, V1_1), { ...command, force: true })
    expect(forced.results).toMatchObject([{ code: '4.05' }])
  })

  it.each(['/3', '/3/0/0'])('35. of %s is none', (path) => {
    const { results, request } = perform(setUp({ code: '2.02' }), { operation: 'delete', path })
    expect(results).toMatchObject([{ error: { code: 'path_depth' } }])
    expect(request).toBeUndefined()
  })
})
