import type { ErrorCode } from './errors.ts'

/** Steps from the root of a document to a part of it: keys, and indices of lists. */
export type KeyPath = readonly (string | number)[]

/** Where something was written: a file with line and column (both from 1), or an environment variable. */
export interface Place {
  readonly source: string
  readonly line?: number
  readonly column?: number
}

/** One fault of a document that a person wrote. */
export interface Problem<Code extends ErrorCode = ErrorCode> {
  readonly code: Code
  readonly path: KeyPath
  /** What is wrong and what was expected. */
  readonly message: string
  /** What was probably meant. */
  readonly suggestion?: string
}

/** A fault, and where it was written. */
export interface PlacedProblem<Code extends ErrorCode = ErrorCode> extends Problem<Code> {
  readonly place: Place
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
export function problemText(problem: PlacedProblem): string {
  return `${placeText(problem.place)}: ${unplacedText(problem)}`
}

/** The same of what stands in no file. */
export function unplacedText({ path, message, suggestion }: Problem): string {
  const key = pathText(path)
  const meant = suggestion === undefined ? '' : ` (did you mean ${suggestion}?)`
  return `${key === '' ? '' : `${key}: `}${message}${meant}`
}

/** What stands in the file in its order, after what stands in the environment. */
export function inOrder({ place: one }: PlacedProblem, { place: other }: PlacedProblem): number {
  return (one.line ?? 0) - (other.line ?? 0) || (one.column ?? 0) - (other.column ?? 0)
}
