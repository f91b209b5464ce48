import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { loadConfiguration } from '../../src/config/load.ts'
import { Gateway } from '../../src/gateway/gateway.ts'
import { SystemClock } from '../../src/lib/clock.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { SystemRandom } from '../../src/lib/random.ts'
import { Gate } from '../support/gate.ts'
import { configurationFor } from '../support/gateway-process.ts'
import { type Mosquitto, startMosquitto } from '../support/mosquitto.ts'
import { type Heard, MqttClients, payloadOf, type Subscriber } from '../support/mqtt-clients.ts'
import { Numbering, SENSOR } from '../support/numbering.ts'
import { findPeers } from '../support/peers.ts'
import { freePort } from '../support/ports.ts'
import { killAll } from '../support/processes.ts'

const peers = findPeers('mosquitto', 'mosquitto_sub', 'mosquitto_pub')

const VALUE = 'lwm2m/device/room-1/value/3303/0/5700'
const PRESENCE = 'lwm2m/device/room-1/presence'
const REGISTRATION = 'lwm2m/device/room-1/registration'
const STATE = 'lwm2m/gateway/gw/state'
const BEFORE = 30
/** The gateway holds 64 unacknowledged messages of one device; what is above is dropped, and comes again. */
const DURING = 60
const AFTER = 80

const cleanups: (() => Promise<unknown>)[] = []

function later(cleanup: () => Promise<unknown>): void {
  cleanups.push(cleanup)
}

async function startGateway(brokerUrl: string, acknowledge: 'broker' | 'received'): Promise<Gateway> {
  const text = configurationFor(brokerUrl, [], [`delivery: { acknowledge: ${acknowledge} }`])
  const configuration = loadConfiguration({ file: 'test.yaml', environment: {}, readFile: () => text })
  const environment = { clock: new SystemClock(), random: new SystemRandom(), logger: silentLogger }
  const gateway = await Gateway.start(configuration, environment)
  later(() => gateway.stop())
  return gateway
}

const portOf = (gateway: Gateway): number => Number(gateway.listenerUris[0]?.split(':').at(-1))

function numberingFor(gateway: Gateway): Numbering {
  const numbering = new Numbering(portOf(gateway))
  later(async () => numbering.device.crash())
  return numbering
}

/** A CoAP ping: what was sent to the gateway before has been read when its RST is here (loopback keeps the order). */
async function ping(port: number): Promise<void> {
  const socket = createSocket('udp4')
  socket.send(Uint8Array.of(0x40, 0, 0x12, 0x34), port, '127.0.0.1')
  const [reset] = (await once(socket, 'message')) as [Buffer]
  socket.close()
  expect(reset.toString('hex')).toBe('70001234')
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)

/**
 * A broker behind a gate, with a subscriber of its own for each of its lives: it comes back on another port, so that
 * the subscriber of its former life, which would try for ever, stays with what it heard.
 */
class Scene {
  readonly gateway: Gateway
  readonly numbering: Numbering
  readonly subscribers: Subscriber[] = []
  /** For each life of the broker: how many values its former ones had acknowledged. */
  readonly #settled: number[] = []
  readonly #gate: Gate
  #broker: Mosquitto | undefined

  static async open(acknowledge: 'broker' | 'received'): Promise<Scene> {
    const gate = await Gate.to(0)
    later(() => gate.stop())
    gate.target = undefined
    const gateway = await startGateway(`mqtt://127.0.0.1:${gate.port}`, acknowledge)
    const scene = new Scene(gate, gateway)
    await scene.revive()
    await scene.numbering.device.start()
    await scene.numbering.untilObserved()
    return scene
  }

  private constructor(gate: Gate, gateway: Gateway) {
    this.#gate = gate
    this.gateway = gateway
    this.numbering = numberingFor(gateway)
  }

  /** SIGKILL */
  async kill(): Promise<void> {
    this.#gate.target = undefined
    await this.#broker?.kill()
  }

  /** Starts the broker, empty; the gateway finds it when its subscriber is there. */
  async revive(): Promise<Subscriber> {
    const broker = await startMosquitto()
    later(() => broker.stop())
    const subscriber = await new MqttClients(broker.port).subscribe('lwm2m/#')
    this.#broker = broker
    this.subscribers.push(subscriber)
    this.#settled.push(this.numbering.acknowledged)
    this.#gate.target = broker.port
    return subscriber
  }

  /** Every value that came, each once, in the order of its first arrival. */
  get numbers(): number[] {
    return numbersOf(...this.subscribers)
  }

  /**
   * A broker that is killed may take along what it has acknowledged and not passed on yet. What it had not
   * acknowledged comes from its next life, in order and up to the last one.
   */
  expectNoGaps(last: number): void {
    for (const [life, subscriber] of this.subscribers.entries()) {
      const numbers = numbersOf(subscriber)
      const [first] = numbers
      if (first === undefined) continue
      expect(first).toBeLessThanOrEqual((this.#settled[life] ?? 0) + 1)
      expect(numbers).toEqual(upTo(first + numbers.length - 1).slice(first - 1))
    }
    expect(numbersOf(...this.subscribers.slice(-1)).at(-1)).toBe(last)
  }
}

/** The values that these heard, each once, in the order of its first arrival. */
function numbersOf(...subscribers: readonly Subscriber[]): number[] {
  const heard = subscribers.flatMap((subscriber) => subscriber.on(VALUE))
  const values = heard.map((message) => Number(payloadOf(message).value)).filter(Number.isInteger)
  return [...new Set(values)]
}

describe.skipIf(peers.areMissing)(`the broker dies and comes back${peers.remark}`, () => {
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
    await killAll()
  })

  it('acknowledge: broker: every value arrives, in order; none is acknowledged before the broker has it', async () => {
    const scene = await Scene.open('broker')
    const { numbering, gateway } = scene
    numbering.count(BEFORE)
    await numbering.untilAcknowledged(BEFORE)
    await scene.kill()
    numbering.count(DURING)
    await ping(portOf(gateway))
    expect(numbering.acknowledged).toBe(BEFORE)

    const subscriber = await scene.revive()
    await numbering.untilAcknowledged(DURING)
    numbering.count(AFTER)
    await numbering.untilAcknowledged(AFTER)
    await subscriber.next(VALUE, ({ value }) => value === AFTER)
    expect(scene.numbers).toEqual(upTo(AFTER))
    expect(numbering.device.observed).toContain(SENSOR)
  })

  it('a broker that dies while values are on their way: repeats perhaps, gaps never', async () => {
    const scene = await Scene.open('broker')
    const { numbering } = scene
    const [early] = scene.subscribers
    numbering.count(BEFORE)
    await early?.next(VALUE, ({ value }) => Number(value) === 1)
    numbering.count(DURING)
    await scene.kill()
    const late = await scene.revive()
    await numbering.untilAcknowledged(DURING)
    numbering.count(AFTER)
    await late.next(VALUE, ({ value }) => value === AFTER)
    scene.expectNoGaps(AFTER)
    expect(payloadOf(late.on(VALUE).at(-1) as Heard).value).toBe(AFTER)
  })

  it('three deaths in a row lose nothing that the broker had not acknowledged', async () => {
    const scene = await Scene.open('broker')
    const { numbering } = scene
    for (const count of [10, 20, 30]) {
      numbering.count(count)
      await scene.kill()
      const subscriber = await scene.revive()
      await subscriber.next(VALUE, ({ value }) => value === count)
    }
    await numbering.untilAcknowledged(30)
    scene.expectNoGaps(30)
  })

  it('tells the state, presence and registration again, before the values that waited', async () => {
    const scene = await Scene.open('broker')
    const presence = await scene.subscribers[0]?.payload(PRESENCE)
    await scene.kill()
    scene.numbering.count(3)
    const late = await scene.revive()
    await late.next(VALUE, ({ value }) => value === 3)
    expect(await late.payload(PRESENCE)).toEqual(presence)
    expect(await late.payload(REGISTRATION)).toMatchObject({ objects: expect.any(Array), version: '1.1' })
    const topics = late.messages.map(({ topic }) => topic)
    expect(topics.slice(0, 3)).toEqual([STATE, PRESENCE, REGISTRATION])
  })

  it('acknowledge: received: the device hears it at once, the broker gets it all the same', async () => {
    const scene = await Scene.open('received')
    const { numbering } = scene
    numbering.count(BEFORE)
    await numbering.untilAcknowledged(BEFORE)
    await scene.kill()
    numbering.count(DURING)
    await numbering.untilAcknowledged(DURING)
    const late = await scene.revive()
    await late.next(VALUE, ({ value }) => value === DURING)
    expect(scene.numbers).toEqual(upTo(DURING))
  })

  it('a gateway that started before the broker works once that comes', async () => {
    const port = await freePort()
    const gateway = await startGateway(`mqtt://127.0.0.1:${port}`, 'broker')
    const numbering = numberingFor(gateway)
    const started = numbering.device.start()
    await ping(portOf(gateway))
    const broker = await startMosquitto({ port })
    later(() => broker.stop())
    await started
    await numbering.untilObserved()
    numbering.count(5)
    await numbering.untilAcknowledged(5)
    const clients = new MqttClients(port)
    const subscriber = await clients.subscribe('lwm2m/#')
    expect(await subscriber.payload(STATE)).toEqual({ state: 'online' })
    expect(await subscriber.payload(PRESENCE)).toMatchObject({ state: 'awake' })
    expect(await subscriber.payload(VALUE)).toMatchObject({ value: 5 })
    await clients.publish('lwm2m/device/room-1/do/read/3/0/0', '')
    expect(await subscriber.payload('lwm2m/device/room-1/response')).toMatchObject({
      status: 'ok',
      code: '2.05',
    })
  })
})
