import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { generate, type Packet, type ParsedPacket, parse } from 'coap-packet'
import { afterEach, expect, it } from 'vitest'
import { loadConfiguration } from '../../src/config/load.ts'
import { Gateway } from '../../src/gateway/gateway.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { SystemRandom } from '../../src/lib/random.ts'
import { SimulatedClock } from '../support/clock.ts'
import { numberOption, pathIn, textOptions } from '../support/lwm2m.ts'

// How the observation policy gets from the configuration to the devices: real sockets, but time stands still.

const running: { stop(): unknown }[] = []

afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop()
})

const OBSERVE = [
  { path: '/3303/*/5700', attributes: { pmin: 5, st: 0.5 }, match: { endpoint: ['room-*', 'attic'] } },
  '/3/0/9',
]

async function startGateway(clock: SimulatedClock): Promise<number> {
  const environment = {
    LWM2MQTT__MQTT__URL: 'embedded',
    LWM2MQTT__MQTT__EMBEDDED__PORT: '0',
    LWM2MQTT__LWM2M__LISTENERS: '["coap://127.0.0.1:0"]',
    LWM2MQTT__LWM2M__OBSERVE: JSON.stringify(OBSERVE),
    LWM2MQTT__LWM2M__OBSERVE_RATE: '1',
  }
  const configuration = loadConfiguration({ environment, readFile: () => '' })
  const gateway = await Gateway.start(configuration, {
    clock,
    random: new SystemRandom(),
    logger: silentLogger,
  })
  running.push(gateway)
  return Number(new URL(gateway.listenerUris[0] ?? '').port)
}

/** A device on a socket of its own, which takes one message after the other. */
class SocketDevice {
  readonly #socket: Socket = createSocket('udp4')
  readonly #port: number
  readonly #heard: ParsedPacket[] = []

  constructor(port: number) {
    this.#port = port
    this.#socket.on('message', (bytes) => this.#heard.push(parse(bytes)))
    running.push({ stop: () => this.#socket.close() })
  }

  send(packet: Packet): void {
    this.#socket.send(generate(packet), this.#port, '127.0.0.1')
  }

  async next(): Promise<ParsedPacket> {
    while (this.#heard.length === 0) await once(this.#socket, 'message')
    return this.#heard.shift() ?? expect.unreachable()
  }

  /** Registers, and takes the answer. */
  async register(endpoint: string): Promise<void> {
    const option = (name: 'Uri-Path' | 'Uri-Query', text: string) =>
      ({ name, value: Buffer.from(text) }) as const
    const query = [`ep=${endpoint}`, 'lwm2m=1.2', 'lt=86400'].map((text) => option('Uri-Query', text))
    const links = Buffer.from('</3/0>,</3303/0>')
    const request = { confirmable: true, code: 'POST', messageId: 1, token: Buffer.of(1), payload: links }
    this.send({ ...request, options: [option('Uri-Path', 'rd'), ...query] })
    expect((await this.next()).code).toBe('2.01')
  }

  /** Takes an Observe request, answers it, and tells what it was. */
  async observed(): Promise<string> {
    const request = await this.next()
    expect(numberOption(request, 'Observe')).toBe(0)
    const { messageId, token } = request
    const options = [{ name: 'Observe', value: Buffer.of(1) } as const]
    this.send({ ack: true, code: '2.05', messageId, token, options, payload: Buffer.from('20') })
    return [pathIn(request), ...textOptions(request, 'Uri-Query')].join(' ')
  }

  /** Waits until the gateway has taken all that came before, and tells what it said meanwhile. */
  async meanwhile(): Promise<string[]> {
    this.send({ confirmable: true, code: '0.00', messageId: 99, token: Buffer.alloc(0) })
    const codes: string[] = []
    for (;;) {
      const packet = await this.next()
      if (packet.reset && packet.messageId === 99) return codes
      codes.push(packet.code)
    }
  }
}

it('the gateway observes what the configuration says, at the rate that it says', async () => {
  const clock = new SimulatedClock()
  const port = await startGateway(clock)
  const room = new SocketDevice(port)
  await room.register('room-1')
  expect(await room.observed()).toBe('/3303/0/5700 pmin=5 st=0.5')
  expect(await room.meanwhile()).toEqual([])

  const cellar = new SocketDevice(port)
  await cellar.register('cellar')
  expect(await cellar.meanwhile()).toEqual([])
  clock.advance(1_000)
  expect(await room.observed()).toBe('/3/0/9')
  expect(await cellar.meanwhile()).toEqual([])
  clock.advance(1_000)
  expect(await cellar.observed()).toBe('/3/0/9')
})
