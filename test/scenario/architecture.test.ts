import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BrokerClient } from '../../src/cli/broker-client.ts'
import { loadConfiguration } from '../../src/config/load.ts'
import { Gateway } from '../../src/gateway/gateway.ts'
import { SystemClock } from '../../src/lib/clock.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { SystemRandom } from '../../src/lib/random.ts'
import { Device } from '../../src/simulator/device.ts'

const SENSOR = '/3303/0/5700'
const CONFIGURATION =
  'mqtt: { url: embedded, embedded: { port: 0 } }\nlwm2m: { listeners: ["coap://127.0.0.1:0"] }\n'
const text = readFileSync('docs/architecture.md', 'utf8')

/** `file function` for each function that the numbered steps of a section name. */
function stepsOf(heading: string): string[] {
  const section = text.split(/^## /m).find((part) => part.startsWith(heading)) ?? ''
  const steps = section
    .split('\n')
    .filter((line) => /^(\d+\.| {3,})/.test(line))
    .join(' ')
  return [...steps.matchAll(/`(src\/[\w./-]+\.ts)`\s+`(#?\w+)`/g)].map(([, file, name]) => `${file} ${name}`)
}

/** Counts which functions of the source are called, by the engine itself. */
class Calls {
  readonly #session = new Session()

  async start(): Promise<void> {
    this.#session.connect()
    await this.#session.post('Profiler.enable')
    await this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
  }

  /** `file function` of each one that was called since the last time. */
  async take(): Promise<Set<string>> {
    const { result } = await this.#session.post('Profiler.takePreciseCoverage')
    const called = result.flatMap(({ url, functions }) => {
      const [, file] = /\/(src\/[^?]*\.ts)/.exec(url) ?? []
      const names = functions.filter(({ ranges }) => (ranges[0]?.count ?? 0) > 0)
      return file === undefined ? [] : names.map(({ functionName }) => `${file} ${functionName}`)
    })
    return new Set(called)
  }

  stop(): void {
    this.#session.disconnect()
  }
}

/** docs/architecture.md follows one notification and one command; here they really go that way. */
describe('docs/architecture.md is what happens', () => {
  const calls = new Calls()
  const heard: string[] = []
  let wake = (): void => {}
  let gateway: Gateway
  let client: BrokerClient
  let device: Device

  /** Resolves with the next message on a topic that ends like this. */
  async function next(end: string): Promise<string> {
    for (let from = heard.length; ; await new Promise<void>((resolve) => (wake = resolve))) {
      const message = heard.slice(from).find((line) => line.split(' ', 1)[0]?.endsWith(end))
      if (message !== undefined) return message
    }
  }

  beforeAll(async () => {
    const configuration = loadConfiguration({ file: 't', environment: {}, readFile: () => CONFIGURATION })
    const environment = { clock: new SystemClock(), random: new SystemRandom(), logger: silentLogger }
    gateway = await Gateway.start(configuration, environment)
    client = await BrokerClient.connect({ url: gateway.brokerUrl }, new AbortController().signal)
    await client.subscribe('lwm2m/#', (topic, payload) => {
      heard.push(`${topic} ${Buffer.from(payload).toString()}`)
      wake()
    })
    const port = Number(gateway.listenerUris[0]?.split(':').at(-1))
    device = new Device({ endpoint: 'room-1', server: { host: '127.0.0.1', port }, interval: 0 })
    const first = next(SENSOR)
    await device.start()
    await first
    await calls.start()
  })
  afterAll(async () => {
    calls.stop()
    await device?.stop()
    await client?.end()
    await gateway?.stop()
  })

  it('one notification calls every function of its steps, and is acknowledged by those of the way back', async () => {
    const steps = stepsOf('One notification')
    expect(steps.length).toBeGreaterThan(25)
    await calls.take()
    const arrived = next(SENSOR)
    const acknowledged = once(device, 'acknowledged')
    device.set(SENSOR, 33.25)
    expect(await arrived).toContain('"value":33.25')
    await acknowledged
    const called = await calls.take()
    expect(steps.filter((step) => !called.has(step))).toEqual([])
  })

  it('one command calls every function of its steps', async () => {
    const steps = stepsOf('One command')
    expect(steps.length).toBeGreaterThan(20)
    await calls.take()
    const answered = next('/response')
    const request = '{"id":"q","operation":"write","path":"/3311/0/5850","value":true}'
    await client.publish('lwm2m/device/room-1/do/request', request, { retain: false })
    expect(await answered).toContain('"status":"ok"')
    const called = await calls.take()
    expect(steps.filter((step) => !called.has(step))).toEqual([])
  })
})
