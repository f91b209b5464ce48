import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EnablerVersion } from '../../../src/lwm2m/fact.ts'
import { type ObjectList, readObjectList } from '../../../src/lwm2m/object-list.ts'
import { Refusal } from '../../../src/lwm2m/refusal.ts'
import { refused } from './refused.ts'

function read(text: string, version: EnablerVersion = '1.1', before?: ObjectList): ObjectList {
  return readObjectList(Buffer.from(text), version, before)
}

/** `3/1.1:0,7` for object 3 in version 1.1 with the instances 0 and 7. */
function shown({ objects }: ObjectList): string[] {
  return objects.map(({ id, version, instances }) => `${id}/${version}:${instances.join(',')}`)
}

describe('objects', () => {
  it.each([
    ['instances', '</3/0>,</4/0>', ['3/1.1:0', '4/1.2:0']],
    ['several instances, ascending, each once', '</3303/7>,</3303/0>,</3303/7>', ['3303/1.0:0,7']],
    ['a bare object', '</5>', ['5/1.0:']],
    ['a bare object with a version, then its instance', '</5>;ver=1.1,</5/0>', ['5/1.1:0']],
    ['the version behind the instance', '</5/0>,</5>;ver=1.1', ['5/1.1:0']],
    ['a version without quotes', '</3303/0>;ver=1.1', ['3303/1.1:0']],
    ['a version in quotes', '</3303/0>;ver="1.1"', ['3303/1.1:0']],
    [
      'other attributes',
      '</1/0>;ssid=101,</0/1>;uri="coaps://a,b;c:5684",</3/0/7>;dim=2,</3/0>',
      ['0/1.1:1', '1/1.1:0', '3/1.1:0'],
    ],
    [
      'objects in the order of their ids',
      '</3303/0>,</1/0>,</65534/65534>',
      ['1/1.1:0', '3303/1.0:0', '65534/1.0:65534'],
    ],
    [
      'links that are no objects',
      '</.well-known/core>,</3/0>,</a/b>,</65535/0>,</03/0>,<coap://x/5/0>',
      ['3/1.1:0'],
    ],
    [
      'a version that is none',
      '</3303/0>;ver=x,</3304/0>;ver="1.1.1",</3305/0>;ver',
      ['3303/1.0:0', '3304/1.0:0', '3305/1.0:0'],
    ],
  ])('%s', (_name, text, objects) => {
    expect(shown(read(text))).toEqual(objects)
  })

  it.each([
    [
      '1.0',
      ['0/1.0:0', '1/1.0:0', '2/1.0:0', '3/1.0:0', '4/1.0:0', '5/1.0:0', '6/1.0:0', '7/1.0:0', '21/1.0:0'],
    ],
    [
      '1.1',
      ['0/1.1:0', '1/1.1:0', '2/1.0:0', '3/1.1:0', '4/1.2:0', '5/1.0:0', '6/1.0:0', '7/1.0:0', '21/1.0:0'],
    ],
    [
      '1.2',
      ['0/1.2:0', '1/1.2:0', '2/1.1:0', '3/1.2:0', '4/1.3:0', '5/1.1:0', '6/1.0:0', '7/1.0:0', '21/2.0:0'],
    ],
  ] as const)('without a version, those of the release %s', (version, objects) => {
    const text = [0, 1, 2, 3, 4, 5, 6, 7, 21].map((id) => `</${id}/0>`).join(',')
    expect(shown(read(text, version))).toEqual(objects)
  })

  it.each([
    ['nothing', ''],
    ['the root alone', '</>;rt="oma.lwm2m";ct=110'],
    ['resources alone', '</3/0/1>'],
    ['no link format', 'hello'],
    ['a link without an end', '</3/0'],
    ['a quote without an end', '</3/0>;ver="1'],
  ])('%s is refused', (_name, text) => {
    expect(refused(() => read(text))).toBe('4.00 register_links')
  })

  it('bytes that are no UTF-8 are refused', () => {
    expect(refused(() => readObjectList(Uint8Array.of(0x3c, 0xff, 0x3e), '1.1'))).toBe('4.00 register_links')
  })
})

describe('a list that is longer than any device has', () => {
  const links = (count: number, link: (id: number) => string): string =>
    Array.from({ length: count }, (_, id) => link(id)).join(',')

  it.each([
    ['objects', 1_024, (id: number) => `</${id}>`],
    ['instances', 4_096, (id: number) => `</3303/${id}>`],
    ['links', 8_192, () => '</3/0>'],
  ] as const)('of more than the allowed %s is refused', (_name, most, link) => {
    expect(read(links(most, link)).objects.length).toBeGreaterThan(0)
    expect(refused(() => read(links(most + 1, link)))).toBe('4.00 register_links')
  })

  it('counts each instance once, over all objects', () => {
    const twice = (id: number): string => `</3303/${id}>,</3303/${id}>`
    expect(read(links(4_000, twice)).objects[0]?.instances.length).toBe(4_000)
    const many = links(4_000, (id) => `</3303/${id}>`)
    expect(refused(() => read(`${many},${links(97, (id) => `</3304/${id}>`)}`))).toBe('4.00 register_links')
  })
})

describe('the root link', () => {
  it.each([
    ['quoted, one format', '</>;rt="oma.lwm2m";ct=110', '/', [110]],
    ['not quoted', '</>;rt=oma.lwm2m;ct=110', '/', [110]],
    ['several formats', '</>;rt="oma.lwm2m";ct="60 110 112 11542 11543"', '/', [60, 110, 112, 11542, 11543]],
    ['spaces to spare', '</>;rt="oma.lwm2m";ct=" 60  110 "', '/', [60, 110]],
    ['no format', '</>;rt="oma.lwm2m"', '/', []],
    ['formats that are none', '</>;ct="x -1 110 1e2 999999"', '/', [110]],
    ['no type', '</>;ct=110', '/', [110]],
    ['several types', '</lwm2m>;rt="core.s oma.lwm2m"', '/lwm2m', []],
    ['an alternate path', '</lwm2m>;rt="oma.lwm2m";ct=110', '/lwm2m', [110]],
    ['an alternate path with a slash at its end', '</lwm2m/>;rt="oma.lwm2m"', '/lwm2m', []],
    ['an alternate path of several levels', '</a/b>;rt="oma.lwm2m"', '/a/b', []],
    ['no target', '<>;rt="oma.lwm2m"', '/', []],
    ['a target that is no path', '<lwm2m>;rt="oma.lwm2m"', '/', []],
    ['an empty level', '</a//b>;rt="oma.lwm2m"', '/', []],
    ['a target too long for a request', `</${'x'.repeat(255)}>;rt="oma.lwm2m"`, '/', []],
  ])('%s', (_name, root, alternatePath, contentFormats) => {
    const below = alternatePath === '/' ? '' : alternatePath
    for (const text of [`${root},<${below}/3/0>`, `<${below}/3/0>,${root}`]) {
      const list = read(text)
      expect(list).toMatchObject({ alternatePath, contentFormats })
      expect(shown(list)).toEqual(['3/1.1:0'])
    }
  })

  it('absent: the tree is at the root', () => {
    expect(read('</3/0>')).toMatchObject({ alternatePath: '/', contentFormats: [] })
  })

  it('objects beside the alternate path are taken too: some clients leave it out', () => {
    expect(shown(read('</lwm2m>;rt="oma.lwm2m",</lwm2m/3/0>,</4/0>'))).toEqual(['3/1.1:0', '4/1.2:0'])
  })

  it('an alternate path that looks like an object is none', () => {
    expect(shown(read('</5>;rt="oma.lwm2m",</5/3/0>,</5/3303>'))).toEqual(['3/1.1:0', '3303/1.0:'])
  })
})

describe('the list of an Update', () => {
  const before = read('</lwm2m>;rt="oma.lwm2m";ct=112,</lwm2m/3/0>')

  it('may leave the root link out', () => {
    const list = read('</lwm2m/4/0>', '1.1', before)
    expect(list).toMatchObject({ alternatePath: '/lwm2m', contentFormats: [112] })
    expect(shown(list)).toEqual(['4/1.2:0'])
  })

  it('or its formats, as Leshan does', () => {
    const list = read('</lwm2m>;rt="oma.lwm2m",</lwm2m/4/0>', '1.1', before)
    expect(list).toMatchObject({ alternatePath: '/lwm2m', contentFormats: [112] })
  })

  it('or change them', () => {
    expect(read('</>;ct=60,</4/0>', '1.1', before)).toMatchObject({
      alternatePath: '/',
      contentFormats: [60],
    })
  })
})

it('any payload is read or refused', () => {
  const pieces = fc.constantFrom(
    '</',
    '>',
    ';',
    ',',
    '"',
    '=',
    'rt="oma.lwm2m"',
    'ct=',
    'ver=1.1',
    '3',
    '/0',
    '\\',
    ' ',
    '<',
  )
  const texts = fc.array(fc.oneof(pieces, fc.string({ unit: 'binary', maxLength: 5 })), { maxLength: 30 })
  const payloads = fc.oneof(
    fc.uint8Array(),
    texts.map((parts) => new TextEncoder().encode(parts.join(''))),
  )
  fc.assert(
    fc.property(payloads, (payload) => {
      try {
        const { objects, alternatePath } = readObjectList(payload, '1.1')
        expect(objects.length).toBeGreaterThan(0)
        expect(alternatePath).toMatch(/^\//)
      } catch (error) {
        expect(error).toBeInstanceOf(Refusal)
      }
    }),
    { numRuns: 1000 },
  )
})
