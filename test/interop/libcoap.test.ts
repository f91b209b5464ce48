import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configurationFor, GatewayProcess } from '../support/gateway-process.ts'
import { type Mosquitto, startMosquitto } from '../support/mosquitto.ts'
import { MqttClients, type Subscriber } from '../support/mqtt-clients.ts'
import { findPeers } from '../support/peers.ts'
import { freeUdpPort } from '../support/ports.ts'
import { killAll, run } from '../support/processes.ts'

const CLIENT = 'coap-client-notls'
const peers = findPeers(CLIENT, 'mosquitto', 'mosquitto_sub', 'mosquitto_pub')

const LINKS = '</1/0>,</3/0>,</3303/0>'

interface Answer {
  readonly code: string | undefined
  readonly location: string
}

/** The answer that libcoap's client shows at level 6: `v:1 t:ACK c:2.01 i:f3ce {01} [ Location-Path:rd, ... ]` */
function readAnswer(output: string): Answer {
  const [, code, options = ''] = /t:(?:ACK|CON|NON) c:([245]\.\d\d) .*?\[ (.*?)\]/.exec(output) ?? []
  const location = [...options.matchAll(/Location-Path:([^, ]+)/g)].map(([, segment]) => segment).join('/')
  return { code, location }
}

describe.skipIf(peers.areMissing)(`libcoap's ${CLIENT} registers${peers.remark}`, () => {
  let broker: Mosquitto
  let gateway: GatewayProcess
  let subscriber: Subscriber

  async function send(method: string, path: string, more: readonly string[] = []): Promise<Answer> {
    const ran = await run(CLIENT, ['-v', '6', '-B', '5', '-m', method, ...more, `${gateway.uri}${path}`])
    return readAnswer(ran.stdout + ran.stderr)
  }

  const register = (query: string, links = LINKS, more: readonly string[] = []): Promise<Answer> => {
    return send('post', `/rd${query}`, ['-t', '40', '-e', links, ...more])
  }

  const topic = (endpoint: string, rest: string): string => `lwm2m/device/${endpoint}/${rest}`

  beforeAll(async () => {
    broker = await startMosquitto()
    subscriber = await new MqttClients(broker.port).subscribe('lwm2m/#')
    gateway = await GatewayProcess.start(configurationFor(broker.url))
    await subscriber.payload('lwm2m/gateway/gw/state', ({ state }) => state === 'online')
  })
  afterAll(async () => {
    await killAll()
    await broker?.stop()
  })

  it('Register, Update and Deregister: 2.01, 2.04, 2.02, and MQTT tells all of it', async () => {
    const { code, location } = await register('?ep=libcoap&lt=60&lwm2m=1.1&b=U')
    expect(code).toBe('2.01')
    expect(location).toMatch(/^rd\/[A-Za-z0-9_-]+$/)
    const id = location.split('/')[1]
    expect(await subscriber.payload(topic('libcoap', 'presence'))).toMatchObject({
      state: 'awake',
      reason: 'registered',
    })
    expect(await subscriber.payload(topic('libcoap', 'registration'))).toMatchObject({
      id,
      lifetime: 60,
      version: '1.1',
      binding: 'U',
      queueMode: false,
      security: 'nosec',
      objects: [
        { id: 1, instances: [0] },
        { id: 3, instances: [0] },
        { id: 3303, instances: [0] },
      ],
    })
    await subscriber.payload(
      topic('libcoap', 'event'),
      (body) => body.event === 'registered' && body.registration === id,
    )

    expect((await send('post', `/${location}?lt=120`)).code).toBe('2.04')
    await subscriber.payload(topic('libcoap', 'registration'), ({ lifetime }) => lifetime === 120)
    await subscriber.payload(
      topic('libcoap', 'event'),
      (body) => body.event === 'updated' && body.registration === id,
    )

    expect((await send('delete', `/${location}`)).code).toBe('2.02')
    const offline = await subscriber.payload(topic('libcoap', 'presence'), ({ state }) => state === 'offline')
    expect(offline.reason).toBe('deregistered')
    await subscriber.next(topic('libcoap', 'registration'), (_body, { payload }) => payload === '')
    await subscriber.payload(topic('libcoap', 'event'), ({ event }) => event === 'deregistered')

    expect((await send('post', `/${location}`)).code).toBe('4.04')
    expect((await send('delete', `/${location}`)).code).toBe('4.04')
  })

  it('a client that keeps one source port registers, updates and registers again', async () => {
    const port = ['-p', String(await freeUdpPort())]
    const first = await register('?ep=steady&lt=60&lwm2m=1.1', LINKS, port)
    expect(first.code).toBe('2.01')
    expect((await send('post', `/${first.location}`, port)).code).toBe('2.04')
    const second = await register('?ep=steady&lt=60&lwm2m=1.1', LINKS, port)
    expect(second.code).toBe('2.01')
    expect(second.location).not.toBe(first.location)
    expect((await send('post', `/${first.location}`, port)).code).toBe('4.04')
    const event = await subscriber.payload(topic('steady', 'event'), (body) => body.event === 're-registered')
    expect(event).toMatchObject({
      registration: second.location.split('/')[1],
      predecessor: first.location.split('/')[1],
    })
    const { address } = await subscriber.payload(topic('steady', 'registration'))
    expect(address).toBe(`coap://127.0.0.1:${port[1]}`)
    expect((await send('delete', `/${second.location}`, port)).code).toBe('2.02')
  })

  it('non-confirmable requests are answered as well', async () => {
    const { code, location } = await register('?ep=loose&lt=60&lwm2m=1.1', LINKS, ['-N'])
    expect(code).toBe('2.01')
    expect((await send('delete', `/${location}`, ['-N'])).code).toBe('2.02')
  })

  it.each([
    ['no endpoint name', '?lt=60&lwm2m=1.1', LINKS, '4.00', 'register_endpoint'],
    ['no links', '?ep=bare&lt=60&lwm2m=1.1', '', '4.00', 'register_links'],
    ['links that are none', '?ep=odd&lt=60&lwm2m=1.1', '<<>>', '4.00', 'register_links'],
    ['a binding of another version', '?ep=mixed&lt=60&lwm2m=1.1&b=UQ', LINKS, '4.00', 'register_binding'],
    ['a lifetime that is none', '?ep=timeless&lt=soon&lwm2m=1.1', LINKS, '4.00', 'register_parameter'],
    ['an unknown version', '?ep=future&lt=60&lwm2m=7.0', LINKS, '4.12', 'register_version'],
  ])(
    'a Register with %s is refused, and the gateway says why',
    async (_name, query, links, expected, fault) => {
      const from = subscriber.mark
      expect((await register(query, links)).code).toBe(expected)
      const event = await subscriber.payload('lwm2m/gateway/gw/event', ({ code }) => code === fault, from)
      expect(event).toMatchObject({ event: 'refused', endpoint: /ep=(\w+)/.exec(query)?.[1] ?? null })
      expect(event.reason).toEqual(expect.stringMatching(/\w+ \w+/))
    },
  )

  it('what the gateway does not have is 4.04, what it does not know to do 4.05', async () => {
    expect((await send('post', '/rd/nobody?lt=60')).code).toBe('4.04')
    expect((await send('get', '/3/0')).code).toBe('4.04')
    expect((await send('get', '/rd')).code).toBe('4.05')
  })
})
