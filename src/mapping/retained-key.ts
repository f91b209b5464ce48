import type { Publication } from './publication.ts'

/** A retained topic of one broker connection. */
export type TopicKey = string

/** No topic holds it (MQTT 5, 1.5.4). */
const SEPARATOR = '\0'

/** What a retained message is known by: all that tells two of them apart comes together here and in `addressOf`. */
export function keyOf({ connection, topic }: Pick<Publication, 'connection' | 'topic'>): TopicKey {
  return connection === undefined ? topic : connection + SEPARATOR + topic
}

/** The topic, and the connection where it is not the main one. */
export function addressOf(key: TopicKey): Pick<Publication, 'connection' | 'topic'> {
  const end = key.indexOf(SEPARATOR)
  const topic = key.slice(end + 1)
  return end < 0 ? { topic } : { topic, connection: key.slice(0, end) }
}
