import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Refusal } from '../../../src/lwm2m/refusal.ts'
import {
  bindingOf,
  endpointOf,
  lifetimeOf,
  mergeAttributes,
  readQuery,
  versionOf,
} from '../../../src/lwm2m/register-parameters.ts'
import { refused } from './refused.ts'

describe('readQuery', () => {
  it('sorts the parameters of a Register', () => {
    expect(readQuery(['ep=a=b', 'lt=300', 'lwm2m=1.1', 'b=U', 'Q', 'sms=+491', 'pid=7'])).toEqual({
      endpoint: 'a=b',
      lifetime: 300,
      version: '1.1',
      binding: 'U',
      queue: true,
      sms: '+491',
      profile: '7',
      attributes: {},
    })
  })

  it('an empty query says nothing', () => {
    expect(readQuery([])).toMatchObject({
      endpoint: undefined,
      lifetime: undefined,
      queue: false,
      attributes: {},
    })
  })

  it('keeps what the specification does not know', () => {
    const { attributes } = readQuery(['ep=a', 'site=north=1', 'flag', 'empty=', '__proto__=x', 'EP=b'])
    expect(Object.entries(attributes)).toEqual([
      ['site', 'north=1'],
      ['flag', ''],
      ['empty', ''],
      ['__proto__', 'x'],
      ['EP', 'b'],
    ])
  })

  it.each([[['ep=a', 'ep=a']], [['Q', 'Q=1']], [['lt=1', 'b=U', 'lt=2']]])('%j: each once', (query) => {
    expect(refused(() => readQuery(query))).toBe('4.00 register_parameter')
  })

  it('what the specification does not know may come twice: the first counts', () => {
    expect(readQuery(['ep=a', 'x=1', 'x=2', 'x']).attributes).toEqual({ x: '1' })
  })

  it('takes 32 parameters and no more', () => {
    const query = Array.from({ length: 33 }, (_, index) => `p${index}`)
    expect(Object.keys(readQuery(query.slice(1)).attributes)).toHaveLength(32)
    expect(refused(() => readQuery(query))).toBe('4.00 register_parameter')
  })

  it.each([
    ['0', 0],
    ['1', 1],
    ['4294967295', 4_294_967_295],
    ['0000000300', 300],
  ])('lt=%s', (text, lifetime) => {
    expect(readQuery([`lt=${text}`]).lifetime).toBe(lifetime)
  })

  it.each([
    '4294967296',
    '99999999999',
    '-1',
    '1e3',
    '',
    '1.5',
    ' 1',
    '0x10',
    '+1',
    '١',
    '1\n',
    '9'.repeat(10_000),
  ])('lt=%.20j is no lifetime', (text) => {
    expect(refused(() => readQuery([`lt=${text}`]))).toBe('4.00 register_parameter')
  })

  it('lt without a value is no lifetime', () => {
    expect(refused(() => readQuery(['lt']))).toBe('4.00 register_parameter')
  })

  it('a Register without lt lives for a day', () => {
    expect(lifetimeOf(readQuery([]))).toBe(86_400)
    expect(lifetimeOf(readQuery(['lt=0']))).toBe(0)
  })

  it('whatever the query is, it is read or refused', () => {
    const words = fc.constantFrom('ep', 'lt', 'lwm2m', 'b', 'Q', 'sms', 'pid', '=', '', '1.1', 'UQ', '300')
    const items = fc
      .array(fc.oneof(words, fc.string({ unit: 'binary' })), { maxLength: 4 })
      .map((parts) => parts.join('='))
    fc.assert(
      fc.property(fc.array(items, { maxLength: 40 }), (query) => {
        try {
          const parameters = readQuery(query)
          versionOf(parameters)
          endpointOf(parameters)
          bindingOf(parameters, '1.1', true)
        } catch (error) {
          expect(error).toBeInstanceOf(Refusal)
        }
      }),
    )
  })
})

describe('mergeAttributes', () => {
  it('an Update changes what it names', () => {
    expect(mergeAttributes({ a: '1', b: '2' }, { b: '3', c: '' })).toEqual({ a: '1', b: '3', c: '' })
  })

  it('Updates cannot bring more and more', () => {
    const before = Object.fromEntries(Array.from({ length: 32 }, (_, index) => [`p${index}`, '']))
    expect(Object.keys(mergeAttributes(before, { p0: 'x' }))).toHaveLength(32)
    expect(refused(() => mergeAttributes(before, { q: '' }))).toBe('4.00 register_parameter')
  })
})

describe('versionOf', () => {
  const versionIn = (...query: string[]) => versionOf(readQuery(query))

  it.each([
    ['1.0', '1.0'],
    ['1.1', '1.1'],
    ['1.2', '1.2'],
    ['1.0.2', '1.0'],
    ['1.1.1', '1.1'],
    ['1.2.1', '1.2'],
  ])('lwm2m=%s is %s', (text, version) => {
    expect(versionIn(`lwm2m=${text}`)).toBe(version)
  })

  it('absent is 1.0', () => {
    expect(versionIn()).toBe('1.0')
  })

  it.each([
    '1.3',
    '2.0',
    '',
    '1',
    '1.',
    '1.10',
    '01.0',
    '1.0.',
    '1.0.2.3',
    '1.1 ',
    'v1.1',
    '1.1\n',
    '1.'.repeat(5_000),
  ])('lwm2m=%.20j is not supported', (text) => {
    expect(refused(() => versionIn(`lwm2m=${text}`))).toBe('4.12 register_version')
  })
})

describe('endpointOf', () => {
  const endpointIn = (...query: string[]) => endpointOf(readQuery(query))

  it('is absent, or 1 to 255 bytes', () => {
    expect(endpointIn()).toBeUndefined()
    expect(endpointIn('ep=x')).toBe('x')
    expect(endpointIn(`ep=${'x'.repeat(255)}`)).toHaveLength(255)
    expect(endpointIn(`ep=${'ü'.repeat(127)}`)).toHaveLength(127)
  })

  it.each(['', 'x'.repeat(256), 'ü'.repeat(128)])('%.20j is refused', (name) => {
    expect(refused(() => endpointIn(`ep=${name}`))).toBe('4.00 register_endpoint')
  })

  it('ep without a value is an empty name', () => {
    expect(refused(() => endpointIn('ep'))).toBe('4.00 register_endpoint')
  })
})

describe('bindingOf a Register', () => {
  it('an absent b is U', () => {
    expect(bindingOf(readQuery([]), '1.0', true)).toEqual({ binding: 'U', queueMode: false })
    expect(bindingOf(readQuery(['Q']), '1.1', true)).toEqual({ binding: 'U', queueMode: true })
  })

  it.each([
    ['1.1', ['b=UQ']],
    ['1.0', ['b=UT']],
    ['1.0', ['b=U', 'Q']],
    ['1.1', [`b=${'U'.repeat(10_000)}`]],
  ] as const)('%s with %.40j is refused', (version, query) => {
    expect(refused(() => bindingOf(readQuery(query), version, true))).toBe('4.00 register_binding')
  })

  it('is taken all the same where it is not strict', () => {
    expect(bindingOf(readQuery(['b=UQ']), '1.1', false)).toEqual({ binding: 'UQ', queueMode: true })
    expect(bindingOf(readQuery(['b=UT']), '1.0', false)).toEqual({ binding: 'UT', queueMode: false })
  })
})

describe('bindingOf an Update', () => {
  const update = (
    query: string[],
    version: '1.0' | '1.1' | '1.2',
    binding: string,
    queueMode: boolean,
    strict = true,
  ) => bindingOf(readQuery(query), version, strict, { binding, queueMode })

  it('that is silent changes nothing', () => {
    expect(update([], '1.0', 'UQ', true)).toEqual({ binding: 'UQ', queueMode: true })
    expect(update(['lt=5'], '1.1', 'UT', false)).toEqual({ binding: 'UT', queueMode: false })
    expect(update([], '1.0', 'U', true, false)).toEqual({ binding: 'U', queueMode: true })
  })

  it.each(['1.0', '1.1', '1.2'] as const)('%s: an empty b says nothing', (version) => {
    for (const query of [['b='], ['b']]) {
      expect(bindingOf(readQuery(query), version, true)).toEqual({ binding: 'U', queueMode: false })
      expect(update(query, version, 'U', true)).toEqual({ binding: 'U', queueMode: true })
    }
    expect(bindingOf(readQuery(['b=', 'Q']), '1.1', true)).toEqual({ binding: 'U', queueMode: true })
  })

  it('1.0: b=U leaves queue mode, b=UQ enters it', () => {
    expect(update(['b=U'], '1.0', 'UQ', true)).toEqual({ binding: 'U', queueMode: false })
    expect(update(['b=UQ'], '1.0', 'U', false)).toEqual({ binding: 'UQ', queueMode: true })
  })

  it('1.1: queue mode cannot be withdrawn', () => {
    expect(update(['b=T'], '1.1', 'U', true)).toEqual({ binding: 'T', queueMode: true })
    expect(update(['Q'], '1.1', 'U', false)).toEqual({ binding: 'U', queueMode: true })
  })

  it('a bad one is refused as in a Register', () => {
    expect(refused(() => update(['b=UQ'], '1.1', 'U', false))).toBe('4.00 register_binding')
    expect(refused(() => update(['b=UT'], '1.0', 'U', false))).toBe('4.00 register_binding')
  })
})
