import { CodedError } from '../lib/errors.ts'
import { isTopicFilter, isTopicName } from '../mqtt/topic.ts'
import { safeText } from './payload-text.ts'

/** Topics on the command line: what a broker would end the connection over is refused before there is one. */

/**
 * @param argument its name, for the message
 * @throws CodedError `usage` for what cannot be published to
 */
export function checkTopicName(argument: string, topic: string): void {
  if (isTopicName(topic)) return
  const rule = 'a topic is not empty and holds no + and no #'
  throw new CodedError('usage', `${argument} '${safeText(topic)}' cannot be published to: ${rule}`)
}

/** @throws CodedError `usage` for what cannot be subscribed to */
export function checkTopicFilter(filter: string): void {
  if (isTopicFilter(filter)) return
  const rule = '+ and # stand for whole levels, and # comes last'
  throw new CodedError('usage', `TOPIC '${safeText(filter)}' cannot be subscribed to: ${rule}`)
}
