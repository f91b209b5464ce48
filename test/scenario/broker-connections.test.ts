import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { IPublishPacket } from 'mqtt-packet'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Configuration } from '../../src/config/configuration.ts'
import { loadConfiguration } from '../../src/config/load.ts'
import { BrokerConnections } from '../../src/gateway/broker-connections.ts'
import { Downlink } from '../../src/gateway/downlink.ts'
import { MappingsInForce } from '../../src/gateway/mappings-in-force.ts'
import { Neighbours } from '../../src/gateway/neighbours.ts'
import { acknowledgeOn } from '../../src/gateway/session-parameters.ts'
import { Uplink } from '../../src/gateway/uplink.ts'
import { quiet, ScriptedBroker, type ScriptedConnection } from '../support/broker.ts'
import { Lwm2mBench, numberOption, type ScriptedDevice } from '../support/lwm2m.ts'
import { TEMPERATURE, value } from '../support/scene.ts'
import { RecordingLogger } from '../unit/gateway/fakes.ts'

// A gateway between a simulated network of devices and brokers in memory: the house's, and one in the cloud.

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lwm2mqtt-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true })
})

const HOUSE = `name: house
publish:
  - { name: temp, on: value, path: /3303/*/5700, topic: "home/\${device}/temp", payload: "\${value}", retain: true }
commands:
  - { name: read, topic: "home/{device}/read", operation: read, path: /3/0/0, id: "\${payload}", answer: { topic: home/answer, payload: "\${result.status}" } }
`
const CLOUD = `name: up
connection: cloud
publish:
  - { name: temp, on: value, path: /3303/*/5700, topic: "up/\${device}/temp", payload: "\${value}", retain: true }
  - { name: here, on: [registered, connected], topic: "up/\${device}/here", payload: "yes", retain: true }
  - { name: online, on: online, topic: up/state, payload: "on", retain: true }
  - { name: offline, on: offline, topic: up/state, payload: "off", retain: true }
commands:
  - { name: read, topic: "up/{device}/read", operation: read, path: /3/0/0, id: "\${payload}", answer: { topic: up/answer, payload: "\${result.status}" } }
`
const STATE = 'lwm2m/gateway/gw/state'

/** A broker in memory, and what has been published there. */
class Place {
  readonly broker = new ScriptedBroker()
  connection: ScriptedConnection | undefined

  /** The next connection is taken; all that is published there is acknowledged. */
  async up(subscriptions = 1): Promise<ScriptedConnection> {
    let connection = await this.broker.accept()
    while (await isClosed(connection)) connection = await this.broker.accept()
    await connection.welcome(undefined, subscriptions)
    connection.autoAcknowledge = true
    this.connection = connection
    await quiet()
    for (const publish of connection.publications()) if (publish.qos > 0) connection.ack(publish)
    await quiet()
    return connection
  }

  async end(): Promise<void> {
    this.connection?.end()
    await quiet()
  }

  /** `topic payload` of all publications on the latest connection. */
  get heard(): string[] {
    return this.connection?.publications().map(({ topic, payload }) => `${topic} ${String(payload)}`) ?? []
  }

  on(topic: string): IPublishPacket[] {
    return this.connection?.publications().filter((publish) => publish.topic === topic) ?? []
  }

  send(topic: string, payload: string): void {
    const packet = {
      cmd: 'publish',
      messageId: 7,
      topic,
      payload,
      qos: 1,
      dup: false,
      retain: false,
    } as const
    this.connection?.send(packet)
  }
}

/** An attempt that the gateway has given up. */
function isClosed(connection: ScriptedConnection): Promise<boolean> {
  return Promise.race([connection.closed.then(() => true), quiet().then(() => false)])
}

class Scene {
  readonly bench = new Lwm2mBench({ observe: [{ path: TEMPERATURE, match: {} }] })
  readonly house = new Place()
  readonly cloud = new Place()
  readonly logger = new RecordingLogger()
  readonly connections: BrokerConnections
  readonly mappings: MappingsInForce
  readonly device: ScriptedDevice
  readonly #downlink: Downlink

  constructor(texts: Readonly<Record<string, string>>, cloud = '') {
    const { bench, logger } = this
    const { clock, random } = bench
    for (const [name, text] of Object.entries(texts)) this.write(name, text)
    const configuration = configurationOf(Object.keys(texts), cloud)
    this.mappings = new MappingsInForce({
      ...{ configuration, clock, logger },
      snapshot: (endpoint) => bench.server.snapshot(endpoint),
      publish: (publication) => void this.connections.publish(publication, () => {}),
    })
    const { mapper } = this.mappings
    this.connections = new BrokerConnections({
      ...{ configuration, clock, random, logger, mapper, url: configuration.mqtt.url },
      neighbours: new Neighbours('lwm2m', 'gw', logger),
      devices: () => bench.server.devices(),
      take: (message, done) => this.#downlink.take(message, this.#downlink.nextSerial(), done),
      openStream: (name) => (name === undefined ? this.house : this.cloud).broker.openStream,
    })
    const shared = { mapper, publisher: this.connections, clock, logger }
    const { acknowledge } = configuration.delivery
    const uplink = new Uplink({ ...shared, acknowledge, acknowledgeOn: acknowledgeOn(configuration) })
    bench.offer = (facts, done) => uplink.offer(facts, done)
    this.#downlink = new Downlink({ ...shared, commands: bench.server.commands })
    this.mappings.watch({ connections: this.connections, server: bench.server })
    this.device = bench.device()
    this.device.answer = (request) =>
      numberOption(request, 'Observe') === 0
        ? value('20', 1)
        : { code: '2.05', contentFormat: 0, payload: 'ACME' }
  }

  /** Everything starts, and a device registers. */
  async start(): Promise<void> {
    this.connections.start()
    await this.house.up()
    await this.cloud.up()
    this.device.register('ep=room-1&lt=0&lwm2m=1.1', '</3/0>,</3303/0>')
    await this.pass(100)
  }

  async pass(milliseconds: number): Promise<void> {
    this.bench.clock.advance(milliseconds)
    await quiet()
    this.bench.clock.advance(0)
    await quiet()
  }

  /** A broker that was away is there again, when the gateway tries next. */
  async revive(place: Place): Promise<void> {
    let isUp = false
    const coming = place.up().then(() => {
      isUp = true
    })
    while (!isUp) await this.pass(1_000)
    await coming
    await this.pass(0)
  }

  /** A notification of the temperature. @returns whether it is acknowledged */
  async notify(temperature: string, sequence: number): Promise<boolean> {
    const { token } = this.device.requests.find((request) => numberOption(request, 'Observe') === 0) ?? {}
    const from = this.device.heard.length
    const packet = { confirmable: true, token: token ?? Buffer.alloc(0), messageId: sequence }
    this.device.say(value(temperature, sequence), packet)
    await this.pass(0)
    return this.device.receiptOf(sequence, from) === 'ack'
  }

  acknowledged(messageId: number): boolean {
    return this.device.receiptOf(messageId) === 'ack'
  }

  write(name: string, text: string): void {
    writeFileSync(join(folder, name), text)
  }

  /** Changed files are seen at the next look. */
  async reload(): Promise<void> {
    await this.pass(60_000)
  }

  /** Both brokers answer whatever is asked of them until the gateway has stopped. */
  async stop(): Promise<void> {
    this.mappings.close()
    this.#downlink.stop()
    await this.connections.stop(4_000)
  }
}

function configurationOf(files: readonly string[], cloud: string): Configuration {
  const text = `gateway: { id: gw }
mqtt: { connections: { cloud: { url: "mqtt://cloud", username: u${cloud} } } }
lwm2m: { observe: [] }
mappings: [${files.map((name) => JSON.stringify(join(folder, name))).join(', ')}]
`
  return loadConfiguration({ file: '/c.yaml', environment: {}, readFile: () => text })
}

const BOTH = { 'house.yaml': HOUSE, 'up.yaml': CLOUD }

describe('two connections', () => {
  it('each with its own client id, Will, subscriptions and births', async () => {
    const scene = new Scene(BOTH)
    await scene.start()
    const { house, cloud } = scene
    const introduction = ({ connection }: Place) => {
      const connect = connection?.received.find(({ cmd }) => cmd === 'connect') as never
      const subscribe = connection?.received.find(({ cmd }) => cmd === 'subscribe') as never
      const { clientId, username, will } = connect as {
        clientId: string
        username?: string
        will: { topic: string }
      }
      const { subscriptions } = subscribe as { subscriptions: { topic: string }[] }
      return [clientId, username, will.topic, ...subscriptions.map(({ topic }) => topic)]
    }
    expect(introduction(house)).toEqual(['gw', undefined, STATE, 'home/+/read', 'lwm2m/gateway/+/state'])
    expect(introduction(cloud)).toEqual(['gw-cloud', 'u', 'up/state', 'up/+/read'])
    expect(house.heard).toEqual([`${STATE} {"state":"online"}`, 'home/room-1/temp 20'])
    expect(cloud.heard).toEqual(['up/state "on"', 'up/room-1/here "yes"', 'up/room-1/temp 20'])
    await scene.stop()
  })

  it('a command is answered over the connection that it came on; the same id on both is two commands', async () => {
    const scene = new Scene(BOTH)
    await scene.start()
    const { house, cloud, device } = scene
    const asked = device.requests.length
    house.send('home/room-1/read', '42')
    await scene.pass(0)
    cloud.send('up/room-1/read', '42')
    cloud.send('home/room-1/read', '43')
    await scene.pass(0)
    expect(device.requests).toHaveLength(asked + 2)
    expect(house.heard.slice(2)).toEqual(['home/answer "ok"'])
    expect(cloud.heard.slice(3)).toEqual(['up/answer "ok"'])
    await scene.stop()
  })

  it('broker: a value is acknowledged when both have it; the one that is there has it at once', async () => {
    const scene = new Scene(BOTH)
    await scene.start()
    const { house, cloud } = scene
    expect(await scene.notify('21', 2)).toBe(true)
    await cloud.end()
    expect(await scene.notify('22', 3)).toBe(false)
    expect(house.on('home/room-1/temp').map(({ payload }) => String(payload))).toEqual(['20', '21', '22'])
    house.send('home/room-1/read', '1')
    await scene.pass(0)
    expect(house.heard.at(-1)).toBe('home/answer "ok"')
    await scene.revive(scene.cloud)
    expect(cloud.heard).toEqual(['up/state "on"', 'up/room-1/here "yes"', 'up/room-1/temp 22'])
    expect(scene.acknowledged(3)).toBe(true)
    await scene.stop()
  })

  it.each(['received', 'none'])('%s: a cloud that is away holds up no device', async (acknowledge) => {
    const scene = new Scene(BOTH, `, acknowledge: ${acknowledge}`)
    await scene.start()
    await scene.cloud.end()
    expect(await scene.notify('22', 3)).toBe(true)
    await scene.revive(scene.cloud)
    expect(scene.cloud.heard.at(-1)).toBe('up/room-1/temp 22')
    await scene.stop()
  })

  it.each([
    ['received', false],
    ['none', true],
  ])('%s: without room for it a value is acknowledged: %s', async (acknowledge, expected) => {
    const scene = new Scene(BOTH, `, acknowledge: ${acknowledge}, queue: { messages: 2 }`)
    await scene.start()
    await scene.cloud.end()
    expect(await scene.notify('21', 2)).toBe(true)
    expect(await scene.notify('22', 3)).toBe(true)
    expect(await scene.notify('23', 4)).toBe(expected)
    expect(await scene.notify('24', 5)).toBe(expected)
    const full = scene.logger.warnings.filter(({ code }) => code === 'mqtt_queue_full')
    expect(full).toMatchObject([{ connection: 'cloud', publications: 2 }])
    await scene.revive(scene.cloud)
    expect(scene.cloud.heard.slice(2)).toEqual(['up/room-1/temp 21', 'up/room-1/temp 22'])
    await scene.stop()
  })

  it('a house that is away does not hold up commands and values of the cloud', async () => {
    const scene = new Scene(BOTH)
    await scene.start()
    await scene.house.end()
    expect(await scene.notify('22', 3)).toBe(false)
    scene.cloud.send('up/room-1/read', '1')
    await scene.pass(0)
    expect(scene.cloud.heard.slice(-2)).toEqual(['up/room-1/temp 22', 'up/answer "ok"'])
    await scene.stop()
  })

  it('maxQoS: publications and the Will are lowered', async () => {
    const scene = new Scene(BOTH, ', maxQoS: 0')
    await scene.start()
    expect(await scene.notify('21', 2)).toBe(true)
    expect(scene.cloud.connection?.publications().map(({ qos }) => qos)).toEqual([0, 0, 0, 0])
    expect(scene.house.connection?.publications().map(({ qos }) => qos)).toEqual([1, 1, 1])
    await scene.stop()
  })

  it('what a device does not have any more is taken away where it was told', async () => {
    const scene = new Scene(BOTH)
    await scene.start()
    scene.device.register('ep=room-1&lt=0&lwm2m=1.1', '</3/0>')
    await scene.pass(0)
    expect(scene.house.heard.at(-1)).toBe('home/room-1/temp ')
    expect(scene.cloud.heard.at(-1)).toBe('up/room-1/temp ')
    await scene.stop()
  })

  it('at the end both hear that the gateway is gone', async () => {
    const scene = new Scene(BOTH)
    await scene.start()
    await scene.stop()
    expect(scene.house.heard.at(-1)).toBe(`${STATE} {"state":"offline"}`)
    expect(scene.cloud.heard.at(-1)).toBe('up/state "off"')
    for (const { connection } of [scene.house, scene.cloud])
      expect(connection?.received.at(-1)?.cmd).toBe('disconnect')
  })

  it('one that is away does not hold up the farewell on the other, and the end comes in time', async () => {
    const scene = new Scene(BOTH)
    await scene.start()
    if (scene.cloud.connection !== undefined) scene.cloud.connection.autoAcknowledge = false
    await scene.notify('22', 3)
    let isOver = false
    const stopping = scene.stop().then(() => {
      isOver = true
    })
    await quiet()
    expect(scene.house.heard.at(-1)).toBe(`${STATE} {"state":"offline"}`)
    expect(isOver).toBe(false)
    await scene.pass(4_000)
    await stopping
  })
})

describe('a changed file', () => {
  it('that moves to another connection is told there, and taken away where it was', async () => {
    const scene = new Scene(BOTH)
    await scene.start()
    const { house, cloud } = scene
    await scene.notify('21', 2)
    const before = cloud.heard.length
    scene.write('house.yaml', HOUSE.replace('name: house', 'name: house\nconnection: cloud'))
    await scene.reload()
    expect(cloud.heard.slice(before)).toContain('home/room-1/temp 21')
    expect(house.heard.at(-2)).toBe('home/room-1/temp ')
    expect(house.heard.at(-1)).toContain('mapping-loaded')
    expect(house.connection?.received).toContainEqual(
      expect.objectContaining({ cmd: 'unsubscribe', unsubscriptions: ['home/+/read'] }),
    )
    expect(cloud.connection?.received.filter(({ cmd }) => cmd === 'subscribe').at(-1)).toMatchObject({
      subscriptions: [{ topic: 'home/+/read' }],
    })
    await cloud.connection?.grant()
    cloud.send('home/room-1/read', '9')
    house.send('home/room-1/read', '9')
    await scene.pass(0)
    expect(cloud.heard.at(-1)).toBe('home/answer "ok"')
    expect(house.heard.at(-1)).toContain('mapping-loaded')
    await scene.stop()
  })

  it('that loses its connection: the Will and what was said of the gateway go with it', async () => {
    const scene = new Scene(BOTH)
    await scene.start()
    const { house, cloud } = scene
    scene.write('up.yaml', CLOUD.replace('connection: cloud\n', ''))
    await scene.reload()
    await house.connection?.grant()
    expect(cloud.heard.slice(3)).toEqual(['up/state '])
    expect(house.heard).toContain('up/state "on"')
    expect(house.heard).toContain('up/room-1/temp 20')
    expect(house.heard).toContain('up/room-1/here "yes"')
    const renewed = await cloud.up(0)
    expect(renewed.received.find(({ cmd }) => cmd === 'connect')).not.toHaveProperty('will.topic')
    expect(cloud.heard.toSorted()).toEqual(['up/room-1/here ', 'up/room-1/temp '])
    expect(scene.logger.warnings).toContainEqual({ code: 'mqtt_connection_unused', connection: 'cloud' })
    await scene.stop()
  })

  it('that fails on a value: the default way carries it on the main connection, at a reload as well', async () => {
    const scene = new Scene({ 'house.yaml': HOUSE, 'up.yaml': CLOUD })
    await scene.start()
    await scene.notify('21', 2)
    const plainOn = (place: Place): string[] =>
      place.heard.filter((line) => line.startsWith('lwm2m/device/room-1/value'))
    const before = plainOn(scene.house).length
    scene.write('up.yaml', CLOUD.replace('{value}', '{registration.attributes.room}'))
    await scene.reload()
    await scene.pass(1_000)
    expect(plainOn(scene.house).length).toBeGreaterThan(before)
    expect(plainOn(scene.cloud)).toEqual([])
    await scene.stop()
  })

  it('is renewed on each connection by itself: one that is away holds up no other', async () => {
    const scene = new Scene(BOTH)
    await scene.start()
    const { house, cloud } = scene
    await cloud.end()
    scene.write('house.yaml', HOUSE.replace('topic: "home', 'topic: "casa'))
    scene.write('up.yaml', CLOUD.replace('topic: "up', 'topic: "arriba'))
    await scene.reload()
    expect(house.heard).toContain('casa/room-1/temp 20')
    expect(house.heard).toContain('home/room-1/temp ')
    await scene.revive(cloud)
    expect(cloud.heard).toEqual([
      'up/state "on"',
      'up/room-1/here "yes"',
      'up/room-1/here "yes"',
      'arriba/room-1/temp 20',
      'up/room-1/temp ',
    ])
    await scene.stop()
  })
})

it('a connection that no mapping file uses is warned of, once', async () => {
  const scene = new Scene({ 'house.yaml': HOUSE })
  scene.connections.start()
  await scene.house.up()
  await scene.cloud.up(0)
  expect(scene.logger.warnings).toEqual([{ code: 'mqtt_connection_unused', connection: 'cloud' }])
  scene.write('house.yaml', HOUSE.replace('name: temp', 'name: other'))
  await scene.reload()
  expect(scene.logger.warnings).toHaveLength(1)
  await scene.stop()
})

it('a connection that there is not is refused at the start, and at a change', async () => {
  const unknown = CLOUD.replace('connection: cloud', 'connection: clowd')
  expect(() => new Scene({ 'up.yaml': unknown })).toThrow(
    /up\.yaml:2:1: connection: mqtt\.connections of the configuration has no 'clowd' \(did you mean cloud\?\)/,
  )
  const scene = new Scene(BOTH)
  await scene.start()
  scene.write('up.yaml', unknown)
  await scene.reload()
  expect(scene.house.heard.at(-1)).toContain('mapping-refused')
  expect(await scene.notify('21', 2)).toBe(true)
  expect(scene.cloud.heard.at(-1)).toBe('up/room-1/temp 21')
  await scene.stop()
})
