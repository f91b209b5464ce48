import { Code } from './code.ts'
import type { Option, ReceivedRequest, Request } from './handler.ts'
import { type Message, MessageType } from './message.ts'
import { isCritical, OptionNumber, readText, readUint, recognise, textValue, uintValue } from './option.ts'
import type { Seen } from './peer.ts'

/** A request with its Block options, as unsigned integers (`block-option.ts`). */
export interface BlockRequest extends ReceivedRequest {
  readonly block1: number | undefined
  readonly block2: number | undefined
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] }
type Draft = Writable<BlockRequest> & { path: string[]; query: string[]; options: Option[] }

/** Takes one text option into a list; false where it is no UTF-8. */
function takeText(texts: string[], value: Uint8Array): boolean {
  const text = readText(value)
  if (text === undefined) return false
  texts.push(text)
  return true
}

/** Takes one known option into the draft; returns the code of a refusal, or undefined. */
function take(draft: Draft, option: Option): number | undefined {
  const { number, value } = option
  switch (number) {
    case OptionNumber.uriPath:
      return takeText(draft.path, value) ? undefined : Code.badOption
    case OptionNumber.uriQuery:
      return takeText(draft.query, value) ? undefined : Code.badOption
    case OptionNumber.contentFormat:
      draft.contentFormat = readUint(value)
      return undefined
    case OptionNumber.accept:
      draft.accept = readUint(value)
      return undefined
    case OptionNumber.observe:
      draft.observe = readUint(value)
      return undefined
    case OptionNumber.proxyUri:
    case OptionNumber.proxyScheme:
      return Code.proxyingNotSupported
    default:
      takeOther(draft, option)
      return undefined
  }
}

function takeOther(draft: Draft, option: Option): void {
  const { number, value } = option
  if (number === OptionNumber.block1) draft.block1 = readUint(value)
  else if (number === OptionNumber.block2) draft.block2 = readUint(value)
  else draft.options.push(option)
}

/**
 * A message as a request. Views in it are views of the datagram.
 * @returns the code of the refusal where it holds a critical option that is not understood: 4.02, or 5.05 for a
 *   proxy's (RFC 7252, 5.4.1 and 5.7.2)
 */
export function readRequest(message: Message, at: number, seen: Seen | undefined): BlockRequest | number {
  const { code, payload } = message
  const confirmable = message.type === MessageType.confirmable
  // One shape for all requests, written out: on this path a spread costs more than all the rest of the reading.
  const draft: Draft = {
    code,
    path: [],
    query: [],
    contentFormat: undefined,
    accept: undefined,
    observe: undefined,
    block1: undefined,
    block2: undefined,
    options: [],
    payload,
    confirmable,
    at,
    seen,
  }
  let previous = -1
  for (const option of message.options) {
    const recognition = recognise(option, previous)
    previous = option.number
    if (recognition === 'known') {
      const refusal = take(draft, option)
      if (refusal !== undefined) return refusal
    } else if (isCritical(option.number)) return Code.badOption
    else if (recognition === 'unknown') draft.options.push(option)
  }
  return draft
}

/** The options of a request of ours, as on the wire. */
export function requestOptions(request: Request): Option[] {
  const { path, query = [], contentFormat, accept, observe, options = [] } = request
  const all: Option[] = []
  const add = (number: number, value: Uint8Array): number => all.push({ number, value })
  if (observe !== undefined) add(OptionNumber.observe, uintValue(observe))
  for (const segment of path) add(OptionNumber.uriPath, textValue(segment))
  if (contentFormat !== undefined) add(OptionNumber.contentFormat, uintValue(contentFormat))
  for (const parameter of query) add(OptionNumber.uriQuery, textValue(parameter))
  if (accept !== undefined) add(OptionNumber.accept, uintValue(accept))
  all.push(...options)
  return all
}
