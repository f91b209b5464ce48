import { type JsonValue, stringifyJson } from '../lib/json.ts'
import { pathText } from '../lib/problem.ts'
import type { ExampleFault } from './examples.ts'

const MAX_DIFFERENCES = 5

/** Where an example and the mapping disagree, in one line. */
export function faultText({ key, differences, reasons }: ExampleFault): string {
  const parts = differences.slice(0, MAX_DIFFERENCES).map(({ path, expected, found }) => {
    return `${pathText([key, ...path])}: expected ${partText(expected)}, found ${partText(found)}`
  })
  const left = differences.length - parts.length
  const more = left > 0 ? [`${left} more differences`] : []
  return [...parts, ...more, ...reasons.map((reason) => `because ${stringifyJson(reason)}`)].join('; ')
}

/** A part of what was expected, or found. */
export function partText(part: JsonValue | undefined): string {
  return part === undefined ? 'nothing' : stringifyJson(part)
}
