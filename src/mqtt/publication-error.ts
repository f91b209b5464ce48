import { CodedError } from '../lib/errors.ts'
import type { Publication } from '../mapping/publication.ts'
import { reasonName } from './reason.ts'
import { CLOSES_UNTIL_POISON } from './suspicion.ts'
import { isShortEnough, isTopicName } from './topic.ts'

/** Why a publication did not reach the broker, or was not taken there; the place is its topic. */

function publicationError(code: CodedError['code'], topic: string, message: string): CodedError {
  return new CodedError(code, message, { place: topic })
}

const LONGEST_SHOWN = 80

function hasLongPair(properties: Readonly<Record<string, string>>): boolean {
  for (const name in properties) {
    if (!isShortEnough(name) || !isShortEnough(properties[name] ?? '')) return true
  }
  return false
}

/** Why no broker could take this publication, whatever its version and limits; undefined for a sound one. */
export function faultOf(publication: Publication): CodedError | undefined {
  const { topic, contentType = '', correlationData = '', userProperties } = publication
  const shown = topic.slice(0, LONGEST_SHOWN)
  if (!isTopicName(topic)) return publicationError('mqtt_topic', shown, `'${shown}' cannot be published to`)
  const isTooLong = !isShortEnough(contentType) || !isShortEnough(correlationData)
  if (!isTooLong && (userProperties === undefined || !hasLongPair(userProperties))) return undefined
  const message = `a property of the publication to '${shown}' is above 65535 bytes`
  return publicationError('mqtt_too_large', shown, message)
}

export function expired({ topic }: Publication): CodedError {
  return publicationError('mqtt_expired', topic, `the publication to '${topic}' expired while it waited`)
}

/** @param reason the code of the PUBACK */
export function refused({ topic }: Publication, reason: number): CodedError {
  const message = `the broker refuses the publication to '${topic}': ${reasonName(reason)}`
  return publicationError('mqtt_refused', topic, message)
}

export function poison({ topic }: Publication): CodedError {
  const message = `the broker closed the connection ${CLOSES_UNTIL_POISON} times over the publication to '${topic}'; it is dropped`
  return publicationError('mqtt_poison', topic, message)
}

export function tooLarge({ topic }: Publication, bytes: number, limit: number): CodedError {
  const message = `the publication to '${topic}' takes up to ${bytes} bytes, and the broker's packets end at ${limit}`
  return publicationError('mqtt_too_large', topic, message)
}
