import { CodedError } from '../lib/errors.ts'
import type { JsonObject, JsonValue } from '../lib/json.ts'
import type { ObjectModel } from '../lwm2m/model/model.ts'
import { deviceOf } from './cast.ts'
import type { CompilerOptions } from './compiler.ts'
import { type Difference, differences } from './difference.ts'
import type { ExampleDocument, MappingDocument } from './document.ts'
import { pathsIn } from './example-fact.ts'
import type { Mapping, Read } from './mapping.ts'
import { Rehearsal, type Told } from './rehearsal.ts'
import { shownFailure, shownOrder, shownPublication, shownRejection } from './shown.ts'

/** What became of one example. */
export interface ExampleOutcome {
  readonly index: number
  readonly name: string
  /** Undefined where everything came as the example says. */
  readonly fault: ExampleFault | undefined
}

/** Where an example and the mapping disagree. */
export interface ExampleFault {
  /** Key of the example: `gives`, `answers`, `rejected`; or `event`, where it cannot happen. */
  readonly key: 'gives' | 'answers' | 'rejected' | 'event'
  readonly expected: JsonValue
  readonly found: JsonValue
  /** Part by part; below `key`. */
  readonly differences: readonly Difference[]
  /** What may explain it: refusals, and rules that failed. */
  readonly reasons: readonly JsonObject[]
}

/** Where examples are run: they say what comes of a file everywhere, whatever the configuration. */
export const exampleSurroundings: Pick<CompilerOptions, 'base' | 'gateway'> = {
  base: 'lwm2m',
  gateway: { id: 'gw', topic: 'gw', version: '1', url: 'u' },
}

/** When an example happens, if it does not say: milliseconds since the epoch. */
const EXAMPLE_TIME = 1_764_000_000_000

/**
 * Runs the examples of a file. Each begins with nothing but its own device, and messages come over the connection of
 * the file.
 * @param mappingFor gives a mapping that knows no device; afterwards it knows none again
 */
export function runExamples(
  file: Pick<MappingDocument, 'examples' | 'match' | 'connection'>,
  mappingFor: () => Mapping,
  model: ObjectModel,
): ExampleOutcome[] {
  const { examples = [] } = file
  return examples.map((example, index) => {
    const name = example.name ?? `example ${index + 1}`
    return { index, name, fault: faultOf(example, new Rehearsal(mappingFor(), model, file)) }
  })
}

function faultOf(example: ExampleDocument, rehearsal: Rehearsal): ExampleFault | undefined {
  const { event, message } = example
  try {
    if (message !== undefined && event !== undefined) return sequelFault(example, message, event, rehearsal)
    if (message !== undefined) return messageFault(example, message, rehearsal)
    return event === undefined ? undefined : eventFault(example, event, rehearsal)
  } catch (error) {
    if (!(error instanceof CodedError)) throw error
    const failed = error.message
    return { key: 'event', expected: null, found: null, differences: [], reasons: [{ failed }] }
  } finally {
    rehearsal.end(EXAMPLE_TIME)
  }
}

function eventFault(
  { device, gives = [] }: ExampleDocument,
  event: JsonObject,
  rehearsal: Rehearsal,
): ExampleFault | undefined {
  const told = rehearsal.happen(event, deviceOf(device), EXAMPLE_TIME)
  return comparison('gives', gives, told.publications.map(shownPublication), reasonsOf(told))
}

function messageFault(
  { device, result, gives, answers, rejected }: ExampleDocument,
  message: JsonObject,
  rehearsal: Rehearsal,
): ExampleFault | undefined {
  rehearsal.introduce(deviceOf(device), pathsIn(message), EXAMPLE_TIME)
  const heard = rehearsal.hear(message, EXAMPLE_TIME)
  if (rejected !== undefined) return rejectionFault(rejected, heard)
  if (gives !== undefined) {
    const found = [...heard.orders.map(shownOrder), ...heard.publications.map(shownPublication)]
    const fault = comparison('gives', gives, found, reasonsOf(heard, heard))
    if (fault !== undefined) return fault
  }
  if (answers === undefined) return undefined
  const told = rehearsal.answer(heard, deviceOf(result), EXAMPLE_TIME)
  return comparison('answers', answers, told.publications.map(shownPublication), reasonsOf(told, heard))
}

/** The message first, and how it is answered; `gives` is what comes of the event after that. */
function sequelFault(
  { device, result, gives = [], answers }: ExampleDocument,
  message: JsonObject,
  event: JsonObject,
  rehearsal: Rehearsal,
): ExampleFault | undefined {
  const { endpoint } = event
  const given = { ...deviceOf(device), ...(endpoint === undefined ? undefined : { endpoint }) }
  rehearsal.introduce(given, pathsIn([message, event]), EXAMPLE_TIME)
  const heard = rehearsal.hear(message, EXAMPLE_TIME)
  const told = rehearsal.answer(heard, deviceOf(result), EXAMPLE_TIME)
  const found = told.publications.map(shownPublication)
  const fault = answers && comparison('answers', answers, found, reasonsOf(told, heard))
  return fault ?? eventFault({ gives }, event, rehearsal)
}

function comparison(
  key: 'gives' | 'answers',
  expected: readonly JsonValue[],
  found: readonly JsonObject[],
  reasons: readonly JsonObject[],
): ExampleFault | undefined {
  const parts = differences(expected, found)
  if (parts.length === 0) return undefined
  return { key, expected, found, reasons, differences: parts }
}

function reasonsOf({ failures }: Told, { rejections }: Pick<Read, 'rejections'> = NO_REFUSAL): JsonObject[] {
  return [...rejections.map(shownRejection), ...failures.map(shownFailure)]
}

const NO_REFUSAL = { rejections: [] }

function rejectionFault(expected: string, { orders, rejections }: Read): ExampleFault | undefined {
  if (orders.length === 0 && rejections.some(({ message }) => message.includes(expected))) return undefined
  const found = [...rejections.map(({ message }) => message), ...orders.map(shownOrder)]
  const [only = null] = found
  const shown = found.length > 1 ? found : only
  return {
    key: 'rejected',
    expected,
    found: shown,
    reasons: [],
    differences: [{ path: [], expected, found: shown }],
  }
}
