import { describe, expect, it } from 'vitest'
import { Budget, INSTANCES } from '../../../../src/mapping/expression/budget.ts'
import { ExpressionRig } from './rig.ts'

const rig = new ExpressionRig()
const over = expect.objectContaining({ code: 'mapping_budget' })
const listOf = (length: number, element: unknown = 1) => Array.from({ length }, () => element)

describe('Budget', () => {
  it('counts characters and elements, inner ones too, in maps as well', () => {
    const cost = (product: unknown) => {
      const budget = new Budget()
      budget.charge(product)
      return 10_000 - budget.left
    }
    expect(cost(5)).toBe(1)
    expect(cost('x'.repeat(64))).toBe(2)
    expect(cost(new Uint8Array(64))).toBe(2)
    expect(cost(listOf(64))).toBe(2)
    expect(cost(listOf(64, 'x'.repeat(64)))).toBe(66)
    expect(cost({ a: { b: 'x'.repeat(62) } })).toBe(2)
    expect(cost(new Map([['a', 'x'.repeat(63)]]))).toBe(2)
  })

  it('looks at no more than it can pay for', () => {
    const budget = new Budget()
    let reads = 0
    const element = {
      get a() {
        reads++
        return 'x'.repeat(64_000)
      },
    }
    expect(() => budget.charge(listOf(10_000, element))).toThrow(over)
    expect(reads).toBeLessThan(20)
  })

  it('begins anew for each rule', () => {
    const budget = new Budget()
    budget.enter(listOf(100, 1), 50)
    expect(budget.left).toBeLessThan(5_000)
    budget.refill()
    expect(budget.left).toBe(10_000)
  })
})

describe('the size of a device', () => {
  const scopeOf = (instances: number, more: object = {}) => ({ ...more, [INSTANCES]: instances })
  const spent = (budget: Budget): number => {
    let steps = 0
    expect(() => {
      for (;;) {
        budget.enter([1], 99)
        steps += 100
      }
    }).toThrow(over)
    return steps
  }

  it.each([
    [0, 10_000],
    [1, 10_500],
    [240, 130_000],
    [4096, 500_000],
    [1_000_000, 500_000],
  ])('%i object instances allow %i steps', (instances, steps) => {
    const budget = new Budget()
    for (const scope of [scopeOf(instances), scopeOf(instances)]) {
      budget.refill(scope)
      expect(spent(budget)).toBe(steps)
    }
    budget.refill()
    expect(spent(budget)).toBe(10_000)
  })

  it('counts also for what is charged at once', () => {
    const budget = new Budget()
    budget.refill(scopeOf(240))
    budget.charge(listOf(64 * 129_000))
    expect(budget.left).toBeCloseTo(999)
    expect(() => budget.charge(listOf(64 * 1_000))).toThrow(over)
  })

  it('is asked for once, and only where the first steps do not suffice', () => {
    let asked = 0
    const scope = {
      get [INSTANCES]() {
        return asked++
      },
    }
    const budget = new Budget()
    budget.refill(scope)
    budget.enter([1], 5_000)
    expect(asked).toBe(0)
    expect(() => budget.enter([1], 5_000)).toThrow(over)
    expect(() => budget.enter([1], 5_000)).toThrow(over)
    expect(asked).toBe(1)
  })

  it('does not let a hostile expression go on', () => {
    const { items, reads } = counted(8_000)
    const source = 'items.exists(x, items.exists(y, y.n == 2))'
    const scope = scopeOf(4096, { items })
    rig.budget.refill(scope)
    expect(() => rig.evaluate(source, scope)).toThrow('the rule took more than 500000 steps for one event')
    expect(reads()).toBeLessThan(1_000_000)
  })
})

const long = 'x'.repeat(100_000)
const text = 'a'.repeat(2000)
const deep = (): unknown => listOf(300, { a: listOf(20, 'text') })

/** Counts how often the elements are looked at: the getter of each notes it. */
function counted(length: number): { items: readonly object[]; reads: () => number } {
  let reads = 0
  const element = {
    get n() {
      reads++
      return 1
    },
  }
  return { items: listOf(length, element) as object[], reads: () => reads }
}

describe('hostile expressions', () => {
  it.each([
    ['nested macros', 'items.map(x, items.map(y, 1))', { items: listOf(200) }],
    ['a long list', 'items.exists(x, x == 2)', { items: listOf(10_001) }],
    [
      'a big object',
      'payload.all(k, true)',
      { payload: Object.fromEntries(listOf(10_001).map((_, i) => [i, 1])) },
    ],
    ['lists of the same lists', 'items.map(x, items)', { items: listOf(1000) }],
    ['big payloads many times', `[${'payload,'.repeat(200)}1]`, { payload: deep() }],
    [
      'the same, hidden in a choice',
      `flag ? [${'payload,'.repeat(200)}1] : []`,
      { payload: deep(), flag: true },
    ],
    ['the same by an index', `[[${'payload,'.repeat(200)}1]][0]`, { payload: deep() }],
    [
      'comparing payloads',
      'items.filter(x, payload == other)',
      { items: listOf(500), payload: deep(), other: deep() },
    ],
    [
      'the same in parentheses',
      'items.filter(x, (payload) == ((other)))',
      { items: listOf(500), payload: deep(), other: deep() },
    ],
    ['looking in lists', 'items.filter(x, payload in items)', { items: listOf(2000, ['a']), payload: ['b'] }],
    ['parentheses before sums', 'items.map(x, ("") + text + text)', { items: listOf(1000), text: text }],
    ['adding lists', `${'items + '.repeat(100)}items`, { items: listOf(64_000) }],
    ['adding lists, unseen', 'items.exists(x, (items + items)[0] == 2)', { items: listOf(5000) }],
    ['split', "items.exists(x, text.split('')[0] == 'b')", { items: listOf(2000), text }],
    [
      'replace',
      "items.exists(x, [text.replace('a', other)][0] == 'b')",
      { items: listOf(500), text, other: 'y'.repeat(400) },
    ],
    ['join', "[join(items, text)][0] == 'b' || [join(items, text)][0] == 'c'", { items: listOf(450), text }],
    [
      'comparing long texts',
      'items.exists(x, text < other)',
      { items: listOf(500), text: `${long}b`, other: `${long}a` },
    ],
    ['size of long texts', 'items.exists(x, text.size() == 2)', { items: listOf(500), text: long }],
    ['json', 'items.exists(x, json(payload) == "")', { items: listOf(1000), payload: deep() }],
    [
      'keys',
      'items.exists(x, keys(payload)[0] == "")',
      { items: listOf(2000), payload: Object.fromEntries(listOf(1000).map((_, i) => [i, 1])) },
    ],
    [
      'keys of a map',
      'items.exists(x, table.exists(k, k == "none"))',
      { items: listOf(200), table: new Map(listOf(100).map((_, i) => [i, 1])) },
    ],
  ])('stop at the budget: %s', (_what, source, scope) => {
    rig.budget.refill()
    expect(() => rig.evaluate(source, scope)).toThrow(over)
  })

  it('stop a text at a million characters', () => {
    const scope = { text: 'a'.repeat(10_000), other: 'y'.repeat(101), items: listOf(10_000) }
    expect(() => rig.evaluate("text.replace('a', other)", scope)).toThrow(over)
    expect(() => rig.evaluate('join(items, other)', scope)).toThrow(over)
  })

  it.each([
    ['exists', 'items.exists(x, items.exists(y, y.n + "" == "a"))'],
    ['all', 'items.all(x, items.all(y, y.n + "" == "a") || false)'],
    ['or', 'items.exists(x, flag || items.exists(y, y.n == y.none))'],
  ])('cannot hide behind the errors that CEL swallows: %s', (_what, source) => {
    const { items, reads } = counted(1000)
    rig.budget.refill()
    try {
      rig.evaluate(source, { items, flag: false })
    } catch {
      // That it ends is told by the count.
    }
    expect(reads()).toBeGreaterThan(0)
    expect(reads()).toBeLessThan(25_000)
  })

  it('pay for the length of what is done with each element', () => {
    const items = listOf(100)
    const heavy = Array.from({ length: 60 }, () => 'x').join(' - ')
    expect(rig.stepsOf(`items.map(x, ${heavy})`, { items })).toBeGreaterThan(
      4 * rig.stepsOf('items.map(x, x)', { items }),
    )
  })

  it('leave much room for what people write', () => {
    const resources = Array.from({ length: 100 }, (_, index) => ({
      id: `3303/${index}`,
      name: 'Sensor Value',
      writable: index % 2 === 0,
    }))
    const entities = Object.fromEntries(
      Array.from({ length: 500 }, (_, i) => [`3303/${i}`, { p: 'sensor', unit: '°C' }]),
    )
    const scope = { items: resources, table: entities, float: 21.5, any: { type: 'read' }, text: 'a/b' }
    expect(rig.stepsOf('float * 9 / 5 + 32', scope)).toBe(0)
    expect(rig.stepsOf("any.type == 'read' && has(any.type)", scope)).toBe(0)
    expect(rig.stepsOf("any.type in ['read', 'write']", scope)).toBe(0)
    expect(rig.stepsOf("'3303/7' in table", scope)).toBe(1)
    expect(rig.stepsOf("lookup(table, '3303/7', null)", scope)).toBeLessThan(2)
    expect(rig.stepsOf("text.replace('/', '_')", scope)).toBeLessThan(5)
    expect(rig.stepsOf('items.filter(r, r.writable && r.id in table).map(r, r.name)', scope)).toBeLessThan(
      500,
    )
  })
})

describe('a compiled expression', () => {
  it('is parsed and checked but once', () => {
    let parses = 0
    const counting = new Proxy(rig.environment, {
      get(target, property) {
        if (property === 'parse') parses++
        const member = Reflect.get(target, property, target) as unknown
        return typeof member === 'function' ? member.bind(target) : member
      },
    })
    const counter = Object.assign(new ExpressionRig(), { environment: counting })
    const expression = counter.compile('items.map(x, x + float)')
    const compiled = parses
    for (let event = 0; event < 10; event++) {
      counter.budget.refill()
      rig.budget.refill()
      expect(expression.evaluate({ items: [event], float: 0.5 })).toEqual([event + 0.5])
    }
    expect(compiled).toBeGreaterThan(0)
    expect(parses).toBe(compiled)
  })
})
