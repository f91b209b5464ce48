import { afterEach, describe, expect, it } from 'vitest'
import { loadConfiguration } from '../../src/config/load.ts'
import { Gateway } from '../../src/gateway/gateway.ts'
import { SystemClock } from '../../src/lib/clock.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { SystemRandom } from '../../src/lib/random.ts'
import { EmbeddedBroker } from '../../src/mqtt/embedded.ts'

const running: { stop(): Promise<void> }[] = []

afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop()
})

async function broker(): Promise<EmbeddedBroker> {
  const started = await EmbeddedBroker.start({ host: '127.0.0.1', port: 0, logger: silentLogger })
  running.push(started)
  return started
}

/** A gateway on free ports; the next lines of its log arrive through `said`. */
async function gateway(id: string, url: string, base = 'lwm2m') {
  const environment = {
    LWM2MQTT__GATEWAY__ID: id,
    LWM2MQTT__MQTT__URL: url,
    LWM2MQTT__MQTT__BASE: base,
    LWM2MQTT__LWM2M__LISTENERS: '["coap://127.0.0.1:0"]',
  }
  const connected = Promise.withResolvers<void>()
  const errors: object[] = []
  const logger = {
    ...silentLogger,
    info: (_: object, message: string) => message.startsWith('connected') && connected.resolve(),
    error: (fields: object) => void errors.push(fields),
  }
  const configuration = loadConfiguration({ environment, readFile: () => '' })
  const started = await Gateway.start(configuration, {
    clock: new SystemClock(),
    random: new SystemRandom(),
    logger,
  })
  running.push(started)
  await connected.promise
  return { started, errors }
}

describe('gateway', () => {
  it('has the base topic for itself: who comes second fails, and names the other', async () => {
    const { url } = await broker()
    const first = await gateway('cellar', url)
    const second = await gateway('attic', url)
    expect(await second.started.failure).toMatchObject({
      code: 'base_taken',
      message: expect.stringMatching(/cellar.*lwm2m/),
    })
    const outcome = await Promise.race([first.started.failure, Promise.resolve('goes on')])
    expect(outcome).toBe('goes on')
  })

  it('goes beside another one under another base', async () => {
    const { url } = await broker()
    await gateway('cellar', url)
    const { started, errors } = await gateway('attic', url, 'lwm2m-attic')
    await started.stop()
    expect(errors).toEqual([])
  })

  it('comes back under its own id, whatever its last life left behind', async () => {
    const { url } = await broker()
    const { started } = await gateway('cellar', url)
    await started.stop()
    const { errors } = await gateway('cellar', url)
    expect(errors).toEqual([])
  })
})
