import type { Option, ReceivedResponse, Response } from './handler.ts'
import type { Message } from './message.ts'
import { isCritical, OptionNumber, readText, readUint, recognise, textValue, uintValue } from './option.ts'
import type { Seen } from './peer.ts'

/** A response with its Block options, as unsigned integers (`block-option.ts`). */
export interface BlockResponse extends ReceivedResponse {
  readonly block1: number | undefined
  readonly block2: number | undefined
}

type Draft = { -readonly [Key in keyof BlockResponse]: BlockResponse[Key] } & {
  options: Option[]
  locationPath?: string[]
}

/** Takes one known option into the draft; false where it means nothing in a response. */
function take(draft: Draft, option: Option): boolean {
  const { number, value } = option
  switch (number) {
    case OptionNumber.observe:
      draft.observe = readUint(value)
      return true
    case OptionNumber.contentFormat:
      draft.contentFormat = readUint(value)
      return true
    case OptionNumber.maxAge:
      draft.maxAge = readUint(value)
      return true
    case OptionNumber.locationPath:
      return takeLocation(draft, readText(value))
    case OptionNumber.block1:
      draft.block1 = readUint(value)
      return true
    case OptionNumber.block2:
      draft.block2 = readUint(value)
      return true
    default:
      draft.options.push(option)
      return !isCritical(number)
  }
}

function takeLocation(draft: Draft, segment: string | undefined): boolean {
  if (segment === undefined) return false
  draft.locationPath ??= []
  draft.locationPath.push(segment)
  return true
}

/**
 * A message as a response. Views in it are views of the datagram.
 * @returns the number of the option that forbids to use it, a critical one that is not understood
 *   (RFC 7252, 5.4.1), where there is one
 */
export function readResponse(message: Message, at: number, seen: Seen | undefined): BlockResponse | number {
  const { code, payload } = message
  // One shape for all responses, written out: on this path a spread costs more than all the rest of the reading.
  const draft: Draft = {
    code,
    contentFormat: undefined,
    observe: undefined,
    maxAge: undefined,
    block1: undefined,
    block2: undefined,
    options: [],
    payload,
    at,
    seen,
  }
  let previous = -1
  for (const option of message.options) {
    const recognition = recognise(option, previous)
    previous = option.number
    if (recognition === 'known') {
      if (!take(draft, option)) return option.number
    } else if (isCritical(option.number)) return option.number
    else if (recognition === 'unknown') draft.options.push(option)
  }
  return draft
}

/** Whether a message has an Observe option: what tells a notification from another response. */
export function hasObserve(message: Message): boolean {
  for (const { number } of message.options) {
    if (number >= OptionNumber.observe) return number === OptionNumber.observe
  }
  return false
}

/** The options of a response of ours, as on the wire. */
export function responseOptions(response: Response): readonly Option[] {
  const { contentFormat, locationPath = [], observe, maxAge, options = [] } = response
  const all: Option[] = []
  if (observe !== undefined) all.push({ number: OptionNumber.observe, value: uintValue(observe) })
  for (const segment of locationPath) {
    all.push({ number: OptionNumber.locationPath, value: textValue(segment) })
  }
  if (contentFormat !== undefined) {
    all.push({ number: OptionNumber.contentFormat, value: uintValue(contentFormat) })
  }
  if (maxAge !== undefined) all.push({ number: OptionNumber.maxAge, value: uintValue(maxAge) })
  all.push(...options)
  return all
}
