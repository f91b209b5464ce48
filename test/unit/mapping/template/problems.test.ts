import { describe, expect, it } from 'vitest'
import type { JsonValue } from '../../../../src/lib/json.ts'
import { Problems } from '../../../../src/mapping/problem.ts'
import { TemplateCompiler } from '../../../../src/mapping/template/compiler.ts'
import { problemsOf, TemplateRig } from './rig.ts'

describe('faults of a template', () => {
  it.each<[JsonValue, string]>([
    [{ a: ['${text * 2}'] }, "root.a.0: in 'text * 2': string * int do not go together"],
    [{ a: 'x ${1 + nothing}' }, "root.a: in '1 + nothing', at character 5: Unknown variable: nothing"],
    [{ a: '${}' }, "root.a: in '': the expression is empty"],
    [{ $eech: 1 }, 'root.$eech: there is no operator $eech'],
    [{ $swich: '${text}', $cases: { a: '${nothing}' } }, 'root.$swich: there is no operator $swich'],
    [{ $if: '${text}', a: 1 }, 'root.$if: there is no operator $if: there are $each, $merge, $switch'],
    [{ $as: 'r', a: 1 }, 'root.$as: $as goes with $each'],
    [{ $value: 1, $as: 'r' }, 'root.$as: $as goes with $each'],
    [{ $value: 1, $cases: {} }, 'root.$cases: $cases goes with $switch'],
    [{ a: '$text' }, "root.a: '$text' is no expression: write ${text}"],
    [
      { $each: '${items}', $value: 1, b: 1 },
      'root.b: $each goes with $each, $as, $where, $key, $value, $when',
    ],
    [{ $merge: [{}], $each: '${items}', $value: 1 }, 'root.$merge: $each goes with'],
    [{ $each: '${items}' }, 'root: $each needs $value'],
    [{ $each: 'items', $value: 1 }, 'root.$each: expected one expression'],
    [{ $each: ['${items}'], $value: 1 }, 'root.$each: expected one expression'],
    [{ $each: '${items} ', $value: 1 }, 'root.$each: expected one expression'],
    [{ $each: '${items}', $as: 'text', $value: 1 }, 'root.$as: expected a new name'],
    [{ $each: '${items}', $as: 'snapshot', $value: 1 }, 'root.$as: expected a new name'],
    [{ $each: '${items}', $as: 'surroundings', $value: 1 }, 'root.$as: expected a new name'],
    [{ $each: '${items}', $as: 'for', $value: 1 }, 'root.$as: expected a new name'],
    [{ $each: '${items}', $as: 'true', $value: 1 }, 'root.$as: expected a new name'],
    [{ $each: '${items}', $as: 'int', $value: 1 }, 'root.$as: expected a new name'],
    [{ $each: '${items}', $as: '__proto__', $value: 1 }, 'root.$as: expected a new name'],
    [{ $each: '${items}', $as: 5, $value: 1 }, 'root.$as: expected a new name'],
    [
      { $each: '${items}', $as: 'r', $value: { $each: '${items}', $as: 'r', $value: 1 } },
      'root.$value.$as: expected a new name',
    ],
    [{ $each: '${items}', $value: { $each: '${items}', $value: 1 } }, 'root.$value.$as: expected a new name'],
    [{ $each: '${item}', $value: 1 }, "root.$each: in 'item': Unknown variable: item"],
    [[{ $each: '${items}', $value: 1 }, '${item}'], "root.1: in 'item': Unknown variable: item"],
    [
      { $each: '${items}', $where: '${1}', $value: 1 },
      "root.$where: a condition gives true or false; '1' gives int",
    ],
    [{ $when: 'yes', a: 1 }, 'root.$when: expected one expression'],
    [{ $when: null, a: 1 }, 'root.$when: expected one expression'],
    [{ $when: '${text}', a: 1 }, "root.$when: a condition gives true or false; 'text' gives string"],
    [{ $merge: {} }, 'root.$merge: expected a list of objects'],
    [{ $merge: [] }, 'root.$merge: expected a list of objects'],
    [{ $merge: [{ a: '${nothing}' }] }, "root.$merge.0.a: in 'nothing'"],
    [{ $switch: '${text}' }, 'root: $switch needs $cases'],
    [{ $switch: '${text}', $cases: [] }, 'root: $switch needs $cases'],
    [{ $switch: '${text}', $cases: { a: '${nothing}' } }, "root.$cases.a: in 'nothing'"],
    [{ $switch: '${text}', $cases: {}, $otherwise: '${nothing}' }, "root.$otherwise: in 'nothing'"],
    [{ $switch: [{ $when: true }] }, 'root.$switch.0: expected {$when'],
    [{ $switch: ['a'] }, 'root.$switch.0: expected {$when'],
    [{ $switch: [{ $when: true, $value: 1, a: 1 }] }, 'root.$switch.0.a: $value goes with $value, $when'],
    [{ $switch: [{ $when: '${nothing}', $value: 1 }] }, "root.$switch.0.$when: in 'nothing'"],
    [
      { $switch: [{ $when: true, $value: 1 }], $cases: {} },
      'root.$cases: a $switch with a list has no $cases',
    ],
    [{ $value: '${nothing}' }, "root.$value: in 'nothing'"],
    [{ $value: 1, a: 1 }, 'root.a: $value goes with $value, $when'],
    [{ '${text}': 1 }, 'root.${text}: a key is no expression'],
    [{ a: 1, 'a?': 2 }, "root.a: the key 'a' stands twice"],
    [JSON.parse('{"__proto__": 1}') as JsonValue, "root.__proto__: '__proto__' cannot be a key"],
    [{ '__proto__?': 1 }, "root.__proto__?: '__proto__' cannot be a key"],
  ])('%j', (document, problem) => {
    const problems = problemsOf(document)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(problem)
  })

  it('are all told at once', () => {
    expect(problemsOf({ a: '${x1}', b: { $each: 1, $as: 2 }, c: [{ $no: 1 }], d: '${' })).toHaveLength(4)
  })

  it('are none where there are none', () => {
    expect(problemsOf({ 'a?': '${text}', b: { $when: true, $value: '$${' }, c: '{{ jinja }}' })).toEqual([])
  })
})

describe('TemplateCompiler', () => {
  it('shows each expression to who asked for it', () => {
    const rig = new TemplateRig()
    const seen: string[] = []
    const compiler = new TemplateCompiler(rig.environment, rig.budget, new Problems(), (source, path) =>
      seen.push(`${path.join('.')}: ${source}`),
    )
    compiler.compile(
      { a: 'x${text}${any}', b: { $each: '${items}', $value: '${item}' }, c: '${nothing}' },
      [],
    )
    expect(seen.toSorted()).toEqual(['a: any', 'a: text', 'b.$each: items', 'b.$value: item'])
  })

  it('compiles texts, conditions and expressions by themselves', () => {
    const rig = new TemplateRig()
    const scope = { text: 'a', flag: false }
    expect(rig.compiler.compileText('x/${text}', []).evaluate(scope)).toBe('x/a')
    expect(rig.compiler.compileCondition('${flag}', []).holds(scope)).toBe(false)
    expect(rig.compiler.compileCondition(true, []).holds(scope)).toBe(true)
    expect(rig.compiler.compileExpression("${text + 'b'}", []).evaluate(scope)).toBe('ab')
    expect(rig.compiler.with('more').compile('${more}', []).evaluate({ more: 1 })).toBe(1)
    expect(rig.problems.list).toEqual([])
  })
})
