import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Code } from '../../src/coap/code.ts'
import { CoapEndpoint } from '../../src/coap/endpoint.ts'
import type { ReceivedResponse, Request } from '../../src/coap/handler.ts'
import { SystemClock } from '../../src/lib/clock.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { SystemRandom } from '../../src/lib/random.ts'
import { UdpListener } from '../../src/transport/udp.ts'
import { configurationFor, GatewayProcess, writeTemporary } from '../support/gateway-process.ts'
import { type Mosquitto, startMosquitto } from '../support/mosquitto.ts'
import { MqttClients, type Payload, type Subscriber } from '../support/mqtt-clients.ts'
import { findPeers } from '../support/peers.ts'
import { freeUdpPort } from '../support/ports.ts'
import { killAll, Program, run } from '../support/processes.ts'
import { installPython } from '../support/python.ts'

const CLIENT = 'coap-client-notls'
const SERVER = 'coap-server-notls'
const brokerTools = findPeers('mosquitto', 'mosquitto_sub', 'mosquitto_pub')
const libcoapClient = findPeers(CLIENT)
const libcoapServer = findPeers(SERVER)
const aiocoap = await installPython('aiocoap', '0.4.17')

/** Objects of a payload of some twenty blocks of 64 bytes. */
const OBJECTS = [1, 3, ...Array.from({ length: 100 }, (_, index) => 26_241 + index)]
const LINKS = OBJECTS.map((object) => `</${object}/0>`).join(',')

describe.skipIf(brokerTools.areMissing)(`a registration of many blocks${brokerTools.remark}`, () => {
  let broker: Mosquitto
  let gateway: GatewayProcess
  let subscriber: Subscriber

  /** What MQTT tells of a device's objects, and the location that is told. */
  async function registered(endpoint: string): Promise<Payload> {
    return subscriber.payload(`lwm2m/device/${endpoint}/registration`)
  }

  const objects = OBJECTS.map((id) => expect.objectContaining({ id, instances: [0] }))
  const uri = (endpoint: string): string => `${gateway.uri}/rd?ep=${endpoint}&lt=60&lwm2m=1.1`

  beforeAll(async () => {
    broker = await startMosquitto()
    subscriber = await new MqttClients(broker.port).subscribe('lwm2m/#')
    gateway = await GatewayProcess.start(configurationFor(broker.url))
  })
  afterAll(async () => {
    await killAll()
    await broker?.stop()
  })

  it.skipIf(libcoapClient.areMissing).each([16, 64, 1024])(
    `${CLIENT} sends it in blocks of %i bytes${libcoapClient.remark}`,
    async (size) => {
      const endpoint = `libcoap-${size}`
      const options = ['-v', '7', '-B', '10', '-b', String(size), '-m', 'post', '-t', '40', '-e', LINKS]
      const { stdout, stderr } = await run(CLIENT, [...options, uri(endpoint)])
      const registration = await registered(endpoint)
      expect(registration.objects).toEqual(objects)
      const answers = [...(stdout + stderr).matchAll(/t:ACK c:([245]\.\d\d) .*\[ (.*?) \]/g)]
      const told = answers.map(([, code = '', list = '']) => [code, list.replace(/, Block1.*/, '')])
      const blocks = Math.ceil(LINKS.length / size)
      expect(told.slice(0, -1).map(([code]) => code)).toEqual(Array(blocks - 1).fill('2.31'))
      expect(told.at(-1)).toEqual(['2.01', `Location-Path:rd, Location-Path:${registration.id}`])
      expect(JSON.stringify(told.slice(0, -1))).not.toContain('Location-Path')
    },
  )

  it.skipIf(aiocoap.areMissing).each([
    [0, 16],
    [2, 64],
    [6, 1024],
  ])(`aiocoap sends it in blocks of 2^(%i + 4) = %i bytes${aiocoap.remark}`, async (szx, size) => {
    const endpoint = `aiocoap-${size}`
    const links = `@${writeTemporary('links', LINKS)}`
    const options = ['--payload', links, '--payload-initial-szx', String(szx), '--content-format', '40']
    const ran = await run(aiocoap.program('aiocoap-client'), ['-m', 'POST', ...options, uri(endpoint)])
    const registration = await registered(endpoint)
    expect(registration.objects).toEqual(objects)
    expect(ran.stdout + ran.stderr).toContain(`/rd/${registration.id}`)
    expect(ran.code).toBe(0)
  })
})

/** Bytes without a pattern of the size of a block. */
function opaque(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 7919 + (index >>> 8)) & 0xff)
}

describe.skipIf(libcoapServer.areMissing).each([64, 1024])(
  `our endpoint, with blocks of %i bytes, and libcoap's ${SERVER}${libcoapServer.remark}`,
  (blockSize) => {
    let endpoint: CoapEndpoint<never>
    let listener: UdpListener
    let port: number

    function ask(request: Request): Promise<ReceivedResponse> {
      return new Promise((resolve, reject) => {
        endpoint.request(listener.peer('127.0.0.1', port), request, (outcome) => {
          if (outcome instanceof Error) reject(outcome)
          else resolve(outcome)
        })
      })
    }

    beforeAll(async () => {
      port = await freeUdpPort()
      const server = new Program(SERVER, ['-A', '127.0.0.1', '-p', String(port), '-d', '10', '-v', '7'])
      await Promise.race([
        server.stdout.find('created UDP  endpoint'),
        server.stderr.find('created UDP  endpoint'),
      ])
      const environment = { clock: new SystemClock(), random: new SystemRandom(), logger: silentLogger }
      endpoint = new CoapEndpoint<never>({
        ...environment,
        parameters: { blockSize, amplification: Number.POSITIVE_INFINITY },
        requests: () => {},
        observations: {
          match: () => 'foreign',
          rejected: () => {},
          request: () => ({ code: Code.get, path: [] }),
        },
        notifications: () => {},
      })
      listener = await UdpListener.open({ ...environment, host: '127.0.0.1', port: 0 }, endpoint)
    })
    afterAll(async () => {
      endpoint?.stop()
      await listener?.close()
      await killAll()
    })

    it.each([1, 63, 64, 65, 1024, 1025, 65_536])(
      'writes %i opaque bytes and reads them back bit for bit',
      async (length) => {
        const path = [`bytes-${length}`]
        const payload = opaque(length)
        const written = await ask({ code: Code.put, path, contentFormat: 42, payload })
        expect(written.code).toBe(Code.created)
        const read = await ask({ code: Code.get, path })
        expect(read.code).toBe(Code.content)
        expect(Buffer.compare(read.payload, payload)).toBe(0)
      },
    )

    it('writes other bytes over them', async () => {
      const path = ['again']
      for (const payload of [opaque(65_536), opaque(40_000).reverse()]) {
        await ask({ code: Code.put, path, payload })
        expect(Buffer.compare((await ask({ code: Code.get, path })).payload, payload)).toBe(0)
      }
    })
  },
)
