import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { codecFor } from '../../../src/lwm2m/format/formats.ts'
import { builtinModel } from '../../../src/lwm2m/model/builtin.ts'
import type { Sample } from '../../../src/lwm2m/value.ts'
import type { Request } from '../../../src/simulator/message.ts'
import { standardObjects } from '../../../src/simulator/objects/standard.ts'
import { Tree, type TreeOptions } from '../../../src/simulator/tree.ts'
import { SimulatedClock } from '../../support/clock.ts'

const TEXT = 0
const LINK = 40
const OPAQUE = 42
const JSON_SENML = 110
const CBOR_SENML = 112
const TLV = 11542
const FORMATS = [CBOR_SENML, JSON_SENML, TLV, TEXT, OPAQUE]

const METHODS = { GET: '0.01', POST: '0.02', PUT: '0.03', DELETE: '0.04', FETCH: '0.05' } as const
type Method = keyof typeof METHODS

let tree: Tree
let clock: SimulatedClock
let executed: [string, string][]

beforeEach(() => {
  clock = new SimulatedClock()
  executed = []
  tree = make(FORMATS)
})

function make(formats: readonly number[], more: Partial<TreeOptions> = {}): Tree {
  return new Tree({
    objects: standardObjects(clock, 300),
    model: builtinModel,
    version: '1.1',
    formats,
    codecFor,
    wall: () => clock.wall(),
    execute: (path, parameters) => {
      executed.push([path, [...parameters].join(';')])
      return path === '/5/0/2' ? '4.05' : undefined
    },
    ...more,
  })
}

function ask(method: Method, path: string, more: Partial<Request> = {}) {
  return tree.handle({ code: METHODS[method], path, query: [], payload: new Uint8Array(0), ...more })
}

const code = (method: Method, path: string, more?: Partial<Request>) => ask(method, path, more).response.code

function text(value: string): Partial<Request> {
  return { contentFormat: TEXT, payload: new TextEncoder().encode(value) }
}

function hex(contentFormat: number, digits: string): Partial<Request> {
  return { contentFormat, payload: Buffer.from(digits.replaceAll(' ', ''), 'hex') }
}

function json(pack: object): Partial<Request> {
  return { contentFormat: JSON_SENML, payload: new TextEncoder().encode(JSON.stringify(pack)) }
}

function samples(path: string, accept?: number): Sample[] {
  const { response } = ask('GET', path, accept === undefined ? {} : { accept })
  expect(response.code).toBe('2.05')
  const codec = codecFor(response.contentFormat ?? -1)
  const resource = (object: number, id: number) => builtinModel.object(object, '1.1')?.resources.get(id)
  const context = { base: path, alternatePath: '/', now: clock.wall(), resource }
  return codec?.decode(response.payload ?? new Uint8Array(0), context) ?? []
}

const valuesOf = (list: readonly Sample[]) => Object.fromEntries(list.map(({ path, value }) => [path, value]))

describe('Read', () => {
  it.each([TLV, JSON_SENML, CBOR_SENML])('gives an object, an instance, resources in %i', (format) => {
    const sensor = {
      '/3303/0/5601': 21.5,
      '/3303/0/5602': 21.5,
      '/3303/0/5603': -20,
      '/3303/0/5604': 60,
      '/3303/0/5700': 21.5,
      '/3303/0/5701': 'Cel',
    }
    expect(valuesOf(samples('/3303', format))).toEqual(sensor)
    expect(valuesOf(samples('/3303/0', format))).toEqual(sensor)
    expect(valuesOf(samples('/3303/0/5701', format))).toEqual({ '/3303/0/5701': 'Cel' })
    expect(valuesOf(samples('/3/0/7', format))).toEqual({ '/3/0/7/0': 3800, '/3/0/7/1': 5000 })
    expect(valuesOf(samples('/3/0/7/1', format))).toEqual({ '/3/0/7/1': 5000 })
  })

  it('gives the device in ascending order, without what cannot be read', () => {
    const paths = samples('/3/0', TLV).map((sample) => sample.path)
    expect(paths.slice(0, 6)).toEqual(['/3/0/0', '/3/0/1', '/3/0/2', '/3/0/3', '/3/0/6/0', '/3/0/6/1'])
    expect(samples('/5/0', TLV).map((sample) => sample.path)).not.toContain('/5/0/0')
  })

  it.each([
    ['/3/0', FORMATS, CBOR_SENML],
    ['/3/0', [TLV, TEXT, OPAQUE], TLV],
    ['/3/0/7', FORMATS, CBOR_SENML],
    ['/3/0/1', FORMATS, TEXT],
    ['/3/0/7/0', FORMATS, TEXT],
    ['/3/0/1', [TLV], TLV],
  ])('%s without Accept from a device of %j is in %i', (path, formats, expected) => {
    tree = make(formats)
    expect(ask('GET', path).response.contentFormat).toBe(expected)
  })

  it('gives the time of its clock', () => {
    const before = ask('GET', '/3/0/13').response.payload
    clock.advance(60_000)
    const after = ask('GET', '/3/0/13').response.payload
    expect(Number(new TextDecoder().decode(after)) - Number(new TextDecoder().decode(before))).toBe(60)
  })

  it.each([
    ['/9999', '4.04'],
    ['/3303/1', '4.04'],
    ['/3/0/99', '4.04'],
    ['/3311/0/5706', '4.04'],
    ['/3/0/7/9', '4.04'],
    ['/3/0/1/0', '4.00'],
    ['/3/0/4', '4.05'],
    ['/5/0/0', '4.05'],
    ['/0', '4.01'],
    ['/0/0/0', '4.01'],
    ['/', '4.05'],
    ['/rd', '4.04'],
    ['/65535', '4.04'],
  ])('of %s is %s', (path, expected) => {
    const { response, effect } = ask('GET', path)
    expect([response.code, response.payload, effect]).toEqual([expected, undefined, undefined])
  })

  it.each([
    ['/3/0/1', 65535],
    ['/3/0', 11544],
    ['/3/0', TEXT],
    ['/3/0/7', TEXT],
    ['/3/0/1', OPAQUE],
  ])('of %s in %i is 4.06', (path, accept) => {
    expect(code('GET', path, { accept })).toBe('4.06')
  })
})

describe('Write', () => {
  it('replaces a resource', () => {
    const { response, effect } = ask('PUT', '/3/0/15', text('Europe/Berlin'))
    expect(response).toEqual({ code: '2.04' })
    expect(effect).toEqual({ type: 'written', path: '/3/0/15', resources: ['/3/0/15'] })
    expect(tree.store.get('/3/0/15')).toBe('Europe/Berlin')
  })

  it('takes every format', () => {
    expect(code('PUT', '/3311/0/5851', hex(TLV, 'e1 16db 2a'))).toBe('2.04')
    expect(tree.store.get('/3311/0/5851')).toBe(42)
    expect(code('PUT', '/3311/0/5851', json([{ bn: '/3311/0/5851', v: 43 }]))).toBe('2.04')
    expect(tree.store.get('/3311/0/5851')).toBe(43)
    expect(code('PUT', '/3311/0', hex(CBOR_SENML, '81 a3 21 68 2f333331312f302f 00 64 35383530 04 f5'))).toBe(
      '2.04',
    )
    expect(tree.store.get('/3311/0/5850')).toBe(true)
    expect(code('PUT', '/5/0/0', hex(OPAQUE, '0102'))).toBe('2.04')
    expect(tree.store.get('/5/0/0')).toEqual(Uint8Array.of(1, 2))
  })

  it('updates an instance in part', () => {
    const { effect } = ask('POST', '/3311/0', json([{ n: '/3311/0/5851', v: 7 }]))
    expect(effect).toEqual({ type: 'written', path: '/3311/0', resources: ['/3311/0/5851'] })
    expect(valuesOf(samples('/3311/0', TLV))).toEqual({
      '/3311/0/5850': false,
      '/3311/0/5851': 7,
      '/3311/0/5852': 0,
    })
  })

  it('replaces an instance: what is not there is gone, what cannot be written stays', () => {
    const { effect } = ask('PUT', '/3311/0', json([{ n: '/3311/0/5850', vb: true }]))
    expect(effect).toMatchObject({ resources: ['/3311/0/5850', '/3311/0/5851', '/3311/0/5852'] })
    expect(valuesOf(samples('/3311/0', TLV))).toEqual({ '/3311/0/5850': true })
    const server = [
      { bn: '/1/0/', n: '1', v: 60 },
      { n: '6', vb: false },
      { n: '7', vs: 'U' },
    ]
    expect(code('PUT', '/1/0', json(server))).toBe('2.04')
    expect(valuesOf(samples('/1/0', TLV))).toMatchObject({ '/1/0/0': 1, '/1/0/1': 60 })
  })

  it('refuses an incomplete replace, and changes nothing', () => {
    expect(code('PUT', '/1/0', json([{ n: '/1/0/1', v: 60 }]))).toBe('4.00')
    expect(tree.store.get('/1/0/1')).toBe(300)
    expect(tree.store.get('/1/0/7')).toBe('U')
  })

  it('is all or nothing', () => {
    const pack = [
      { n: '/3/0/15', vs: 'Mars' },
      { n: '/3/0/9', v: 3 },
    ]
    expect(code('POST', '/3/0', json(pack))).toBe('4.05')
    expect(tree.store.get('/3/0/15')).toBe('Etc/UTC')
  })

  it.each<[Method, string, string, Partial<Request>]>([
    ['PUT', '/3311/0/5851', '4.00', text('bright')],
    ['PUT', '/3311/0/5850', '4.00', text('2')],
    ['PUT', '/3311/0/5851', '4.00', hex(TLV, 'ff')],
    ['PUT', '/3311/0/5851', '4.00', json([{ n: '/3311/0/5851', vs: 'x' }])],
    ['PUT', '/3311/0/5851', '4.00', hex(TLV, '')],
    ['PUT', '/3311/0', '4.00', json([{ n: '/3/0/15', vs: 'x' }])],
    ['PUT', '/3/0/15/0', '4.00', text('x')],
    ['PUT', '/3/0/9', '4.05', text('3')],
    ['PUT', '/3/0/4', '4.05', text('3')],
    ['POST', '/3/0/9', '4.05', text('3')],
    ['PUT', '/3', '4.05', json([])],
    ['POST', '/3', '4.05', json([])],
    ['PUT', '/3303/1', '4.04', json([])],
    ['PUT', '/3/0/99', '4.04', text('3')],
    ['POST', '/3/0', '4.04', json([{ n: '/3/0/999', v: 3 }])],
    ['PUT', '/0/0/0', '4.01', text('coap://x')],
    ['PUT', '/3/0/15', '4.15', { payload: Uint8Array.of(65) }],
    ['PUT', '/3/0/15', '4.15', { contentFormat: 60, payload: Uint8Array.of(65) }],
    ['FETCH', '/3/0/15', '4.05', {}],
  ])('%s %s is %s', (method, path, expected, more) => {
    expect(code(method, path, more)).toBe(expected)
  })
})

describe('Execute', () => {
  it('hands over its parameters', () => {
    const { response, effect } = ask('POST', '/3303/0/5605', { payload: Buffer.from("0='a,b',2") })
    expect(response.code).toBe('2.04')
    expect(effect).toEqual({
      type: 'executed',
      path: '/3303/0/5605',
      parameters: new Map([
        [0, 'a,b'],
        [2, ''],
      ]),
    })
    expect(executed).toEqual([['/3303/0/5605', '0,a,b;2,']])
  })

  it.each(['x', "0='a", '0,', ',0', "0='a'b", '10', "0=a'", "0=''1", ' 1'])(
    'refuses the parameters %s',
    (payload) => {
      expect(code('POST', '/3/0/4', { payload: Buffer.from(payload) })).toBe('4.00')
      expect(executed).toEqual([])
    },
  )

  it('can be refused by the object', () => {
    const { response, effect } = ask('POST', '/5/0/2')
    expect([response.code, effect]).toEqual(['4.05', undefined])
  })

  it('takes text alone', () => {
    expect(code('POST', '/3/0/4', hex(TLV, ''))).toBe('4.15')
  })
})

describe('Create and Delete', () => {
  const sensor = (id: number) => json([{ n: `/3311/${id}/5850`, vb: true }])

  it('makes an instance under the id in the payload', () => {
    const { response, effect } = ask('POST', '/3311', sensor(4))
    expect(response).toEqual({ code: '2.01', location: ['3311', '4'] })
    expect(effect).toEqual({ type: 'created', path: '/3311/4' })
    expect(valuesOf(samples('/3311/4', TLV))).toEqual({ '/3311/4/5850': true })
    expect(tree.links()).toContain('</3311/0>,</3311/4>')
  })

  it('chooses an id for TLV that holds resources alone', () => {
    expect(ask('POST', '/3311', hex(TLV, 'e1 16da 01')).response.location).toEqual(['3311', '1'])
    expect(tree.store.get('/3311/1/5850')).toBe(true)
  })

  it('makes two instances at once, in TLV and in SenML, or none', () => {
    const two = (id: number) => [
      { n: `/3311/2/5850`, vb: true },
      { n: `/3311/${id}/5850`, vb: false },
    ]
    expect(code('POST', '/3311', json(two(0)))).toBe('4.00')
    expect(tree.store.objects.get(3311)?.instances.size).toBe(1)
    const { response, effect } = ask('POST', '/3311', json(two(3)))
    expect([response, effect]).toEqual([{ code: '2.01' }, { type: 'created', path: '/3311' }])
    expect(code('POST', '/3311', hex(TLV, '04 05 e1 16da 01 04 06 e1 16da 00'))).toBe('2.01')
    expect(['2', '3', '5', '6'].map((id) => tree.store.get(`/3311/${id}/5850`))).toEqual([
      ...[true, false, true, false],
    ])
  })

  it('makes an instance without any value, of an object that demands none to be written', () => {
    expect(ask('POST', '/3303', hex(TLV, '00 07')).response.location).toEqual(['3303', '7'])
    expect(ask('POST', '/3303', hex(TLV, '')).response.location).toEqual(['3303', '1'])
    expect(code('POST', '/3311', hex(TLV, '00 07'))).toBe('4.00')
    expect(code('POST', '/3303', json([]))).toBe('4.00')
  })

  it('takes what can only be read later', () => {
    expect(code('POST', '/3303', json([{ n: '/3303/4/5700', v: 20.5 }]))).toBe('2.01')
    expect(tree.store.get('/3303/4/5700')).toBe(20.5)
  })

  it('refuses an id that is taken, a lack of mandatory resources, an object of a single instance', () => {
    expect(code('POST', '/3311', sensor(0))).toBe('4.00')
    expect(code('POST', '/3311', json([{ n: '/3311/2/5851', v: 1 }]))).toBe('4.00')
    expect(code('POST', '/3', json([{ n: '/3/1/15', vs: 'UTC' }]))).toBe('4.05')
    expect(tree.store.objects.get(3311)?.instances.size).toBe(1)
  })

  it('deletes an instance, with its attributes', () => {
    ask('PUT', '/3303/0', { query: ['pmin=5'] })
    expect(code('DELETE', '/3303/0')).toBe('2.02')
    expect(code('GET', '/3303/0')).toBe('4.04')
    expect(samples('/3303', TLV)).toEqual([])
    expect(tree.links()).toContain('</3303>;ver=1.1,</3304>')
  })

  it.each([
    ['/3/0', '4.05'],
    ['/3303', '4.05'],
    ['/3303/0/5700', '4.05'],
    ['/3303/9', '4.04'],
    ['/0/0', '4.01'],
  ])('refuses to delete %s with %s', (path, expected) => {
    expect(code('DELETE', path)).toBe(expected)
  })
})

describe('Delete of a resource instance', () => {
  const rights = { 0: 3, 1: 0, 2: new Map([[101, 15]]), 3: 101 }
  const objects = [{ id: 2, instances: { 0: rights } }]

  it('came with LwM2M 1.2', () => {
    tree = make(FORMATS, { objects })
    expect(code('DELETE', '/2/0/2/101')).toBe('4.05')
    tree = make(FORMATS, { objects, version: '1.2' })
    expect(['/2/0/2/101', '/2/0/2/101', '/2/0/0/0'].map((path) => code('DELETE', path))).toEqual([
      ...['2.02', '4.04', '4.05'],
    ])
    expect(samples('/2/0/2', TLV)).toEqual([])
  })
})

describe('Discover and Write-Attributes', () => {
  const discover = (path: string) => {
    const { response } = ask('GET', path, { accept: LINK })
    return `${response.code} ${new TextDecoder().decode(response.payload)}`
  }

  it('lists objects, instances, resources, sizes and attributes', () => {
    expect(code('PUT', '/3304/0/5700', { query: ['pmin=10', 'gt=42.5'] })).toBe('2.04')
    expect(code('PUT', '/3304', { query: ['pmax=60'] })).toBe('2.04')
    const resources = '</3304/0/5601>,</3304/0/5602>,</3304/0/5603>,</3304/0/5604>,</3304/0/5605>'
    const rest = `${resources},</3304/0/5700>;pmin=10;gt=42.5,</3304/0/5701>`
    expect(discover('/3304')).toBe(`2.05 </3304>;ver=1.1;pmax=60,</3304/0>,${rest}`)
    expect(discover('/3304/0')).toBe(`2.05 </3304/0>,${rest}`)
    expect(discover('/3304/0/5700')).toBe('2.05 </3304/0/5700>;pmin=10;gt=42.5')
    expect(discover('/3/0/7')).toBe('2.05 </3/0/7>;dim=2')
    expect(discover('/3/0/4')).toBe('2.05 </3/0/4>')
  })

  it.each([
    ['/9999', '4.04'],
    ['/3304/1', '4.04'],
    ['/3304/0/9', '4.04'],
    ['/3311/0/5706', '4.04'],
    ['/3/0/7/0', '4.00'],
    ['/0', '4.01'],
  ])('of %s is %s', (path, expected) => {
    expect(discover(path)).toBe(`${expected} `)
  })

  it('clears an attribute that has no value', () => {
    ask('PUT', '/3304/0/5700', { query: ['pmin=10', 'gt=1'] })
    expect(code('PUT', '/3304/0/5700', { query: ['gt', 'pmin='] })).toBe('2.04')
    expect(discover('/3304/0/5700')).toBe('2.05 </3304/0/5700>')
  })

  it.each([
    [['pmin=9', 'pmax=3']],
    [['epmin=3', 'epmax=3']],
    [['lt=1', 'st=2', 'gt=5']],
    [['speed=1']],
    [['pmin=soon']],
  ])('refuses %j, and changes nothing', (query) => {
    expect(code('PUT', '/3304/0/5700', { query })).toBe('4.00')
    expect(discover('/3304/0/5700')).toBe('2.05 </3304/0/5700>')
  })

  it('refuses attributes for what is not there', () => {
    expect(code('PUT', '/3304/1', { query: ['pmin=1'] })).toBe('4.04')
  })
})

it('answers anything at all with a code', () => {
  const path = fc.oneof(
    fc.array(fc.nat(3), { maxLength: 5 }).map((ids) => `/${ids.join('/')}`),
    fc.constantFrom(
      '/3303',
      '/3303/0',
      '/3303/0/5700',
      '/3311/0',
      '/3311/0/5850',
      '/5/0/0',
      '/3/0/7',
      '/3/0/7/1',
    ),
    fc.string(),
  )
  const format = fc.option(fc.constantFrom(...FORMATS, LINK, 60, 65535), { nil: undefined })
  const request = fc.record({
    code: fc.constantFrom(...Object.values(METHODS), '0.31'),
    path,
    query: fc.array(fc.string(), { maxLength: 2 }),
    accept: format,
    contentFormat: format,
    payload: fc.uint8Array({ maxLength: 40 }),
  })
  fc.assert(
    fc.property(request, ({ accept, contentFormat, ...rest }) => {
      const formats = {
        ...(accept === undefined ? undefined : { accept }),
        ...(contentFormat === undefined ? undefined : { contentFormat }),
      }
      const { response, effect } = make(FORMATS).handle({ ...rest, ...formats })
      expect(response.code).toMatch(/^[24]\.\d\d$/)
      expect(effect === undefined).toBe(response.code.startsWith('4'))
    }),
    { numRuns: 500 },
  )
})
