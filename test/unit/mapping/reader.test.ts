import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { problemText } from '../../../src/lib/problem.ts'
import { readMapping } from '../../../src/mapping/reader.ts'

/** What is wrong, a line each, without the file's name. */
function problems(text: string): string[] {
  return readMapping(text, 'm.yaml').problems.map((problem) => problemText(problem).replace('m.yaml:', ''))
}

const containing = (...parts: readonly string[]) => parts.map((part) => expect.stringContaining(part))

describe('a mapping file', () => {
  test('is YAML or JSON, with keys that may be null, and exact integers', () => {
    const text = 'name: a\ntables: { codes: { "3303": 9007199254740993, 2.050: x, n: } }\n'
    const { tree, problems: found } = readMapping(text, 'm.yaml')
    expect(found).toEqual([])
    expect(tree).toEqual({ name: 'a', tables: { codes: { 3303: 9007199254740993n, '2.050': 'x', n: null } } })
    expect(readMapping('{"name": "a"}', 'm.json').tree).toEqual({ name: 'a' })
    expect(readMapping('\uFEFFname: a', 'm.yaml')).toMatchObject({ tree: { name: 'a' }, problems: [] })
  })

  test('may repeat parts by anchors and aliases, within bounds', () => {
    const text = 'name: a\ntables: { one: &t { x: y }, two: *t }\n'
    expect(readMapping(text, 'm.yaml').tree?.tables).toEqual({ one: { x: 'y' }, two: { x: 'y' } })
    const big = `name: a\ntables: { one: &t { x: [${'1,'.repeat(50_000)}] }, ${'abcdefgh'.replaceAll(/./g, '$&: *t, ')} }`
    expect(problems(big)).toEqual(containing('more than 200000 values'))
    expect(problems(`a: &a [*a]`)).toEqual(containing('nest more than 64 deep'))
  })

  test('hears of all its faults at once, in its order, with places and suggestions', () => {
    const text = [
      'nam: house', // 1
      'publish:', // 2
      '  - { on: value, topik: x, payload: { a: .inf }, qos: 3 }', // 3
      'tables: { "3303": 5 }', // 4
      'units: { "5": { unit: W, faktor: 1 } }', // 5
      'match: { objects: [99999] }', // 6
      'integers: 5', // 7
    ].join('\n')
    expect(problems(text)).toEqual(
      containing(
        '1:1: needs the key name: a small letter',
        '1:1: nam: a mapping has no such key (did you mean name?)',
        '3:18: publish[0].topik: this group has no such key (did you mean topic?)',
        '3:39: publish[0].payload.a: Infinity is no number that JSON knows',
        '3:50: publish[0].qos: expected one of 0, 1, 2; found the number 3',
        '4:11: tables.3303: expected a group of keys; found the number 5',
        '5:26: units.5.faktor: this group has no such key (did you mean factor?)',
        '6:20: match.objects[0]: expected an integer from 0 to 65535; or an object id',
        '7:1: integers: expected one of number, string; found the number 5',
      ),
    )
    const codes = readMapping(text, 'm.yaml').problems.map(({ code }) => code)
    expect(new Set(codes)).toEqual(new Set(['mapping_invalid', 'mapping_unknown_key']))
  })

  test.each([
    ['name: a\npublish:\n  - { topic: ${device}/x, payload: ${value} }\n  - { topic: "a${b}" }', '3:14'],
    ['name: a\ndevice: ${a ? b : c}', '2:9'],
    ['name: a\npublish: [{ topic: "x/${a}", payload: a${b} }]', '2:39'],
    ['name: a\npublish: [{ payload: { list: [${a}] } }]', '2:31'],
  ])('says that an expression wants quotes: %j', (text, place) => {
    const found = problems(text)
    expect(found).toEqual(containing(`${place}: an expression wants quotes here, "\${...}"`))
  })

  test.each([
    ['in the line of an expression', 'name: a\npublish:\n  - on: value\n\tpayload: ${value}', '4:1'],
    ['above an expression', 'name: a\npublish:\n  - on: value\n\ttopic: t\n    payload: ${value}', '4:1'],
    [
      'above one with a colon',
      'name: a\npublish:\n  - on: value\n\ttopic: t\n    payload: ${a ? b : c}',
      '4:1',
    ],
    ['above one in braces', 'name: a\nmatch:\n\tversion: "1.1"\npublish: [{ topic: ${a} }]', '3:1'],
    ['behind spaces', 'name: a\npublish:\n  - on: value\n  \t  topic: ${a}\n', '4:3'],
  ])('names the tab %s, and nothing of quotes at that place', (_, text, place) => {
    const [first, ...others] = problems(text)
    expect(first).toContain(`${place}: a tab stands here: YAML does not allow tabs for indentation`)
    expect(others).toEqual([])
  })

  test('says nothing of quotes where the expressions of a faulty line have them', () => {
    expect(problems('name: a\npublish: [{ topic: "a${b}", payload: \'${c}\' }')).not.toEqual(
      containing('wants quotes'),
    )
  })

  test('hears of each expression that wants quotes, of what is wrong before, and of nothing that follows', () => {
    const text = [
      'name: a', // 1
      'name: b', // 2
      'publish:', // 3
      '  - topic: home/${device}', // 4
      "    payload: ${value ? 'ON' : 'OFF'}", // 5
      '    contentType: "text"', // 6
      '  - topic: home/${device}', // 7
      '    payload: { t: ${value} }', // 8
      'publish: []', // 9
    ].join('\n')
    expect(problems(text)).toEqual(
      containing(
        '2:1: this key stands here twice',
        '5:14: an expression wants quotes here',
        '8:19: an expression wants quotes here',
      ),
    )
  })

  test('hears of no expression behind what is no YAML by itself', () => {
    const found = problems('name: a\nmatch:\n  \tversion: "1.1"\npublish: [{ topic: ${a} }]')
    expect(found).toEqual(containing('3:3: a tab stands here'))
  })

  test('hears that an expression between brackets of several lines wants quotes', () => {
    expect(problems('name: a\npublish:\n  - payload: {\n      a: ${value},\n      b: 1 }')).toEqual(
      containing('4:10: an expression wants quotes here'),
    )
  })

  test.each([
    ['a: |\n  { x: ${y}\n   - z\n b: 1', '4:2: this line is indented by 1 space, what it goes with by 0'],
    ['a: "x\n  y: z\n   w"\nb:\n  c: 1\n   d: 2', '6:4: this line is indented by 3 spaces'],
    ['a: [x,\n  y: {\n   w: 1 }]\nb:\n  c: 1\n   d: 2', '6:4: this line is indented by 3 spaces'],
    ['a:\n- x: 1\n- y: 1\nb:\n  c: 1\n d: 2', '6:2: this line is indented by 1 space'],
    ['a:\n  - - x: 1\n      y: 2\n     z: 3', '4:6: this line is indented by 5 spaces'],
    ['a:\n  # x\n\n  b: c # y\n d: 1', '5:2: this line is indented by 1 space'],
    ['a:\n  b: c\n  - d', '3:3: a dash does not belong here'],
    ['a: b\r\n  c: d\r\n', '2:3: this line is indented by 2 spaces, what it goes with by 0'],
  ])('hears of its indentation, not of what stands in texts and brackets, case %#', (text, problem) => {
    expect(problems(text)).toEqual(containing(problem))
  })

  test.each([
    ['name: @a', '1:7: a text that begins with @ or ` wants quotes'],
    ['name: "\\d"', '1:8: this \\ stands for nothing in double quotes'],
    ['name: *', '1:7: a text that begins with * wants quotes'],
    ["name: 'a", "1:7: the quote ' that begins here is not closed"],
    ['{"name": "a",\n "tables": {"b": [1, 2\n}', '2:18: the bracket [ that opens here is not closed'],
    ['%name: a', 'wants quotes'],
  ])('hears of its syntax in plain words: %j', (text, problem) => {
    expect(problems(text)).toEqual(containing(problem))
  })

  test.each([
    ['name: a\nname: b', '2:1: this key stands here twice'],
    ['name: a\ntables: { t: { x: 1, "x": 2 } }', '2:22: this key stands here twice'],
    ['name: !secret a', '1:7: a tag such as !secret'],
    ['name: !!binary SGk=', '1:7: a tag such as !secret'],
    ['name: a\n---\nname: b', '2:1: a second document begins here'],
    ['name: a\nmatch:\n\tversion: "1.1"', '3:1: a tab stands here: YAML does not allow tabs'],
    ['name: a\nextends: *none', '2:10: this alias has no anchor'],
    ['name: a\n<<: { version: 1 }', '2:1: <<: YAML 1.2 has no merge keys'],
    ['name: a\ntables: { t: { __proto__: 1 } }', '2:16: tables.t.__proto__: __proto__ cannot be a key'],
    ['- a', '1:1: expected a group of keys; found a list'],
    ['', '1:1: needs the key name'],
    [`name: a\ntables: { t: { x: ${'['.repeat(70)}${']'.repeat(70)} } }`, 'nest more than 64 deep'],
    ['['.repeat(400_000), 'nest more than 64 deep'],
    [`name: a\n${'#'.repeat(1_048_576)}`, 'the file is longer than 1048576 characters'],
  ])('is told what is wrong with it, case %#', (text, problem) => {
    expect(problems(text)).toEqual(containing(problem))
  })

  test('has room for many keys: each is compared with none but its like', () => {
    const keys = Array.from({ length: 20_000 }, (_, index) => `    k${index}: ${index}`)
    const { tree, problems: found } = readMapping(`name: a\ntables:\n  t:\n${keys.join('\n')}`, 'm.yaml')
    expect(found).toEqual([])
    expect(tree?.tables).toMatchObject({ t: { k19999: 19_999 } })
  })

  test.each([
    ['spaces', `a: b\nc${' '.repeat(500_000)}d\n  e: f`],
    ['an endless word', `a: {${'x'.repeat(400_000)} \${b}`],
    ['quotes', `a: {${` '`.repeat(200_001)}\n b: \${c}`],
    ['faulty lines', `a: b\n${'  c: ${d ? e : f}\n'.repeat(40_000)}`],
    ['brackets', `a: b\n c: d${'[ '.repeat(300_000)}`],
  ])('is not long about a faulty file of %s', { timeout: 20_000 }, (_, text) => {
    expect(problems(text).length).toBeGreaterThan(0)
  })

  test('of any text gives a tree or problems', () => {
    const token = fc.constantFrom(
      ...[
        'name',
        'publish',
        'tables',
        ': ',
        '\n',
        '\n  ',
        '- ',
        '[',
        ']',
        '{',
        '}',
        ', ',
        '"',
        "'",
        '&a ',
        '*a',
      ],
      ...[
        '!x ',
        '<<',
        '5',
        '.nan',
        '1e999',
        '~',
        '|',
        '>',
        '#',
        '%',
        '---',
        '\t',
        '\0',
        '${',
        '}',
        '__proto__',
      ],
    )
    fc.assert(
      fc.property(fc.array(token, { maxLength: 30 }), (tokens) => {
        const { tree, problems: found } = readMapping(tokens.join(''), 'm.yaml')
        expect(tree !== undefined || found.length > 0).toBe(true)
        for (const { place } of found) expect(place.line).toBeGreaterThan(0)
      }),
      { numRuns: 1000 },
    )
  })
})
