import { isObjectLink, type Sample } from '../lwm2m/value.ts'
import type { ReplyTo } from '../mapping/mapping.ts'
import type { OrderResult } from '../mapping/order-command.ts'
import type { Message } from '../mapping/publication.ts'

/** What one object costs besides its texts and bytes. */
const OBJECT_BYTES = 128

/** Bytes that a result takes in memory, roughly: a buffer counts once, and whole, however many values look into it. */
export function resultBytes(result: OrderResult): number {
  const { id, endpoint, path } = result
  const bytes = OBJECT_BYTES + id.length + endpoint.length + path.length
  if (result.status === 'error') return bytes + result.error.message.length
  return bytes + samplesBytes(result.samples ?? []) + linksBytes(result)
}

function samplesBytes(samples: readonly Sample[]): number {
  let bytes = 0
  let buffer: ArrayBufferLike | undefined
  for (const { path, value } of samples) {
    bytes += OBJECT_BYTES + path.length
    if (typeof value === 'string') bytes += value.length
    else if (isObjectLink(value)) bytes += OBJECT_BYTES
    else if (value instanceof Uint8Array && value.buffer !== buffer) {
      buffer = value.buffer
      bytes += buffer.byteLength
    }
  }
  return bytes
}

function linksBytes({ links = [] }: Extract<OrderResult, { status: 'ok' }>): number {
  let bytes = 0
  for (const { path, attributes } of links) {
    bytes += OBJECT_BYTES + path.length
    for (const [name, value] of Object.entries(attributes)) bytes += name.length + String(value).length
  }
  return bytes
}

/** Bytes that it takes to remember where an answer goes, and what was asked. */
export function replyBytes({ serial, topic, correlationData, question }: ReplyTo): number {
  const bytes = OBJECT_BYTES + serial.length + (topic?.length ?? 0) + (correlationData?.length ?? 0)
  if (question === undefined) return bytes
  const { message } = question
  return bytes + OBJECT_BYTES + message.topic.length + message.text.length + textsBytes(message.properties)
}

/** Bytes of a message. */
export function messageBytes(message: Message): number {
  const { topic, payload, responseTopic, correlationData, userProperties } = message
  const bytes = topic.length + payload.length + (responseTopic?.length ?? 0) + (correlationData?.length ?? 0)
  return userProperties === undefined ? bytes : bytes + textsBytes(userProperties)
}

function textsBytes(texts: Readonly<Record<string, string>>): number {
  let bytes = 0
  for (const name in texts) bytes += name.length + (texts[name]?.length ?? 0)
  return bytes
}
