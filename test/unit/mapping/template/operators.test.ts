import { describe, expect, it } from 'vitest'
import { type JsonValue, stringifyJson } from '../../../../src/lib/json.ts'
import { TemplateRig } from './rig.ts'

const scope = () => ({
  flag: true,
  text: 'b',
  any: 9007199254740993n,
  payload: { no: null, a: 1, zero: 0, inner: { x: 1 } },
  items: [
    { id: 'a', n: 1, list: [1, 2] },
    { id: 'b', n: 2, list: [3] },
  ],
  table: new Map([['k', 'v']]),
})
const produce = (document: JsonValue) => new TemplateRig().produce(document, scope())
const failed = expect.objectContaining({ code: 'mapping_failed' })

describe('keys that may lack', () => {
  it.each<[JsonValue, JsonValue]>([
    [{ 'a?': '${payload.x}', b: 1 }, { b: 1 }],
    [{ 'a?': '${payload.no}' }, {}],
    [{ 'a?': null }, {}],
    [{ 'a?': '${payload.zero}' }, { a: 0 }],
    [{ 'a?': 'x ${payload.x}', 'b?': 'x ${payload.no}', 'c?': 'x ${payload.a}' }, { c: 'x 1' }],
    [{ 'a?': { $when: '${flag}', $value: '${payload.x}' } }, {}],
    [{ 'a?': { $switch: '${text}', $cases: { b: '${payload.x}' } } }, {}],
    [{ 'a?': { $switch: [{ $when: false, $value: 1 }], $otherwise: '${payload.x}' } }, {}],
    [
      { a: null, b: '${payload.no}' },
      { a: null, b: null },
    ],
    [
      { a: '${default(payload.x, 5)}', b: '${has(payload.x)}' },
      { a: 5, b: false },
    ],
  ])('%j', (document, gives) => expect(produce(document)).toEqual(gives))

  it.each<[JsonValue]>([
    [{ a: '${payload.x}' }],
    [['${payload.x}']],
    [{ 'a?': { b: '${payload.x}' } }],
    [{ 'a?': ['${payload.x}'] }],
    [{ 'a?': "${number('x')}" }],
    [{ $each: '${items}', $value: '${payload.x}' }],
  ])('%j fails', (document) => expect(() => produce(document)).toThrow(failed))
})

describe('operators', () => {
  it.each<[string, JsonValue, JsonValue | undefined]>([
    ['constants', { a: [1, { b: null }], c: 'x' }, { a: [1, { b: null }], c: 'x' }],
    ['$when', { $when: '${flag}', a: 1 }, { a: 1 }],
    ['$when that does not hold', { $when: '${!flag}', a: 1 }, undefined],
    ['$when false', [{ $when: false, a: 1 }, 2], [2]],
    ['$when on a key', { a: { $when: '${!flag}', $value: 1 }, b: 2 }, { b: 2 }],
    ['$value', { a: { $value: [1] } }, { a: [1] }],
    ['$value null', { a: { $value: null } }, { a: null }],
    [
      '$merge',
      { $merge: [{ a: 1, b: 1 }, '${payload.inner}', { b: '${any}' }] },
      { a: 1, x: 1, b: 9007199254740993n },
    ],
    ['$merge with $when', { $merge: [{ a: 1 }, { $when: '${!flag}', b: 1 }] }, { a: 1 }],
    ['$switch', { $switch: '${text}', $cases: { a: 1, b: '${any}' } }, 9007199254740993n],
    ['$switch by truth', { $switch: '${flag}', $cases: { true: 'yes', false: 'no' } }, 'yes'],
    ['$switch by number', { $switch: '${payload.a}', $cases: { 1: 'one' } }, 'one'],
    ['$switch by null', { $switch: '${payload.no}', $cases: { null: 1 }, $otherwise: 2 }, 2],
    ['$switch otherwise', { $switch: '${text}', $cases: { toString: 1 }, $otherwise: 2 }, 2],
    ['$switch without a case', { a: { $switch: '${text}', $cases: { x: 1 } } }, {}],
    [
      '$switch by conditions',
      {
        $switch: [
          { $when: '${!flag}', $value: 1 },
          { $when: '${payload.a == 1}', $value: 2 },
        ],
      },
      2,
    ],
    ['$each', { $each: '${items}', $as: 'r', $value: '${r.n + 1}' }, [2, 3]],
    [
      '$each with $where',
      { $each: '${items}', $as: 'r', $where: "${r.id != 'a'}", $value: '${r.id}' },
      ['b'],
    ],
    [
      '$each with $key',
      { $each: '${items}', $key: '${item.id}_x', $value: { n: '${item.n}' } },
      { a_x: { n: 1 }, b_x: { n: 2 } },
    ],
    [
      '$each over an object',
      { $each: '${payload.inner}', $key: '${item.key}', $value: '${item.value}' },
      { x: 1 },
    ],
    ['$each over a map', { $each: '${table}', $value: '${item.key}=${item.value}' }, ['k=v']],
    ['$each of nothing', { $each: '${[]}', $value: 1 }, []],
    [
      '$each that leaves out',
      { $each: '${items}', $value: { $when: '${item.n == 2}', $value: '${item.n}' } },
      [2],
    ],
    [
      '$each in $each',
      { $each: '${items}', $as: 'r', $value: { $each: '${r.list}', $as: 'l', $value: '${r.id}${l}' } },
      [['a1', 'a2'], ['b3']],
    ],
    [
      '$each after $each with the same name',
      [
        { $each: '${items}', $as: 'r', $value: '${r.id}' },
        {
          $each: '${items}',
          $as: 'r',
          $where: '${r.n == 1}',
          $value: { $each: '${r.list}', $value: '${item}${r.n}' },
        },
      ],
      [['a', 'b'], [['11', '21']]],
    ],
    [
      'all of them in each other',
      {
        $merge: [
          {
            $each: '${items}',
            $key: '${item.id}',
            $value: {
              $switch: '${item.id}',
              $cases: { a: { $merge: [{ k: '${item.n}' }] } },
              $otherwise: { $when: '${flag}', $value: [] },
            },
          },
        ],
      },
      { a: { k: 1 }, b: [] },
    ],
    ['a macro variable with the name of a variable', "${items.map(text, text.id + '!')}", ['a!', 'b!']],
    ['bytes in a document', { a: "${fromHex('4869')}" }, { a: 'SGk=' }],
  ])('%s', (_what, document, gives) => expect(produce(document)).toEqual(gives))

  it.each<[string, JsonValue]>([
    ['a condition that gives no truth', { $when: '${payload.a}', a: 1 }],
    ['a condition on what is not there', { $when: '${payload.x}', a: 1 }],
    ['$each of a text', { $each: '${payload.a}', $value: 1 }],
    ['$each of what is not there', { $each: '${payload.x}', $value: 1 }],
    ['$each of bytes', { $each: "${fromHex('00')}", $value: 1 }],
    ['$key that is null', { $each: '${items}', $key: '${payload.no}', $value: 1 }],
    ['$key that is left out', { $each: '${items}', $key: { $when: false, $value: 'a' }, $value: 1 }],
    ['$key __proto__', { $each: '${items}', $key: '__proto__', $value: 1 }],
    ['$merge of a list', { $merge: [{}, '${items}'] }],
    ['$merge of bytes', { $merge: [{}, "${fromHex('00')}"] }],
  ])('%s fails', (_what, document) => expect(() => produce(document)).toThrow(failed))

  it('let no message change the prototype of anything', () => {
    const payload = JSON.parse('{"__proto__": {"bad": 1}, "a": 2}') as unknown
    const gives = new TemplateRig().produce({ $merge: [{ b: 1 }, '${payload}'] }, { payload })
    expect(stringifyJson(gives as JsonValue)).toBe('{"b":1,"__proto__":{"bad":1},"a":2}')
    expect(Object.getPrototypeOf(gives)).toBe(Object.prototype)
  })

  it('pay for each element and for what comes of it', () => {
    const rig = new TemplateRig()
    const each: JsonValue = { $each: '${items}', $value: 1 }
    const nested: JsonValue = { $each: '${items}', $as: 'r', $value: { $each: '${items}', $value: 1 } }
    const big: JsonValue = { $each: '${items}', $value: '${payload}' }
    const over = expect.objectContaining({ code: 'mapping_budget' })
    const items = Array.from({ length: 1000 }, () => 1)
    expect(rig.produce(each, { items })).toHaveLength(1000)
    expect(() => rig.produce(nested, { items })).toThrow(over)
    expect(() => rig.produce(big, { items, payload: 'x'.repeat(1000) })).toThrow(over)
  })

  it('ask for what they need alone', () => {
    const lazy = {
      flag: false,
      get payload(): never {
        throw new Error('asked')
      },
    }
    const document: JsonValue = {
      a: { $when: '${flag}', $value: '${payload}' },
      b: { $switch: '${flag}', $cases: { true: '${payload}', false: 1 } },
      c: {
        $switch: [
          { $when: true, $value: 2 },
          { $when: '${payload}', $value: '${payload}' },
        ],
      },
    }
    expect(new TemplateRig().produce(document, lazy)).toEqual({ b: 1, c: 2 })
  })
})
