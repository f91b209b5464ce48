import type { Configuration } from '../config/configuration.ts'
import { DeviceMatcher } from '../lwm2m/device-match.ts'
import type { CompilerOptions } from '../mapping/compiler.ts'
import type { ResponseTopicCheck } from '../mapping/message-reader.ts'
import { encodeTopicLevel } from '../mapping/topic.ts'
import { isTopicName, matches } from '../mqtt/topic.ts'
import { packageVersion } from './version.ts'

/** What the configuration says to mapping files. */
export function mappingOptions({
  mqtt,
  gateway: { id, url = '' },
}: Configuration): Required<CompilerOptions> & { readonly isResponseTopic: ResponseTopicCheck } {
  const { base, responseTopics, connections } = mqtt
  return {
    base,
    gateway: { id, topic: encodeTopicLevel(id), version: packageVersion(), url },
    filterOf: (match) => new DeviceMatcher(match),
    connections: Object.keys(connections),
    isResponseTopic: (topic, connection) => {
      const allowed = connection === undefined ? responseTopics : connections[connection]?.responseTopics
      return isTopicName(topic) && (allowed ?? []).some((filter) => matches(filter, topic))
    },
  }
}
