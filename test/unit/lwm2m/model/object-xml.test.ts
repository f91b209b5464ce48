import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CodedError } from '../../../../src/lib/errors.ts'
import { readObjectText, writeObjectText } from '../../../../src/lwm2m/model/object-text.ts'
import { readObjectXml } from '../../../../src/lwm2m/model/object-xml.ts'
import { DEFINITION, ITEM, objectXml } from './object-definition.ts'

const read = (text: string) => readObjectXml(text, 'a.xml')

/** `place message` of the refusal. */
function refusal(text: string): string {
  try {
    read(text)
  } catch (error) {
    expect(error).toBeInstanceOf(CodedError)
    const { code, place, message } = error as CodedError
    expect(code).toBe('model_invalid')
    return `${place} ${message}`
  }
  return 'no refusal'
}

describe('an XML file', () => {
  it('is read with its byte order mark, entities, stray white space and versions as text', () => {
    const item = ITEM.replace('Sensor', '<![CDATA[x < y]]>')
      .replace('0..100', '&#60;&#x37;')
      .replace('>R<', '>RW<')
    const definition = DEFINITION.replace('Tank', ' A &amp; B\n  C').replace('1.0', '1.10')
    const [facts, ...others] = read(`\ufeff${objectXml(definition, item)}`)
    expect(others).toEqual([])
    expect(facts).toMatchObject({
      id: 33000,
      version: '1.10',
      name: 'A & B C',
      multiple: true,
      mandatory: false,
    })
    expect([...(facts?.resources.values() ?? [])]).toEqual([
      {
        id: 5,
        name: 'x < y',
        type: 'unsigned',
        readable: true,
        writable: true,
        executable: false,
        multiple: false,
        mandatory: true,
        range: '<7',
        unit: '%',
      },
    ])
  })

  it('has version 1.0 where it says none, and may have no resources', () => {
    const [facts] = read(objectXml(DEFINITION.replace('1.0', '').replace('Optional', 'Mandatory'), ''))
    expect(facts).toMatchObject({ version: '1.0', mandatory: true })
    expect(facts?.resources.size).toBe(0)
  })

  it('leaves an entity that XML does not have as it stands', () => {
    const odd = objectXml(DEFINITION, ITEM.replace('Sensor', 'a&constructor;&toString;&#xD800;&amp;b'))
    expect(read(odd)[0]?.resources.get(5)?.name).toBe('a&constructor;&toString;&#xD800;&b')
  })

  it('may hold several objects', () => {
    const one = objectXml(DEFINITION, ITEM)
    const two = one.replace(
      '</LWM2M>',
      `<Object>${DEFINITION.replace('33000', '33001')}<Resources/></Object></LWM2M>`,
    )
    expect(read(two).map(({ id }) => id)).toEqual([33000, 33001])
  })

  it.each([
    ['not well-formed', '<LWM2M>\n<Object></LWM2M>', 'a.xml:2 Expected closing tag'],
    ['plain text', 'hello', 'a.xml:1 '],
    ['empty', '', 'a.xml:1 Start tag expected'],
    ['without an object', '<Other/>', 'a.xml:1 there is no LWM2M object in it'],
    ['with an empty object', '\n<LWM2M>\n<Object/></LWM2M>', 'a.xml:2 an Object is empty'],
    [
      'of an unknown type',
      objectXml(DEFINITION, ITEM.replace('Unsigned', 'Unsinged')),
      "a.xml:4 resource '5': Type is 'Unsinged Integer': one of string, integer",
    ],
    [
      'of unknown operations',
      objectXml(DEFINITION, ITEM.replace('>R<', '>RX<')),
      "a.xml:4 resource '5': Operations is 'RX'",
    ],
    [
      'of unknown multiplicity',
      objectXml(DEFINITION, ITEM.replace('Single', 'Several')),
      "a.xml:4 resource '5': MultipleInstances is 'Several'",
    ],
    [
      'without Mandatory',
      objectXml(DEFINITION.replace(/<Mandatory>.*/, ''), ITEM),
      "a.xml:2 the object: Mandatory is ''",
    ],
    [
      'with a bad resource id',
      objectXml(DEFINITION, ITEM.replace('"5"', '"five"')),
      "a.xml:4 resource 'five': ID is 'five': a number from 0 to 65534",
    ],
    [
      'with the reserved object id',
      objectXml(DEFINITION.replace('33000', '65535'), ITEM),
      "a.xml:2 the object: ObjectID is '65535'",
    ],
    [
      'with a bad version',
      objectXml(DEFINITION.replace('1.0', '1'), ITEM),
      "a.xml:2 the object: '1' is no version",
    ],
    [
      'without a name',
      objectXml(DEFINITION, ITEM.replace('Sensor', '')),
      "a.xml:4 resource '5': it has no Name",
    ],
    [
      'with a resource twice',
      objectXml(DEFINITION, `${ITEM}\n${ITEM}`),
      "a.xml:5 resource '5': it stands there twice",
    ],
    ...['constructor', '__proto__', 'toString', 'hasOwnProperty'].map((type) => [
      `of type ${type}`,
      objectXml(DEFINITION, ITEM.replace('Unsigned Integer', type)),
      `a.xml:4 resource '5': Type is '${type}'`,
    ]),
    [
      'with two lists of resources',
      objectXml().replace('</Object>', `<Resources>${ITEM}</Resources></Object>`),
      'a.xml:2 the object: Resources stands in it 2 times',
    ],
    [
      'with a type twice',
      objectXml(DEFINITION, ITEM.replace('<Type>', '<Type>String</Type><Type>')),
      "a.xml:4 resource '5': Type stands in it 2 times",
    ],
    [
      'with a version twice',
      objectXml(`${DEFINITION}<ObjectVersion>1.1</ObjectVersion>`),
      'a.xml:2 the object: ObjectVersion stands in it 2 times',
    ],
    ['with two roots', `<LWM2M><Object/></LWM2M><LWM2M><Object/></LWM2M>`, 'a.xml:1 '],
    ['nested too deep', `<LWM2M>${'<a>'.repeat(200)}${'</a>'.repeat(200)}</LWM2M>`, 'a.xml:1 '],
  ])('%s is refused with line and reason', (_, text, expected) => {
    expect(refusal(text)).toContain(expected)
  })

  it('of any content is read or refused, never worse', () => {
    const mutated = fc
      .tuple(fc.nat(900), fc.nat(40), fc.string({ maxLength: 20 }))
      .map(([at, length, text]) => {
        const whole = objectXml(DEFINITION, ITEM)
        return whole.slice(0, at) + text + whole.slice(at + length)
      })
    fc.assert(
      fc.property(fc.oneof(fc.string(), mutated), (text) => {
        try {
          for (const { id, name } of read(text)) expect([id >= 0, name !== '']).toEqual([true, true])
        } catch (error) {
          expect(error).toMatchObject({ code: 'model_invalid', place: expect.stringMatching(/^a\.xml:\d+$/) })
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('the compact form', () => {
  it.each([
    ['all', ITEM],
    ['no range', ITEM.replace('0..100', '')],
    ['no unit', ITEM.replace('%', '')],
    ['neither', ITEM.replace('0..100', '').replace('%', '')],
    ['no resource', ''],
    ['an executable', ITEM.replace('>R<', '>E<').replace('Unsigned Integer', '')],
  ])('gives the same facts again: %s', (_, item) => {
    const [facts] = read(objectXml(DEFINITION, item))
    if (facts === undefined) expect.unreachable()
    expect(readObjectText([facts.id, facts.version, writeObjectText(facts)])).toStrictEqual(facts)
  })
})
