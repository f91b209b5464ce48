import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { configurationFor, GatewayProcess } from '../support/gateway-process.ts'
import { type Mosquitto, startMosquitto } from '../support/mosquitto.ts'
import { MqttClients, payloadOf, type Subscriber } from '../support/mqtt-clients.ts'
import { Numbering } from '../support/numbering.ts'
import { findPeers, findProgram } from '../support/peers.ts'
import { killAll } from '../support/processes.ts'

const peers = findPeers('mosquitto', 'mosquitto_passwd', 'mosquitto_sub', 'mosquitto_pub', 'mosquitto_rr')

const HOUSE_VALUE = 'lwm2m/device/room-1/value/3303/0/5700'
const HOUSE_STATE = 'lwm2m/gateway/gw/state'
const CLOUD_VALUE = 'site-7/room-1/temp'
const CLOUD_STATE = 'site-7/state'

/** A file for the cloud; the preset `plain` stays with the house. */
const CLOUD = `name: site
connection: cloud
publish:
  - { name: temp, on: value, path: /3303/*/5700, topic: "site-7/\${device}/temp", payload: { t: "\${value}" }, retain: true, qos: 2 }
  - { name: online, on: online, topic: site-7/state, payload: { state: online }, retain: true }
  - { name: offline, on: offline, topic: site-7/state, payload: { state: offline }, retain: true }
commands:
  - { name: read, topic: "site-7/{device}/read", operation: read, path: "\${payload.path}", id: "\${payload.id}",
      answer: { topic: site-7/answer, payload: { id: "\${result.id}", status: "\${result.status}" } } }
`

const cleanups: (() => unknown)[] = []

/** A broker that lets in one user alone. */
class Place {
  readonly clients: MqttClients
  readonly passwordFile: string
  readonly #broker: Mosquitto

  static async open(user: string, password: string): Promise<Place> {
    const folder = mkdtempSync(join(tmpdir(), 'lwm2mqtt-two-'))
    cleanups.push(() => rmSync(folder, { recursive: true }))
    const file = join(folder, 'passwords')
    execFileSync(findProgram('mosquitto_passwd') as string, ['-b', '-c', file, user, password])
    const broker = await startMosquitto({ config: ['allow_anonymous false', `password_file ${file}`] })
    cleanups.push(() => broker.stop())
    const passwordFile = join(folder, 'password')
    writeFileSync(passwordFile, `${password}\n`)
    return new Place(broker, new MqttClients(broker.port, 5, ['-u', user, '-P', password]), passwordFile)
  }

  private constructor(broker: Mosquitto, clients: MqttClients, passwordFile: string) {
    this.#broker = broker
    this.clients = clients
    this.passwordFile = passwordFile
  }

  get url(): string {
    return this.#broker.url
  }

  /** SIGKILL */
  kill(): Promise<void> {
    return this.#broker.kill()
  }

  /** Starts it again, empty, on the same port. */
  async revive(): Promise<Subscriber> {
    await this.#broker.start()
    return this.clients.subscribe('#')
  }
}

/** The house's broker and the cloud's, a gateway process between them and a device. */
class Scene {
  readonly house: Place
  readonly cloud: Place
  readonly atHouse: Subscriber
  readonly atCloud: Subscriber
  readonly gateway: GatewayProcess
  readonly numbering: Numbering
  readonly #mapping: string

  /** @param cloud further keys of its connection */
  static async open(cloudKeys = ''): Promise<Scene> {
    const house = await Place.open('house', 'doorbell')
    const cloud = await Place.open('cloud', 'thunder')
    const [atHouse, atCloud] = [await house.clients.subscribe('#'), await cloud.clients.subscribe('#')]
    const folder = mkdtempSync(join(tmpdir(), 'lwm2mqtt-two-'))
    cleanups.push(() => rmSync(folder, { recursive: true }))
    const mapping = join(folder, 'site.yaml')
    writeFileSync(mapping, CLOUD)
    const connection = `{ url: ${cloud.url}, username: cloud, password_file: ${cloud.passwordFile}${cloudKeys} }`
    const gateway = await GatewayProcess.start(
      configurationFor(
        house.url,
        ['username: house', `password_file: ${house.passwordFile}`, `connections: { cloud: ${connection} }`],
        [`mappings: [plain, '${mapping}']`],
      ),
    )
    await atHouse.payload(HOUSE_STATE, ({ state }) => state === 'online')
    await atCloud.payload(CLOUD_STATE, ({ state }) => state === 'online')
    const numbering = new Numbering(gateway.port)
    cleanups.push(() => numbering.device.crash())
    await numbering.device.start()
    await numbering.untilObserved()
    const clients = { atHouse, atCloud }
    return new Scene({ house, cloud, ...clients, gateway, numbering }, mapping)
  }

  private constructor(
    parts: Pick<Scene, 'house' | 'cloud' | 'atHouse' | 'atCloud' | 'gateway' | 'numbering'>,
    mapping: string,
  ) {
    this.house = parts.house
    this.cloud = parts.cloud
    this.atHouse = parts.atHouse
    this.atCloud = parts.atCloud
    this.gateway = parts.gateway
    this.numbering = parts.numbering
    this.#mapping = mapping
  }

  /** Until the gateway has been connected to the cloud so often. */
  async untilConnected(times: number): Promise<void> {
    const { log, program } = this.gateway
    const isIt = ({ msg, connection }: (typeof log)[number]): boolean =>
      msg.startsWith('connected to the broker') && connection === 'cloud'
    while (this.gateway.log.filter(isIt).length < times)
      await program.stdout.find('connected to the broker', program.stdout.all.length)
  }

  /** Changes the mapping file while the gateway runs. */
  change(text: string): void {
    writeFileSync(this.#mapping, text)
  }
}

describe.skipIf(peers.areMissing)(`two brokers, each with a password of its own${peers.remark}`, () => {
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
    await killAll()
  })

  it('each gets what its files say, and commands are answered where they came from', async () => {
    const { house, cloud, atHouse, atCloud, numbering, gateway } = await Scene.open()
    numbering.count(3)
    await numbering.untilAcknowledged(3)
    await atHouse.next(HOUSE_VALUE, ({ value }) => value === 3)
    expect(await atCloud.next(CLOUD_VALUE, ({ t }) => t === 3)).toMatchObject({ qos: 1 })

    const ask = JSON.stringify({ id: '42', operation: 'read', path: '/3/0/0' })
    await cloud.clients.publish('site-7/room-1/read', ask)
    expect(await atCloud.payload('site-7/answer')).toEqual({ id: '42', status: 'ok' })
    await house.clients.publish('lwm2m/device/room-1/do/request', ask)
    expect(await atHouse.payload('lwm2m/device/room-1/response')).toMatchObject({ id: '42', status: 'ok' })

    const topicsOf = (subscriber: Subscriber): Set<string> =>
      new Set(subscriber.messages.map(({ topic }) => topic.split('/')[0] ?? ''))
    expect(topicsOf(atHouse)).toEqual(new Set(['lwm2m']))
    expect(topicsOf(atCloud)).toEqual(new Set(['site-7']))
    const starts = gateway.log.filter(({ msg }) => msg.startsWith('publishes to'))
    expect(starts).toMatchObject([
      { broker: house.url, base: 'lwm2m' },
      { broker: cloud.url, connection: 'cloud' },
    ])
  })

  it('the Will of each is published there when the gateway is killed', async () => {
    const { gateway, atHouse, atCloud } = await Scene.open()
    const marks = [atHouse.mark, atCloud.mark]
    await gateway.program.kill('SIGKILL')
    const isOffline = ({ state }: { readonly state?: unknown }): boolean => state === 'offline'
    await atHouse.payload(HOUSE_STATE, isOffline, marks[0])
    await atCloud.payload(CLOUD_STATE, isOffline, marks[1])
  })

  it('both hear it when the gateway stops', async () => {
    const { gateway, atHouse, atCloud } = await Scene.open()
    const marks = [atHouse.mark, atCloud.mark]
    await gateway.program.kill('SIGTERM')
    const isOffline = ({ state }: { readonly state?: unknown }): boolean => state === 'offline'
    await atHouse.payload(HOUSE_STATE, isOffline, marks[0])
    await atCloud.payload(CLOUD_STATE, isOffline, marks[1])
  })

  it('acknowledge: broker: values wait for a cloud that is away, and come; the house has them at once', async () => {
    const { house, cloud, atHouse, numbering } = await Scene.open()
    await cloud.kill()
    numbering.count(5)
    await atHouse.next(HOUSE_VALUE, ({ value }) => value === 5)
    await house.clients.publish('lwm2m/device/room-1/do/read/3/0/0', '')
    await atHouse.payload('lwm2m/device/room-1/response')
    expect(numbering.acknowledged).toBe(0)
    const late = await cloud.revive()
    await late.next(CLOUD_VALUE, ({ t }) => t === 5)
    await numbering.untilAcknowledged(5)
    expect(await late.payload(CLOUD_STATE)).toEqual({ state: 'online' })
  })

  it('acknowledge: none: a cloud that is away holds up nothing, and what it has no room for is dropped', async () => {
    const { cloud, atHouse, numbering, gateway } = await Scene.open(
      ', acknowledge: none, queue: { messages: 3 }',
    )
    await cloud.kill()
    numbering.count(10)
    await numbering.untilAcknowledged(10)
    await atHouse.next(HOUSE_VALUE, ({ value }) => value === 10)
    const late = await cloud.revive()
    await late.next(CLOUD_VALUE, ({ t }) => t === 1)
    numbering.count(11)
    await numbering.untilAcknowledged(11)
    await late.next(CLOUD_VALUE, ({ t }) => t === 11)
    const came = late.on(CLOUD_VALUE).map((message) => Number(payloadOf(message).t))
    // One of before may have been under way, and then has a place in the queue.
    const kept = came.filter((t) => Number.isInteger(t) && t <= 10)
    expect(came.length).toBe(4)
    expect(kept).toEqual([1, 2, 3].slice(0, kept.length))
    const ofQueue = gateway.log.filter(({ msg }) => msg.startsWith('the queue of publications'))
    expect(ofQueue).toMatchObject([
      { connection: 'cloud', code: 'mqtt_queue_full' },
      { connection: 'cloud', dropped: 10 - kept.length },
    ])
  })

  it('a house that is away: the cloud goes on', async () => {
    const { house, cloud, atCloud, numbering } = await Scene.open()
    await house.kill()
    numbering.count(2)
    await atCloud.next(CLOUD_VALUE, ({ t }) => t === 2)
    await cloud.clients.publish('site-7/room-1/read', JSON.stringify({ id: '1', path: '/3/0/0' }))
    expect(await atCloud.payload('site-7/answer')).toEqual({ id: '1', status: 'ok' })
    expect(numbering.acknowledged).toBe(0)
    const late = await house.revive()
    await late.next(HOUSE_VALUE, ({ value }) => value === 2)
    await numbering.untilAcknowledged(2)
    expect(await late.payload(HOUSE_STATE)).toEqual({ state: 'online' })
  })

  it('a changed file moves to the other broker, with its topics, commands and Will', async () => {
    const scene = await Scene.open()
    const { house, atHouse, atCloud, numbering, gateway } = scene
    numbering.count(7)
    await numbering.untilAcknowledged(7)
    const mark = atCloud.mark
    scene.change(CLOUD.replace('connection: cloud\n', ''))
    await atHouse.next(CLOUD_VALUE, ({ t }) => t === 7)
    await atHouse.next(CLOUD_STATE, ({ state }) => state === 'online')
    await atCloud.next(CLOUD_VALUE, (_, { payload }) => payload === '', mark)
    await atCloud.next(CLOUD_STATE, (_, { payload }) => payload === '', mark)
    await house.clients.publish('site-7/room-1/read', JSON.stringify({ id: '2', path: '/3/0/0' }))
    expect(await atHouse.payload('site-7/answer')).toEqual({ id: '2', status: 'ok' })
    const fresh = await scene.cloud.clients.subscribe('#')
    expect(fresh.messages).toEqual([])

    scene.change(CLOUD)
    await atCloud.next(CLOUD_VALUE, ({ t }) => t === 7, mark)
    await atHouse.next(CLOUD_VALUE, (_, { payload }) => payload === '')
    const again = atCloud.mark
    await scene.untilConnected(3) // at the start, without the Will, and with it again
    await gateway.program.kill('SIGKILL')
    await atCloud.payload(CLOUD_STATE, ({ state }) => state === 'offline', again)
  })
})
