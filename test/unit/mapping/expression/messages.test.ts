import { expect, test } from 'vitest'
import { Budget } from '../../../../src/mapping/expression/budget.ts'
import { createEnvironment, withVariables } from '../../../../src/mapping/expression/environment.ts'
import { compileExpression, ExpressionError } from '../../../../src/mapping/expression/expression.ts'
import { kinds } from '../../../../src/mapping/variables.ts'

const environment = withVariables(createEnvironment(new Budget()), kinds.order)

/** @returns where, what, and what was probably meant */
function told(source: string): readonly [at: number, message: string, suggestion: string | undefined] {
  try {
    compileExpression(source, environment)
  } catch (error) {
    if (error instanceof ExpressionError) return [error.start, error.message, error.suggestion]
    throw error
  }
  throw new Error(`nothing is wrong with ${source}`)
}

test.each([
  ["payload == 'ON' and true", 16, "'and' is no operator", '&&'],
  ["payload == ' and ' OR true", 19, "'OR' is no operator", '||'],
  ['not payload', 0, "'not' is no operator", '!'],
  ['not(payload)', 0, "there is no function 'not'", '!'],
  ["payload = 'ON'", 8, "'=' is no operator", '=='],
  ['payload === 1', 8, "'===' is no operator", '=='],
  ['payload !== 1', 8, "'!==' is no operator", '!='],
  ['payload <> 1', 8, "'<>' is no operator", '!='],
  ['payload & true', 8, "'&' is no operator", '&&'],
  ['payload | true', 8, "'|' is no operator", '||'],
  ['payload ?? 1', 8, "'??' is no operator", 'default(VALUE, OTHER)'],
  ['payload ** 2', 8, "'**' is no operator", undefined],
  ['payload == “ON”', 11, "'“' is no operator", `' or "`],
])('%j is told in terms of the language that was meant', (source, ...expected) => {
  expect(told(source)).toEqual(expected)
})

test.each([
  ['round(1.5', 9, 'a ) is missing at the end'],
  ['round(1.5, 1))', 13, "')' does not belong here"],
  ["payload ? 'ON'", 14, 'a : is missing at the end'],
  ['[1, 2', 5, 'a ] is missing at the end'],
  ['payload..x', 8, "a name is missing before '.'"],
  ['payload +', 9, 'the expression breaks off: something is missing at the end'],
  ['', 0, 'the expression is empty'],
  ['payload + 1 2', 12, "'2' does not belong here"],
  ["payload + 'abc", 10, "the quote ' is not closed"],
  ['if (payload) 1', 0, "there is no 'if': write CONDITION ? VALUE : OTHER"],
  ['payload // and so on\n]', 21, "']' does not belong here"],
])('%j is told in plain words', (source, at, message) => {
  expect(told(source)).toEqual([at, message, undefined])
})

test.each([
  ['rnd(payload, 1)', "there is no function 'rnd'", 'round'],
  ['ruond(payload, 1)', "there is no function 'ruond'", 'round'],
  ['len(text)', "there is no function 'len'", 'size'],
  ['text.lower()', "there is no function 'lower'", 'lowerAscii'],
  ['text.startswith(topic)', "there is no function 'startswith'", 'startsWith'],
  ['frobnicate(text)', "there is no function 'frobnicate'", undefined],
  ['round(payload)', 'round(dyn) does not fit: there is round(dyn, int): dyn', undefined],
])('%j names the functions that there are', (source, message, suggestion) => {
  expect(told(source)).toEqual([0, message, suggestion])
})

test.each([
  ['payload == ON', "Unknown variable: ON; a text wants quotes, 'ON'", undefined],
  ["state == 'awake'", 'Unknown variable: state; rules on presence, connected know it', undefined],
  ['result.code', 'Unknown variable: result; rules on response know it', undefined],
  ['payload == paylod', 'Unknown variable: paylod', 'payload'],
  ['endpoint + 1', 'string + int do not go together: text(...) makes a text of a number', undefined],
  ['endpoint > 1', 'string > int do not go together', undefined],
  ['!endpoint', '! does not take string', undefined],
  ['payload && 1', '&& and || take true or false, this is int', undefined],
  ['endpoint ? 1 : 2', 'what stands before ? must be true or false, this is string', undefined],
  [
    "retained ? 1 : 'a'",
    'what stands around : must be of one type, these are int and string: dyn(...) lets them differ',
    undefined,
  ],
  ['endpoint.x', 'string has no fields', undefined],
])('%j is told what does not fit', (source, message, suggestion) => {
  expect(told(source).slice(1)).toEqual([message, suggestion])
})
