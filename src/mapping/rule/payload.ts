import { CodedError } from '../../lib/errors.ts'
import { stringifyJson } from '../../lib/json.ts'
import { textOfResult } from '../expression/result.ts'
import { jsonOfProduced } from '../template/structure.ts'
import type { Produced } from '../template/template.ts'
import { cutText } from '../template/text.ts'

export type Encoding = 'json' | 'raw' | 'binary'

/** Characters: a body of a MiB, as base64 or with each character escaped, has room. */
const MAX_PAYLOAD = 8_388_608

/**
 * The payload of a publication.
 * @throws CodedError `mapping_failed` for what has no such form, `mapping_budget` for what is too long
 */
export function encodePayload(
  produced: Exclude<Produced, undefined>,
  encoding: Encoding,
): string | Uint8Array {
  const payload = encoded(produced, encoding)
  if (payload.length <= MAX_PAYLOAD) return payload
  throw new CodedError('mapping_budget', `a payload of more than ${MAX_PAYLOAD} characters`)
}

function encoded(produced: Exclude<Produced, undefined>, encoding: Encoding): string | Uint8Array {
  if (encoding === 'json') return stringifyJson(jsonOfProduced(produced) ?? null)
  if (encoding === 'raw') return textOfResult(produced)
  if (produced instanceof Uint8Array) return produced
  throw new CodedError('mapping_failed', 'encode: binary needs bytes, such as ${fromBase64(value)}')
}

const encoder = new TextEncoder()
const MAX_TOPIC_BYTES = 65_535

/**
 * Holds a topic to what MQTT allows, and to what nobody means.
 * @throws CodedError `mapping_failed` for wildcards, an empty level, or too long a topic
 */
export function checkTopic(topic: string): void {
  if (!UNWANTED.test(topic) && topic.length * 3 <= MAX_TOPIC_BYTES) return
  const fault = topicFault(topic)
  if (fault !== undefined)
    throw new CodedError('mapping_failed', `the topic '${topic.slice(0, 200)}' ${fault}`)
}

/** What these give is a level, or several, of a topic: never a wildcard, never empty; and short. */
const SAFE: ReadonlyMap<string, string> = new Map([
  ['base', 'base'],
  ['device', 'device'],
  ['gateway.topic', 'gateway'],
  ['path', '/3/0/9'],
])

/** Whether every topic that this text can become will do, so that none has to be looked at. */
export function isSafeTopic(text: string): boolean {
  const samples = cutText(text)?.map((stretch) =>
    typeof stretch === 'string' ? stretch : (SAFE.get(stretch.source) ?? '#'),
  )
  return samples !== undefined && !UNWANTED.test(samples.join(''))
}

/** What is wrong with every topic that this text can become. */
export function topicTextFault(text: string): string | undefined {
  return topicFault(
    cutText(text)
      ?.map((stretch) => (typeof stretch === 'string' ? stretch : 'x'))
      .join('') ?? 'x',
  )
}

/** A wildcard, a NUL, or an empty level that is not the first one. */
const UNWANTED = /[+#\0]|\/\/|\/$|^$/

function topicFault(topic: string): string | undefined {
  const [found] = UNWANTED.exec(topic) ?? []
  if (found === '\0') return 'holds a NUL'
  if (found === '+' || found === '#') return 'holds a wildcard: use topic(...) for names'
  if (found !== undefined) return 'has an empty level'
  const isShort = topic.length * 3 <= MAX_TOPIC_BYTES || encoder.encode(topic).length <= MAX_TOPIC_BYTES
  return isShort ? undefined : `has more than ${MAX_TOPIC_BYTES} bytes`
}
