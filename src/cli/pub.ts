import { CodedError } from '../lib/errors.ts'
import { parseArguments } from './arguments.ts'
import { BrokerClient } from './broker-client.ts'
import { brokerOf, brokerOptions, brokerOptionsHelp } from './broker-target.ts'
import type { Command } from './command.ts'
import { exitCodes } from './exit-codes.ts'
import { checkTopicName } from './topic-arguments.ts'

const options = {
  ...brokerOptions,
  retain: { type: 'boolean', short: 'r' },
  'response-topic': { type: 'string' },
  correlation: { type: 'string' },
} as const

/** Publishes one message. */
export const pub: Command = {
  name: 'pub',
  summary: 'publish one message',
  usage: `lwm2mqtt pub TOPIC MESSAGE [--url URL] [--response-topic TOPIC]

Publishes MESSAGE with QoS 1 and ends when the broker has it. A MESSAGE that begins with a hyphen goes after \`--\`.

  -r, --retain             the broker keeps it (an empty MESSAGE removes what it kept); commands must not be retained
      --response-topic T   where the answer shall go (MQTT 5)
      --correlation TEXT   what the answer shall carry along (MQTT 5)
${brokerOptionsHelp}`,

  async run(args, io) {
    const { values, positionals } = parseArguments(args, options, ['TOPIC', 'MESSAGE'])
    const [topic = '', message = ''] = positionals
    const { retain = false, correlation, 'response-topic': responseTopic } = values
    checkTopicName('TOPIC', topic)
    if (responseTopic !== undefined) checkTopicName('--response-topic', responseTopic)
    const client = await BrokerClient.connect(brokerOf(values, io).target, io.signal)
    try {
      if (client.version < 5 && (responseTopic ?? correlation) !== undefined) throw needsVersion5()
      await client.publish(topic, message, { retain, responseTopic, correlation })
      return exitCodes.ok
    } finally {
      await client.end()
    }
  },
}

function needsVersion5(): CodedError {
  const instead = 'give the message an "id" and look for it in the answer'
  return new CodedError('usage', `this broker speaks MQTT 3.1.1, which knows no response topic; ${instead}`)
}
