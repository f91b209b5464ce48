import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { generate, parse } from 'coap-packet'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configurationFor, GatewayProcess, startCommand } from '../support/gateway-process.ts'
import { type Mosquitto, startMosquitto } from '../support/mosquitto.ts'
import { MqttClients, type Payload, payloadOf, type Subscriber } from '../support/mqtt-clients.ts'
import { findPeers } from '../support/peers.ts'
import { killAll, type Program } from '../support/processes.ts'

const peers = findPeers('mosquitto', 'mosquitto_sub', 'mosquitto_pub')

/** A device that registers, and then answers nothing, or nothing but Reset. */
class MuteDevice {
  readonly #socket: Socket
  readonly #port: number
  readonly #location: readonly Buffer[]

  static async register(port: number, endpoint: string, reaction: 'nothing' | 'reset'): Promise<MuteDevice> {
    const socket = createSocket('udp4')
    const query = [`ep=${endpoint}`, 'lt=300', 'lwm2m=1.0', 'b=U', 'room=12'].map((text) => ({
      name: 'Uri-Query' as const,
      value: Buffer.from(text),
    }))
    const options = [
      { name: 'Uri-Path' as const, value: Buffer.from('rd') },
      { name: 'Content-Format' as const, value: Buffer.of(40) },
      ...query,
    ]
    const links = Buffer.from('</1>,</3/0>')
    const head = { code: 'POST', confirmable: true, messageId: 1, token: Buffer.of(1) } as const
    socket.send(generate({ ...head, options, payload: links }), port, '127.0.0.1')
    const [answer] = (await once(socket, 'message')) as [Buffer]
    const location = parse(answer).options.filter(({ name }) => name === 'Location-Path')
    socket.on('message', (bytes: Buffer) => {
      const { messageId } = parse(bytes)
      if (reaction === 'reset')
        socket.send(generate({ code: '0.00', reset: true, messageId }), port, '127.0.0.1')
    })
    return new MuteDevice(
      socket,
      port,
      location.map(({ value }) => value),
    )
  }

  private constructor(socket: Socket, port: number, location: readonly Buffer[]) {
    this.#socket = socket
    this.#port = port
    this.#location = location
  }

  /** Sends an Update with these parameters. */
  update(...query: readonly string[]): void {
    const options = [
      ...this.#location.map((value) => ({ name: 'Uri-Path' as const, value })),
      ...query.map((text) => ({ name: 'Uri-Query' as const, value: Buffer.from(text) })),
    ]
    const head = { code: 'POST', confirmable: true, messageId: 2, token: Buffer.of(2) } as const
    this.#socket.send(generate({ ...head, options }), this.#port, '127.0.0.1')
  }

  close(): void {
    this.#socket.close()
  }
}

describe.skipIf(peers.areMissing)(`the preset emqx${peers.remark}`, () => {
  let broker: Mosquitto
  let clients: MqttClients
  let all: Subscriber
  let gateway: GatewayProcess
  let devices: Program
  const mute: MuteDevice[] = []

  beforeAll(async () => {
    broker = await startMosquitto()
    clients = new MqttClients(broker.port)
    all = await clients.subscribe('lwm2m/+/up/#')
    gateway = await GatewayProcess.start(
      configurationFor(
        broker.url,
        [],
        ['mappings: [emqx]', 'coap: { ackTimeout: 0.5, ackRandomFactor: 1, maxRetransmit: 1 }'],
      ),
    )
    devices = startCommand(['simulate', '--server', gateway.uri, '--endpoint', 'ep1', '--interval', '1'])
    await all.payload('lwm2m/ep1/up/notify')
  })

  afterAll(async () => {
    for (const device of mute) device.close()
    await killAll()
    await broker.stop()
  })

  /** Sends a command as it stands and returns what is answered. */
  async function ask(command: string, endpoint = 'ep1', suffix = 'dn/dm'): Promise<Payload> {
    const { mark } = all
    await clients.publish(`lwm2m/${endpoint}/${suffix}`, command)
    const { reqID } = JSON.parse(command) as Payload
    return all.payload(`lwm2m/${endpoint}/up/resp`, (answer) => answer.reqID === reqID, mark)
  }

  it('a device registers', () => {
    const objectList = ['/1/0', '/3/0', '/4/0', '/5/0', '/6/0', '/3303/0', '/3304/0', '/3311/0', '/3342/0']
    const data = { alternatePath: '/', ep: 'ep1', lt: 300, lwm2m: '1.1', b: 'U', objectList }
    const [first] = all.on('lwm2m/ep1/up/resp')
    expect(first && payloadOf(first)).toEqual({ msgType: 'register', data })
    expect(first).toMatchObject({ retain: 0 })
  })

  it('what is observed of its own accord comes with its first values, and without a request id', async () => {
    const data = { reqPath: '/3/0/9', code: '2.05', codeMsg: 'content' }
    const isOfBattery = ({ data }: Payload): boolean => (data as Payload).reqPath === '/3/0/9'
    const content = [{ path: '/3/0/9', value: expect.any(Number) }]
    expect(await all.payload('lwm2m/ep1/up/resp', isOfBattery)).toEqual({
      ...{ msgType: 'observe', is_auto_observe: true },
      data: { ...data, content },
    })
    expect(await all.payload('lwm2m/ep1/up/notify', isOfBattery)).toEqual({
      ...{ msgType: 'notify', is_auto_observe: true, seqNum: expect.any(Number) },
      data: { ...data, content },
    })
  })

  const changed = { code: '2.04', codeMsg: 'changed' }
  const notAllowed = { code: '4.05', codeMsg: 'method_not_allowed' }
  const content = { code: '2.05', codeMsg: 'content' }

  it.each<[command: string, data: Payload]>([
    [
      '{"reqID":1,"msgType":"read","data":{"path":"/3/0/0"}}',
      { reqPath: '/3/0/0', ...content, content: [{ path: '/3/0/0', value: 'Open Mobile Simulations' }] },
    ],
    [
      '{"reqID":2,"msgType":"discover","data":{"path":"/3/0"}}',
      { reqPath: '/3/0', ...content, content: expect.arrayContaining(['</3/0>', '</3/0/6>;dim=2']) },
    ],
    [
      '{"reqID":3,"msgType":"write","data":{"path":"/3/0/13","type":"Integer","value":"12345"}}',
      { reqPath: '/3/0/13', ...changed },
    ],
    [
      // The device does not let its power sources be written: nobody but itself says so.
      '{"reqID":4,"msgType":"write","data":{"basePath":"/3/0/","content":[{"path":"13","type":"Integer","value":"12345"},{"path":"6/0","type":"Integer","value":"1"}]}}',
      { reqPath: '/3/0/', ...notAllowed },
    ],
    [
      '{"reqID":41,"msgType":"write","data":{"basePath":"/3/0/","content":[{"path":"13","type":"Integer","value":"12345"},{"path":"15","type":"String","value":"Europe/Berlin"}]}}',
      { reqPath: '/3/0/', ...changed },
    ],
    [
      '{"reqID":42,"msgType":"read","data":{"path":"/3/0/15"}}',
      { reqPath: '/3/0/15', ...content, content: [{ path: '/3/0/15', value: 'Europe/Berlin' }] },
    ],
    [
      '{"reqID":5,"msgType":"write","encoding":"hex","data":{"path":"/3/0/1","type":"String","value":"48656C6C6F"}}',
      { reqPath: '/3/0/1', ...notAllowed },
    ],
    [
      '{"reqID":51,"msgType":"write","encoding":"hex","data":{"path":"/3/0/15","type":"String","value":"48656C6C6F"}}',
      { reqPath: '/3/0/15', ...changed },
    ],
    [
      '{"reqID":52,"msgType":"read","data":{"path":"/3/0/15"}}',
      { reqPath: '/3/0/15', ...content, content: [{ path: '/3/0/15', value: 'Hello' }] },
    ],
    [
      '{"reqID":53,"msgType":"write","data":{"path":"/3311/0/5850","type":"Boolean","value":"true"}}',
      { reqPath: '/3311/0/5850', ...changed },
    ],
    [
      '{"reqID":54,"msgType":"write","data":{"path":"/3311/0/5851","value":70}}',
      { reqPath: '/3311/0/5851', ...changed },
    ],
    [
      '{"reqID":55,"msgType":"read","data":{"path":"/3311/0/5850"}}',
      { reqPath: '/3311/0/5850', ...content, content: [{ path: '/3311/0/5850', value: true }] },
    ],
    [
      '{"reqID":6,"msgType":"write-attr","data":{"path":"/3/0/9","pmin":"1","pmax":"5","gt":null}}',
      { reqPath: '/3/0/9', ...changed },
    ],
    [
      '{"reqID":8,"msgType":"create","data":{"basePath":"/6","content":[{"path":"0/0","type":"Float","value":"1.5"}]}}',
      { reqPath: '/6', ...notAllowed },
    ],
    ['{"reqID":9,"msgType":"delete","data":{"path":"/5/0"}}', { reqPath: '/5/0', ...notAllowed }],
    [
      '{"reqID":12,"msgType":"read","data":{"path":"/3/0/999"}}',
      { reqPath: '/3/0/999', code: '4.04', codeMsg: 'not_found' },
    ],
  ])('%s', async (command, data) => {
    expect(await ask(command)).toEqual({ ...(JSON.parse(command) as Payload), data })
  })

  it('observe, notifications with the fields of the request, cancel-observe', async () => {
    const { mark } = all
    const fields = { reqID: 10, cacheID: 'c-7', requestID: { of: ['any', 1, null] } }
    const command = { ...fields, msgType: 'observe', data: { path: '/3/0/10' } }
    const data = { reqPath: '/3/0/10', ...content, content: [{ path: '/3/0/10', value: expect.any(Number) }] }
    expect(await ask(JSON.stringify(command), 'ep1', 'dn/cmd')).toEqual({ ...command, data })
    const isMine = ({ reqID }: Payload): boolean => reqID === 10
    const seqNum = expect.any(Number)
    expect(await all.payload('lwm2m/ep1/up/notify', isMine, mark)).toEqual({
      ...fields,
      ...{ msgType: 'notify', seqNum, data },
    })
    const cancel = '{"reqID":11,"msgType":"cancel-observe","data":{"path":"/3/0/10"}}'
    expect(await ask(cancel)).toEqual({
      ...{ reqID: 11, msgType: 'cancel-observe' },
      data: { reqPath: '/3/0/10', ...content },
    })
  })

  it.each([
    ['{"reqID":20,"msgType":"reboot","data":{"path":"/3/0/4"}}', "unknown msgType 'reboot'"],
    ['{"reqID":21,"msgType":"read"}', "payload must have required property 'data'"],
    [
      '{"reqID":22,"msgType":"write","data":{"path":"/3/0/13","type":"Integer","value":"noon"}}',
      'number() was given what is no number',
    ],
    ['{"reqID":23,"msgType":"read","data":{"path":"battery"}}', '/battery'],
  ])('a bad command is answered: %s', async (command, reason) => {
    const { data, ...others } = JSON.parse(command) as { readonly data?: { readonly path?: string } }
    const path = data?.path
    expect(await ask(command)).toEqual({
      ...others,
      data: {
        ...(path === undefined ? undefined : { reqPath: path }),
        ...{ code: '4.00', codeMsg: 'bad_request', reason: expect.stringContaining(reason) },
      },
    })
  })

  it('what is no JSON is answered, too', async () => {
    const { mark } = all
    await clients.publish('lwm2m/ep1/dn/dm', 'read /3/0/0')
    const isIt = ({ msgType }: Payload): boolean => msgType === 'unknown'
    expect(await all.payload('lwm2m/ep1/up/resp', isIt, mark)).toMatchObject({
      data: { code: '4.00', codeMsg: 'bad_request' },
    })
  })

  it.each([
    ['coap_timeout', 'nothing'],
    ['coap_reset', 'reset'],
  ] as const)('register, update, and %s where a device answers with %s', async (msgType, answer) => {
    const endpoint = `mute-${answer}`
    const device = await MuteDevice.register(gateway.port, endpoint, answer)
    mute.push(device)
    const data = { alternatePath: '/', ep: endpoint, lt: 300, lwm2m: '1.0', b: 'U', room: '12' }
    expect(await all.payload(`lwm2m/${endpoint}/up/resp`)).toEqual({
      msgType: 'register',
      data: { ...data, objectList: ['/1', '/3/0'] },
    })
    device.update('lt=600', 'floor=3')
    expect(await all.payload(`lwm2m/${endpoint}/up/update`)).toEqual({
      msgType: 'update',
      data: { ...data, lt: 600, floor: '3', objectList: ['/1', '/3/0'] },
    })
    const command = '{"reqID":1,"x":"y","msgType":"read","data":{"path":"/3/0/0","more":[1]}}'
    const echo = { reqID: 1, x: 'y', msgType, data: { path: '/3/0/0', more: [1] } }
    expect(await ask(command, endpoint)).toEqual(echo)
  })

  it('a device that is not there', async () => {
    const command = '{"reqID":1,"msgType":"read","data":{"path":"/3/0/0"}}'
    const data = { reqPath: '/3/0/0', code: '5.03', codeMsg: 'service_unavailable' }
    expect(await ask(command, 'nobody')).toMatchObject({ reqID: 1, msgType: 'read', data })
  })

  it('execute, and a device that comes again and goes', async () => {
    const { mark } = all
    expect(await ask('{"reqID":7,"msgType":"execute","data":{"path":"/3/0/4","args":"2,7"}}')).toEqual({
      ...{ reqID: 7, msgType: 'execute' },
      data: { reqPath: '/3/0/4', ...changed },
    })
    const of = (wanted: string) => (payload: Payload) => payload.msgType === wanted
    const again = await all.payload('lwm2m/ep1/up/resp', of('register'), mark)
    await devices.kill()
    const { data } = await all.payload('lwm2m/ep1/up/resp', of('deregister'), mark)
    expect(data).toEqual(again.data)
  })
})
