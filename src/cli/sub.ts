import { integerOption, parseArguments } from './arguments.ts'
import { BrokerClient } from './broker-client.ts'
import { brokerOf, brokerOptions, brokerOptionsHelp } from './broker-target.ts'
import type { Command } from './command.ts'
import { exitCodes } from './exit-codes.ts'
import type { Io } from './io.ts'
import { payloadText, safeText } from './payload-text.ts'
import { checkTopicFilter } from './topic-arguments.ts'

const MOST = 1_000_000_000

/** Prints the messages of a broker. */
export const sub: Command = {
  name: 'sub',
  summary: 'print the messages of topics, one a line',
  usage: `lwm2mqtt sub [TOPIC] [--url URL] [--count N]

Subscribes and prints \`topic payload\`, a line each, until it is stopped. Without TOPIC: everything below the base
topic (\`lwm2m/#\`). Text with control characters is printed as a JSON string, bytes that are no text as base64.

  -n, --count N            end after N messages
${brokerOptionsHelp}`,

  async run(args, io) {
    const options = { ...brokerOptions, count: { type: 'string', short: 'n' } } as const
    const { values, positionals } = parseArguments(args, options, ['[TOPIC]'])
    const count = values.count === undefined ? MOST : integerOption('--count', values.count, 1, MOST)
    const { target, base } = brokerOf(values, io)
    const filter = positionals[0] ?? `${base}/#`
    checkTopicFilter(filter)
    const client = await BrokerClient.connect(target, io.signal).catch(unlessStopped(io))
    if (client !== undefined) await printMessages(client, filter, count, io)
    return exitCodes.ok
  },
}

/** A command that was asked to stop has not failed, whatever that broke off. */
function unlessStopped(io: Io): (error: unknown) => undefined {
  return (error) => {
    if (!io.signal.aborted) throw error
    return undefined
  }
}

/** @throws CodedError where the broker refuses the topic, or the connection ends before its time */
async function printMessages(client: BrokerClient, filter: string, count: number, io: Io): Promise<void> {
  const done = Promise.withResolvers<void>()
  let left = count
  const receive = (topic: string, payload: Uint8Array): void => {
    if (left-- > 0) io.out(`${safeText(topic)} ${payloadText(payload)}`)
    if (left === 0) done.resolve()
  }
  try {
    await client.subscribe(filter, receive)
    const lost = await Promise.race([done.promise, client.closed])
    if (lost !== undefined && !io.signal.aborted) throw lost
  } catch (error) {
    unlessStopped(io)(error)
  } finally {
    await client.end()
  }
}
