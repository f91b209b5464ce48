import { setTimeout as wait } from 'node:timers/promises'
import { CodedError } from '../lib/errors.ts'
import { isJsonObject, type JsonObject, parseJson } from '../lib/json.ts'
import { scaffold } from '../mapping/scaffold.ts'
import { encodeTopicLevel } from '../mapping/topic.ts'
import { parseArguments } from './arguments.ts'
import { BrokerClient } from './broker-client.ts'
import { brokerOf, brokerOptions, brokerOptionsHelp } from './broker-target.ts'
import type { Command } from './command.ts'
import { findAndLoad } from './configuration.ts'
import { exitCodes } from './exit-codes.ts'
import { schemaPath } from './map-schema.ts'
import { modelOf } from './mapping-tools.ts'
import { safeText } from './payload-text.ts'

/** Milliseconds in which the broker has to give the registration, and of silence after which there is no more. */
const PATIENCE = 5_000
const SILENCE = 500
const MAX_VALUES = 10_000

/** Writes a mapping file for a device that is there. */
export const mapScaffold: Command = {
  name: 'map scaffold',
  summary: 'write a mapping file for a connected device',
  usage: `lwm2mqtt map scaffold ENDPOINT [--url URL] > FILE

Reads what the device ENDPOINT has registered and told, from the retained topics of the preset \`plain\` at the broker,
and writes a mapping file for it: a publication for each resource, a command for each that can be written or executed,
an example for each of them; with names and units of the object model. It passes \`map check\` and \`map test\`.

${brokerOptionsHelp}`,

  async run(args, io) {
    const { positionals, values } = parseArguments(args, brokerOptions, ['ENDPOINT'])
    const [endpoint = ''] = positionals
    const { target, base } = brokerOf(values, io)
    const model = await modelOf(findAndLoad(values.config, io).configuration, io)
    const topic = `${base}/device/${encodeTopicLevel(endpoint)}`
    const client = await BrokerClient.connect(target, io.signal)
    try {
      const { registration, values: told } = await whatIsRetained(client, topic, io.signal)
      if (registration === undefined)
        throw unknown(
          endpoint,
          `nothing is retained on ${topic}/registration: the device has to be registered, and the preset plain to be in force (mappings)`,
        )
      const file = scaffold({ endpoint, registration, values: told }, model, schemaPath)
      if (file === undefined) throw unknown(endpoint, 'it has registered nothing that could be mapped')
      io.out(file.trimEnd())
      return exitCodes.ok
    } finally {
      await client.end()
    }
  },
}

function unknown(endpoint: string, reason: string): CodedError {
  return new CodedError('endpoint_unknown', `${safeText(endpoint)}: ${reason}`)
}

interface Retained {
  registration: JsonObject | undefined
  readonly values: Map<string, JsonObject>
}

/** Retained messages come after the answer to the subscription; what ends them is silence. */
async function whatIsRetained(client: BrokerClient, topic: string, signal: AbortSignal): Promise<Retained> {
  const retained: Retained = { registration: undefined, values: new Map() }
  let latest = performance.now()
  await client.subscribe(`${topic}/#`, (at, payload) => {
    latest = performance.now()
    take(at.slice(topic.length), payload, retained)
  })
  const started = performance.now()
  const isComplete = (): boolean => {
    const now = performance.now()
    return retained.registration === undefined ? now - started > PATIENCE : now - latest > SILENCE
  }
  while (!isComplete() && performance.now() - started < 2 * PATIENCE) {
    const lost = await Promise.race([wait(SILENCE / 5, undefined, { signal }), client.closed])
    if (lost !== undefined) throw lost
  }
  return retained
}

/** @param at topic below that of the device: `/registration`, `/value/3303/0/5700` */
function take(at: string, payload: Uint8Array, retained: Retained): void {
  const json = objectIn(payload)
  if (json === undefined) return
  if (at === '/registration') retained.registration = json
  const path = at.startsWith('/value/') ? at.slice('/value'.length) : undefined
  if (path !== undefined && retained.values.size < MAX_VALUES) retained.values.set(path, json)
}

function objectIn(payload: Uint8Array): JsonObject | undefined {
  try {
    const json = parseJson(new TextDecoder().decode(payload))
    return isJsonObject(json) ? json : undefined
  } catch {
    return undefined
  }
}
