import type { Environment, TypeCheckResult } from '@marcbachmann/cel-js'
import { eventNames, events } from '../events.ts'
import { type Kind, kinds } from '../variables.ts'
import { intended, isInternal } from './intended.ts'
import type { Slip } from './slip.ts'

type CheckError = NonNullable<TypeCheckResult['error']>

/** What the checker of types says, in plain words, with what was probably meant. */
export function mismatchIn(error: CheckError, message: string, environment: Environment): Slip {
  const start = error.range?.start ?? 0
  const suggestion = intended(error, environment)
  const called = calledIn(error)
  if (called !== undefined) return { ...ofCall(called, message, suggestion, environment), start }
  if (error.code === 'unknown_variable' && suggestion === undefined && error.node?.op === 'id') {
    const name = String(error.node.args)
    return {
      message: `${message}; ${knownElsewhere(name) ?? `a text wants quotes, '${name}'`}`,
      start,
      suggestion,
    }
  }
  return { message: typeWords(message), start, suggestion }
}

const MAX_EVENTS = 4

/** Where there is a variable of this name. */
function knownElsewhere(name: string): string | undefined {
  const has = (kind: Kind): boolean => kinds[kind].some((variable) => variable.name === name)
  const on = eventNames.filter((event) => has(events[event].kind))
  if (on.length > 0) return `rules on ${on.slice(0, MAX_EVENTS).join(', ')} know it`
  if (has('order')) return 'commands know it'
  return has('answer') ? 'answers know it' : undefined
}

const TYPE_WORDS: readonly (readonly [pattern: RegExp, words: string])[] = [
  [
    /^no such overload: (string \+ (?:int|double)|(?:int|double) \+ string)$/,
    '$1 do not go together: text(...) makes a text of a number',
  ],
  [/^no such overload: ([-!])(\w+)$/, '$1 does not take $2'],
  [/^no such overload: (.*)$/, '$1 do not go together'],
  [/^Logical operator requires bool operands, got '(.*)'$/, '&& and || take true or false, this is $1'],
  [/^Ternary condition must be bool, got '(.*)'$/, 'what stands before ? must be true or false, this is $1'],
  [
    /^Ternary branches must have the same type, got '(.*)' and '(.*)'$/,
    'what stands around : must be of one type, these are $1 and $2: dyn(...) lets them differ',
  ],
  [/^Cannot index type '(.*)'$/, '$1 has no fields'],
]

/** The same for what turns out at work. */
export function typeWords(message: string): string {
  const [pattern, words] = TYPE_WORDS.find(([one]) => one.test(message)) ?? []
  return pattern === undefined || words === undefined ? message : message.replace(pattern, words)
}

/** The function that is called where the error is about a call. */
function calledIn({ code, node }: CheckError): string | undefined {
  const isCall = code === 'no_matching_overload' && (node?.op === 'call' || node?.op === 'rcall')
  const name: unknown = isCall && Array.isArray(node.args) ? node.args[0] : undefined
  return typeof name === 'string' ? name : undefined
}

const OPERATORS: Readonly<Record<string, string>> = { and: '&&', or: '||', not: '!' }

function ofCall(
  name: string,
  message: string,
  suggestion: string | undefined,
  environment: Environment,
): Omit<Slip, 'start'> {
  const known = environment
    .getDefinitions()
    .functions.filter((one) => one.name === name && !isInternal(one.name))
  if (known.length === 0)
    return {
      message: `there is no function '${name}'`,
      suggestion: OPERATORS[name.toLowerCase()] ?? suggestion,
    }
  const given = /'(.*)'$/s.exec(message)?.[1] ?? name
  const signatures = [...new Set(known.map(({ signature }) => signature))].slice(0, 6)
  return { message: `${given} does not fit: there is ${signatures.join(', ')}`, suggestion }
}
