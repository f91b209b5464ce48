import { setTimeout as wait } from 'node:timers/promises'
import { loadConfiguration } from '../config/load.ts'
import { Gateway } from '../gateway/gateway.ts'
import { SystemClock } from '../lib/clock.ts'
import { CodedError } from '../lib/errors.ts'
import { isJsonObject, parseJson } from '../lib/json.ts'
import { createLogger } from '../lib/logger.ts'
import { SystemRandom } from '../lib/random.ts'
import { parseArguments } from './arguments.ts'
import { BrokerClient } from './broker-client.ts'
import type { Command } from './command.ts'
import { deviceUris } from './device-uris.ts'
import { exitCodes } from './exit-codes.ts'
import type { Io } from './io.ts'
import { payloadText } from './payload-text.ts'
import { stopped } from './run.ts'

const ENDPOINT = 'demo'
const TOPICS = `lwm2m/device/${ENDPOINT}`
/**
 * Shows the whole job on this machine, without hardware and without a broker.
 * @param patience milliseconds for the whole loop
 */
export const demoWithin = (patience: number): Command => ({
  name: 'demo',
  summary: 'broker, gateway and a simulated device: see the whole loop at once',
  usage: `lwm2mqtt demo [--once]

Starts a broker, the gateway and a simulated device on free ports of this machine, prints every MQTT message, sends a
read and a write over MQTT and shows the answers. Then it stays, and prints the lines to try in a second terminal.

      --once    end when the loop has run: exit code 0, or 1 with the step that failed`,

  async run(args, io) {
    const { values } = parseArguments(args, { once: { type: 'boolean' } })
    const parts: Stoppable[] = []
    try {
      await showLoop(parts, new Steps(io, patience), io, values.once !== true)
      if (values.once !== true) await stopped(io)
    } finally {
      for (const part of parts.reverse()) await part.stop()
    }
    return exitCodes.ok
  },
})

export const demo = demoWithin(30_000)

interface Stoppable {
  stop(): Promise<void>
}

/** Every setting that the demo needs; the process's own environment stays out of it. */
const SETTINGS = {
  LWM2MQTT__GATEWAY__ID: 'demo-gateway',
  LWM2MQTT__MQTT__URL: 'embedded',
  LWM2MQTT__MQTT__EMBEDDED__PORT: '0',
  LWM2MQTT__LWM2M__LISTENERS: '["coap://127.0.0.1:0"]',
}

async function showLoop(parts: Stoppable[], steps: Steps, io: Io, stays: boolean): Promise<void> {
  const environment = {
    clock: new SystemClock(),
    random: new SystemRandom(),
    logger: createLogger('warn', io.terminal),
  }
  const configuration = loadConfiguration({ environment: SETTINGS, readFile: io.readFile })
  const gateway = await Gateway.start(configuration, environment)
  parts.push(gateway)
  const [uri = ''] = deviceUris(gateway.listenerUris)
  io.out(`broker    ${gateway.brokerUrl}`)
  io.out(`gateway   ${uri}`)
  const client = await BrokerClient.connect({ url: gateway.brokerUrl }, io.signal)
  parts.push({ stop: () => client.end() })
  await client.subscribe('lwm2m/#', (topic, payload) => steps.see(topic, payloadText(payload)))
  await steps.until('the gateway says online', 'lwm2m/gateway/demo-gateway/state', () => true)

  const { Device } = await import('../simulator/device.ts') // node-coap opens sockets when it is loaded
  const { hostname, port } = new URL(uri.replace(/^coap/, 'http'))
  const device = new Device({
    endpoint: ENDPOINT,
    server: { host: hostname, port: Number(port) },
    interval: 5,
  })
  parts.push({ stop: () => device.stop() })
  io.out(`device    ${ENDPOINT}, a simulated thermometer and lamp`)
  // One that nobody accepts tries for ever.
  const failure = device.start().then(() => new Promise<never>(() => {}))
  const isThere = steps.until('the device is there', `${TOPICS}/presence`, ({ state }) => state === 'awake')
  await Promise.race([isThere, failure])
  await steps.until(
    'a reading arrives',
    `${TOPICS}/value/3303/0/5700`,
    ({ value }) => typeof value === 'number',
  )
  await ask(client, steps, '1', { operation: 'read', path: '/3/0/0' })
  await ask(client, steps, '2', { operation: 'write', path: '/3311/0/5850', value: true })
  steps.finish()
  io.out('\nThe loop has run: registration, readings, a read and a write.')
  if (stays) printLinesToTry(gateway.brokerUrl, io)
}

/** Sends a request and waits for its answer. */
async function ask(client: BrokerClient, steps: Steps, id: string, request: object): Promise<void> {
  const { operation } = request as { operation: string }
  await client.publish(`${TOPICS}/do/request`, JSON.stringify({ id, ...request }), { retain: false })
  await steps.until(`the ${operation} is answered`, `${TOPICS}/response`, (answer) => {
    if (answer.id !== id) return false
    if (answer.status !== 'ok')
      throw new CodedError('demo_failed', `the ${operation} failed: ${JSON.stringify(answer)}`)
    return true
  })
}

function printLinesToTry(brokerUrl: string, io: Io): void {
  const { hostname, port } = new URL(brokerUrl)
  const request = '{"operation":"read","path":"/3303/0"}'
  io.out(`
Try it in a second terminal, with mosquitto's clients:
  mosquitto_sub -h ${hostname} -p ${port} -v -t '${TOPICS}/#'
  mosquitto_pub -h ${hostname} -p ${port} -t ${TOPICS}/do/request -m '${request}'
  mosquitto_pub -h ${hostname} -p ${port} -t ${TOPICS}/do/write/3311/0/5850 -m false
or without:
  npx lwm2mqtt sub '${TOPICS}/#' --url ${brokerUrl}
  npx lwm2mqtt pub ${TOPICS}/do/request '${request}' --url ${brokerUrl}
  npx lwm2mqtt pub ${TOPICS}/do/write/3311/0/5850 false --url ${brokerUrl}
Stop with Ctrl-C.`)
}

/** The payload as an object; undefined for the bare values that commands carry. */
function objectIn(text: string): Payload | undefined {
  try {
    const payload = parseJson(text)
    return isJsonObject(payload) ? payload : undefined
  } catch {
    return undefined
  }
}

type Payload = Readonly<Record<string, unknown>>

interface Seen {
  readonly topic: string
  readonly payload: Payload
}

/** Prints what comes by, and waits for what has to come. */
class Steps {
  readonly #io: Io
  readonly #patience: number
  readonly #started = performance.now()
  readonly #seen: Seen[] = []
  #wake: () => void = () => {}
  #over = false

  /** @param patience milliseconds for all of them */
  constructor(io: Io, patience: number) {
    this.#io = io
    this.#patience = patience
  }

  see(topic: string, text: string): void {
    this.#io.out(`${topic}  ${text}`)
    const payload = objectIn(text)
    if (payload !== undefined && !this.#over) this.#seen.push({ topic, payload })
    this.#wake()
  }

  /** Nothing more is waited for: from now on messages are only printed. */
  finish(): void {
    this.#over = true
    this.#seen.length = 0
  }

  /**
   * Waits until a message on `topic` fits; what came before counts as well.
   * @throws CodedError `demo_failed`, naming the step, when the time for the whole loop is over
   */
  async until(step: string, topic: string, fits: (payload: Payload) => boolean): Promise<void> {
    while (!this.#seen.some((seen) => seen.topic === topic && fits(seen.payload))) {
      const left = this.#patience - (performance.now() - this.#started)
      if (left <= 0 || this.#io.signal.aborted) {
        const why = this.#io.signal.aborted ? 'stopped' : `nothing within ${this.#patience / 1000} s`
        throw new CodedError('demo_failed', `${step}: ${why} (waiting for ${topic})`)
      }
      const patience = new AbortController()
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      const signal = AbortSignal.any([patience.signal, this.#io.signal])
      await Promise.race([woken, wait(left, undefined, { signal }).catch(() => {})])
      patience.abort()
    }
  }
}
