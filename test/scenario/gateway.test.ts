import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import type { ISubscribePacket } from 'mqtt-packet'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { loadConfiguration } from '../../src/config/load.ts'
import { Gateway } from '../../src/gateway/gateway.ts'
import { Mapper } from '../../src/gateway/mapper.ts'
import { type Clock, SystemClock } from '../../src/lib/clock.ts'
import { type Logger, silentLogger } from '../../src/lib/logger.ts'
import { SystemRandom } from '../../src/lib/random.ts'
import { EmbeddedBroker } from '../../src/mqtt/embedded.ts'
import { quiet, ScriptedConnection } from '../support/broker.ts'
import { SimulatedClock } from '../support/clock.ts'
import { freePort } from '../support/ports.ts'

const running: { stop(): Promise<void> }[] = []

afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop()
})

async function broker(): Promise<EmbeddedBroker> {
  const started = await EmbeddedBroker.start({ host: '127.0.0.1', port: 0, logger: silentLogger })
  running.push(started)
  return started
}

async function startGateway(
  id: string,
  url: string,
  base = 'lwm2m',
  logger: Logger = silentLogger,
  clock: Clock = new SystemClock(),
): Promise<Gateway> {
  const environment = {
    LWM2MQTT__GATEWAY__ID: id,
    LWM2MQTT__MQTT__URL: url,
    LWM2MQTT__MQTT__BASE: base,
    LWM2MQTT__LWM2M__LISTENERS: '["coap://127.0.0.1:0"]',
  }
  const configuration = loadConfiguration({ environment, readFile: () => '' })
  const started = await Gateway.start(configuration, { clock, random: new SystemRandom(), logger })
  running.push(started)
  return started
}

/** A gateway on free ports; the next lines of its log arrive through `said`. */
async function gateway(id: string, url: string, base = 'lwm2m') {
  const connected = Promise.withResolvers<void>()
  const errors: object[] = []
  const lines: string[] = []
  const logger = {
    ...silentLogger,
    info: (_: object, message: string) => {
      lines.push(message)
      if (message.startsWith('connected')) connected.resolve()
    },
    error: (fields: object) => void errors.push(fields),
  }
  const started = await startGateway(id, url, base, logger)
  await connected.promise
  return { started, errors, lines }
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

  it('says at its start which mappings are in force', async () => {
    const { url } = await broker()
    const { lines } = await gateway('cellar', url)
    expect(lines).toContainEqual(expect.stringMatching(/^mappings in force: plain \d+$/))
  })

  it('subscribes with QoS 1, also to the state of others: a message that is lost would hide one', async () => {
    const packets = Promise.withResolvers<ISubscribePacket>()
    const server = createServer((socket) => {
      const connection = new ScriptedConnection(socket, socket)
      void connection.welcome(undefined, 0).then(() => connection.next('subscribe').then(packets.resolve))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const started = await startGateway('cellar', `mqtt://127.0.0.1:${port}`)
    const { subscriptions } = await packets.promise
    await started.stop()
    server.close()
    expect(subscriptions.map(({ topic, qos, rh }) => [topic, qos, rh])).toEqual([
      ['lwm2m/device/+/do/+/#', 1, 2],
      ['lwm2m/gateway/+/state', 1, 0],
    ])
  })

  it('stops within five seconds though the broker takes nothing more, and closes its sockets', async () => {
    const clock = new SimulatedClock()
    const announced = Promise.withResolvers<void>()
    const server = createServer((socket) => {
      const connection = new ScriptedConnection(socket, socket)
      void connection.welcome().then(() => connection.next('publish').then(() => announced.resolve())) // no PUBACK
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const started = await startGateway('cellar', `mqtt://127.0.0.1:${port}`, 'lwm2m', silentLogger, clock)
    await announced.promise
    const [uri = ''] = started.listenerUris
    const stopping = started.stop()
    clock.advance(4_999)
    await stopping
    server.close()
    running.pop()
    const socket = createSocket('udp4').bind(Number(uri.split(':').at(-1)), '127.0.0.1')
    await once(socket, 'listening')
    socket.close()
    await quiet()
    expect(clock.pending()).toEqual([])
  })

  it('drops a message that it cannot read, whatever is the matter, and takes the next one', async () => {
    const connected = Promise.withResolvers<ScriptedConnection>()
    const server = createServer((socket) => {
      const connection = new ScriptedConnection(socket, socket)
      connection.autoAcknowledge = true
      void connection.welcome().then(() => connected.resolve(connection))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const errors: unknown[] = []
    const error = (fields: object, message: string) => void errors.push([fields, message])
    const started = await startGateway('gw', `mqtt://127.0.0.1:${port}`, 'lwm2m', { ...silentLogger, error })
    const connection = await connected.promise
    const topic = 'lwm2m/device/e/do/read/3'
    const send = (messageId: number) => {
      connection.send({ cmd: 'publish', topic, payload: '', qos: 1, dup: false, retain: false, messageId })
      return connection.next('puback')
    }
    const read = vi.spyOn(Mapper.prototype, 'read').mockImplementationOnce(() => {
      throw new RangeError('too deep')
    })
    try {
      expect(await send(7)).toMatchObject({ messageId: 7 })
      expect(errors).toEqual([
        [{ code: 'mapping_failed', topic, reason: 'too deep' }, 'a message could not be read: it is dropped'],
      ])
      expect(await send(8)).toMatchObject({ messageId: 8 })
      expect(read).toHaveBeenCalledTimes(2)
      expect(errors).toHaveLength(1)
    } finally {
      read.mockRestore()
      await started.stop()
      server.close()
    }
  })

  it('with a mapping that cannot be read does not start, and leaves nothing running', async () => {
    const port = await freePort()
    const configuration = loadConfiguration({
      environment: {
        LWM2MQTT__MQTT__URL: 'embedded',
        LWM2MQTT__MQTT__EMBEDDED__PORT: String(port),
        LWM2MQTT__MAPPINGS: '["./no-such-file.yaml"]',
      },
      readFile: () => '',
    })
    const environment = { clock: new SystemClock(), random: new SystemRandom(), logger: silentLogger }
    await expect(Gateway.start(configuration, environment)).rejects.toMatchObject({
      code: 'mapping_unreadable',
      message: expect.stringContaining('no-such-file.yaml'),
    })
    running.push(await EmbeddedBroker.start({ host: '127.0.0.1', port, logger: silentLogger }))
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
