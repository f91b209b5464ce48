import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { loadConfiguration } from '../../src/config/load.ts'
import { Gateway } from '../../src/gateway/gateway.ts'
import { SystemClock } from '../../src/lib/clock.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { SystemRandom } from '../../src/lib/random.ts'
import { readObjectXml } from '../../src/lwm2m/model/object-xml.ts'
import { Device } from '../../src/simulator/device.ts'
import { generic } from '../../src/simulator/objects/generic.ts'
import { DEFINITION, ITEM, objectXml } from '../unit/lwm2m/model/object-definition.ts'

const running: (() => Promise<unknown>)[] = []
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'models-'))
  running.push(() => rm(folder, { recursive: true, force: true }))
})

afterEach(async () => {
  for (const stop of running.splice(0).reverse()) await stop()
})

/** What happens, in the order in which it happens; `next` waits for what has not happened yet. */
class Happenings {
  readonly #waiting: [fits: (what: string) => boolean, resolve: (what: string) => void][] = []

  add(what: string): void {
    const index = this.#waiting.findIndex(([fits]) => fits(what))
    if (index >= 0) this.#waiting.splice(index, 1)[0]?.[1](what)
  }

  /** The next one that holds the text. */
  next(text: string): Promise<string> {
    return new Promise((resolve) => this.#waiting.push([(what) => what.includes(text), resolve]))
  }
}

async function startGateway(log: Happenings): Promise<Gateway> {
  const environment = {
    LWM2MQTT__MQTT__URL: 'embedded',
    LWM2MQTT__MQTT__EMBEDDED__PORT: '0',
    LWM2MQTT__LWM2M__LISTENERS: '["coap://127.0.0.1:0"]',
    LWM2MQTT__LWM2M__OBSERVE: '["/33000/0/5"]',
    LWM2MQTT__LWM2M__MODELS: folder,
  }
  const tell = (fields: object, message: string): void => log.add(`${JSON.stringify(fields)} ${message}`)
  const gateway = await Gateway.start(loadConfiguration({ environment, readFile: () => '' }), {
    clock: new SystemClock(),
    random: new SystemRandom(),
    logger: { ...silentLogger, info: tell, warn: tell },
  })
  running.push(() => gateway.stop())
  return gateway
}

async function startDevice(gateway: Gateway): Promise<Device> {
  const [facts] = readObjectXml(objectXml(), 'tank.xml')
  const port = Number(new URL(gateway.listenerUris[0] ?? '').port)
  if (facts === undefined) throw new Error('no object')
  const device = new Device({
    endpoint: 'tank-1',
    server: { host: '127.0.0.1', port },
    objects: [generic(facts, new SystemClock())],
  })
  running.push(() => device.stop())
  await device.start()
  return device
}

/** The payloads of the value topic. */
async function subscribe(gateway: Gateway): Promise<Happenings> {
  const values = new Happenings()
  const client = await connectAsync(gateway.brokerUrl)
  running.push(() => client.endAsync())
  client.on('message', (_, payload) => values.add(payload.toString()))
  await client.subscribeAsync('lwm2m/device/tank-1/value/33000/0/5')
  return values
}

it('a definition that is put into the folder holds without a restart; a broken one is refused', async () => {
  const log = new Happenings()
  const gateway = await startGateway(log)
  const values = await subscribe(gateway)
  const first = values.next('"value":"20"') // text/plain, and nobody knows what it means
  const device = await startDevice(gateway)
  expect(await first).not.toContain('"name"')

  const loaded = log.next('"loaded":1')
  await writeFile(join(folder, 'tank.xml'), objectXml())
  await loaded
  const named = values.next('"value":42')
  device.set('/33000/0/5', 42)
  expect(JSON.parse(await named)).toMatchObject({ name: 'Sensor', unit: '%' })

  const refused = log.next('model_invalid')
  await writeFile(join(folder, 'tank.xml'), objectXml(DEFINITION, ITEM.replace('Unsigned', 'Unsinged')))
  expect(await refused).toMatch(/tank\.xml:4 is refused: .*'Unsinged Integer'.*what it said before holds/)
  const still = values.next('"value":43')
  device.set('/33000/0/5', 43)
  expect(JSON.parse(await still)).toMatchObject({ name: 'Sensor' })
})

it('a folder that is not there keeps the gateway from starting', async () => {
  await rm(folder, { recursive: true })
  await expect(startGateway(new Happenings())).rejects.toMatchObject({ code: 'model_folder' })
})
