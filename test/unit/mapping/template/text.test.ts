import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cutText, unclosedAt } from '../../../../src/mapping/template/text.ts'
import { problemsOf, TemplateRig } from './rig.ts'

const sourcesOf = (text: string) =>
  cutText(text)?.map((stretch) => (typeof stretch === 'string' ? stretch : [stretch.source]))

describe('cutText', () => {
  it.each([
    ['', []],
    ['plain {braces} and } $ {', ['plain {braces} and } $ {']],
    ['${a}', [['a']]],
    ['${a}${b}', [['a'], ['b']]],
    ['x/${a}/y', ['x/', ['a'], '/y']],
    ['{{ value }} ${a}', ['{{ value }} ', ['a']]],
    ['$${a}', ['${a}']],
    ['x $${ ${a} $${', ['x ${ ', ['a'], ' ${']],
    ['${a}$${b}', [['a'], '${b}']],
    ['cost: 5$', ['cost: 5$']],
    ["${{'a': {'b': 1}}.a}", [["{'a': {'b': 1}}.a"]]],
    ["${'}'}!", [["'}'"], '!']],
    ['${"}\\"}"}', [['"}\\"}"']]],
    ["${'\\\\'}x", [["'\\\\'"], 'x']],
    ["${'$' + '{'}", [["'$' + '{'"]]],
    ["${r'\\d}'}x", [["r'\\d}'"], 'x']],
    ["${'''it's }'''}x", [["'''it's }'''"], 'x']],
    ['${"""a "} b"""}x', [['"""a "} b"""'], 'x']],
    ["${''}x", [["''"], 'x']],
    ["${'' + ''''''}x", [["'' + ''''''"], 'x']],
    ["${b'}'}x", [["b'}'"], 'x']],
    ['${"it\'s }" + \'say "}"\'}x', [['"it\'s }" + \'say "}"\''], 'x']],
    ["${'a\\\\\\'}'}x", [["'a\\\\\\'}'"], 'x']],
    ["${'''a\\'''}'''}x", [["'''a\\'''}'''"], 'x']],
    ["${''''}'''}x", [["''''}'''"], 'x']],
    ["${'a' // '}\n}x", [["'a' // '}\n"], 'x']],
    ["${'$${' + a}${b}", [["'$${' + a"], ['b']]],
    ["it's ${a} isn't ${b}", ["it's ", ['a'], " isn't ", ['b']]],
    ["${a // it's a } {\n + 1}x", [["a // it's a } {\n + 1"], 'x']],
    ["${'http://' + a}x", [["'http://' + a"], 'x']],
    ['${4 / 2}x', [['4 / 2'], 'x']],
    ['😀${a}😀', ['😀', ['a'], '😀']],
  ])('%s', (text, stretches) => expect(sourcesOf(text)).toEqual(stretches))

  it.each([
    ['${a', 0],
    ['ab${', 2],
    ['${a}x${b', 5],
    ['$${x} ${b', 6],
    ["${'}", 0],
    ["${'''a''}", 0],
    ['${{}', 0],
    ['${a // }', 0],
    ["${'a\\'}", 0],
    ["${'''a'}", 0],
    ['${"a\'}', 0],
    ["${'a'}'${'b}", 7],
  ])('%s is not closed, from %i', (text, at) => {
    expect(cutText(text)).toBeUndefined()
    expect(unclosedAt(text)).toBe(at)
    expect(problemsOf({ a: text })).toEqual([
      `root.a: the expression at character ${at + 1} of '${text}' is not closed: it needs a }`,
    ])
  })

  it('ends a text where CEL ends it, whatever stands in it', () => {
    const rig = new TemplateRig()
    const characters = fc.constantFrom("'", '"', '\\', '{', '}', '$', '/', '\n', 'a', 'é')
    const quoted = (text: string, quote: string) => {
      const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
      return quote + escaped.replaceAll(quote[0] ?? '', `\\${quote[0]}`) + quote
    }
    const quotes = fc.constantFrom("'", '"', "'''", '"""')
    fc.assert(
      fc.property(fc.string({ unit: characters, maxLength: 12 }), quotes, (text, quote) => {
        const literal = quoted(text, quote)
        expect(sourcesOf(`\${${literal}}'}`)).toEqual([[literal], "'}"])
        expect(rig.produce(`\${${literal}}`)).toBe(text)
      }),
    )
  })

  it('tells where each expression stands', () => {
    expect(cutText('a${b}${c}')).toEqual(['a', { source: 'b', start: 3 }, { source: 'c', start: 7 }])
  })
})

describe('texts', () => {
  const rig = new TemplateRig()
  const scope = {
    any: 9007199254740993n,
    payload: { n: 1.5, no: null, list: [1], bytes: new Uint8Array([72, 105]), flag: true },
    text: 'a',
  }
  it.each([
    ['${any}', 9007199254740993n],
    ['${payload.n}', 1.5],
    ['${payload.no}', null],
    ['${payload.list}', [1]],
    ['${payload.flag}', true],
    ['${text}', 'a'],
    ['${1 + 1}', 2],
    ['${payload.bytes}', new Uint8Array([72, 105])],
    ['${any}!', '9007199254740993!'],
    ['${payload.n}${payload.flag}', '1.5true'],
    ['x${payload.bytes}', 'xSGk='],
    ['$${text}', '${text}'],
  ] as const)('%s', (text, gives) => expect(rig.produce(text, scope)).toEqual(gives))

  it.each(['${payload.x}', 'a ${payload.x}', 'a ${payload.no}', 'a ${payload.list}', 'a ${payload}'])(
    '%s fails',
    (text) => {
      expect(() => rig.produce(text, scope)).toThrow(expect.objectContaining({ code: 'mapping_failed' }))
    },
  )
})
