import { CodedError, type ErrorCode } from '../lib/errors.ts'

/** Steps from the root of the configuration to a value: keys, and indices of lists. */
export type KeyPath = readonly (string | number)[]

/** Where a value was written: a file with line and column (both from 1), or an environment variable. */
export interface Place {
  readonly source: string
  readonly line?: number
  readonly column?: number
}

/** One fault of a configuration. */
export interface Problem {
  readonly code: Extract<ErrorCode, `config_${string}`>
  readonly place: Place
  readonly path: KeyPath
  /** What is wrong and what was expected. */
  readonly message: string
  /** What was probably meant. */
  readonly suggestion?: string
}

/** The keys up to the first index: of a value inside a list, those of the list. */
export function keysOf(path: KeyPath): string[] {
  const keys: string[] = []
  for (const step of path) {
    if (typeof step === 'number') break
    keys.push(step)
  }
  return keys
}

/** `lwm2m.listeners[1]`; empty for the root. */
export function pathText(path: KeyPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`
    return text === '' ? step : `${text}.${step}`
  }, '')
}

/** `/etc/lwm2mqtt/lwm2mqtt.yaml:12:3`, or the variable's name. */
export function placeText({ source, line, column }: Place): string {
  return line === undefined ? source : `${source}:${line}:${column ?? 1}`
}

/** One line for people. */
export function problemText(problem: Problem): string {
  const path = pathText(problem.path)
  const suggestion = problem.suggestion === undefined ? '' : ` (did you mean ${problem.suggestion}?)`
  return `${placeText(problem.place)}: ${path === '' ? '' : `${path}: `}${problem.message}${suggestion}`
}

/** What stands in the file in its order, after what stands in the environment. */
function inOrder({ place: one }: Problem, { place: other }: Problem): number {
  return (one.line ?? 0) - (other.line ?? 0) || (one.column ?? 0) - (other.column ?? 0)
}

/** Everything that is wrong with a configuration, at once. */
export class ConfigurationErrors extends CodedError {
  readonly problems: readonly Problem[]

  /** @param found at least one */
  constructor(found: readonly Problem[]) {
    const problems = found.toSorted(inOrder)
    const count = problems.length === 1 ? 'one error' : `${problems.length} errors`
    const first = problems[0]
    super('config_invalid', `${count} in the configuration:\n${problems.map(problemText).join('\n')}`, {
      place: first && placeText(first.place),
    })
    this.name = 'ConfigurationErrors'
    this.problems = problems
  }
}
