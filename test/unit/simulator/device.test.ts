import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Device } from '../../../src/simulator/device.ts'
import type { DeviceOptions } from '../../../src/simulator/device-options.ts'
import { SimulatedClock } from '../../support/clock.ts'
import { SeededRandom } from '../../support/random.ts'
import { watchTimers } from './live-timers.ts'
import {
  isEmpty,
  isRequest,
  isResponse,
  lwm2mServer,
  on,
  optionsOf,
  pathOf,
  type Received,
  ScriptedServer,
} from './scripted-server.ts'

const LINK_FORMAT = 40
const OBSERVE = new Uint8Array(0)
const CANCEL = Uint8Array.of(1)

let server: ScriptedServer
let clock: SimulatedClock
let devices: Device[]

beforeEach(async () => {
  server = await ScriptedServer.open()
  clock = new SimulatedClock()
  devices = []
})

afterEach(() => {
  vi.restoreAllMocks()
  for (const device of devices) device.crash()
  server.close()
})

function make(options: Partial<DeviceOptions> = {}): Device {
  const device = new Device({
    endpoint: 'weather-box',
    server: server.address,
    clock,
    random: new SeededRandom(7),
    ...options,
  })
  devices.push(device)
  return device
}

async function started(options: Partial<DeviceOptions> = {}): Promise<Device> {
  const device = make(options)
  await device.start()
  await server.next(isRequest)
  return device
}

const isNotification = (token: Uint8Array) => (received: Received) =>
  isResponse(received) && !received.packet.ack && received.packet.token.equals(token)

async function observe(path: string, token: Buffer): Promise<Received> {
  return server.ask({ code: '0.01', token, options: on(path, { Observe: [OBSERVE] }) })
}

describe('registration', () => {
  it('says who it is and what it has', async () => {
    const device = make({ lifetime: 120, version: '1.1' })
    await device.start()
    const { packet } = await server.next(isRequest)
    expect(packet.code).toBe('0.02')
    expect(pathOf(packet)).toBe('/rd')
    expect(optionsOf(packet, 'Uri-Query')).toEqual(['ep=weather-box', 'lt=120', 'lwm2m=1.1'])
    const format = packet.options.find((option) => option.name === 'Content-Format')
    expect(format?.value).toEqual(Buffer.of(LINK_FORMAT))
    const links = packet.payload.toString().split(',')
    expect(links[0]).toBe('</>;rt="oma.lwm2m";ct="112 110 11542"')
    expect(links).toContain('</3/0>')
    expect(links).toContain('</3303>;ver=1.1')
    expect(links.some((link) => link.startsWith('</0'))).toBe(false)
    expect(device.location).toBe('/rd/1')
  })

  it.each([
    ['1.0', false, ['lwm2m=1.0', 'b=U']],
    ['1.0', true, ['lwm2m=1.0', 'b=UQ']],
    ['1.2', true, ['lwm2m=1.2', 'Q']],
  ] as const)('speaks of queue mode as %s does (%s)', async (version, queueMode, expected) => {
    await make({ version, queueMode }).start()
    const { packet } = await server.next(isRequest)
    expect(optionsOf(packet, 'Uri-Query').slice(2)).toEqual(expected)
  })

  it('keeps an endpoint name with & in one parameter', async () => {
    await make({ endpoint: 'a&b=c/d' }).start()
    const { packet } = await server.next(isRequest)
    expect(optionsOf(packet, 'Uri-Query')[0]).toBe('ep=a&b=c/d')
  })

  it('updates before the lifetime ends, and again', async () => {
    const device = await started({ lifetime: 300 })
    for (const _ of [1, 2]) {
      clock.advance(206_000)
      expect(server.rest.filter(isRequest)).toEqual([])
      const updated = once(device, 'updated')
      clock.advance(1_000)
      const { packet } = await server.next(isRequest)
      expect([packet.code, pathOf(packet), packet.payload.length]).toEqual(['0.02', '/rd/1', 0])
      await updated
    }
  })

  it('never updates a lifetime of 0', async () => {
    await started({ lifetime: 0 })
    expect(clock.pending()).toEqual([])
  })

  it('registers anew when the server has forgotten it', async () => {
    const device = await started()
    const accept = lwm2mServer()
    server.script = (request) => (pathOf(request.packet) === '/rd' ? accept(request) : { code: '4.04' })
    const again = once(device, 'registered')
    void device.update()
    expect(pathOf((await server.next(isRequest)).packet)).toBe('/rd/1')
    const { packet } = await server.next(isRequest)
    expect(optionsOf(packet, 'Uri-Query')[0]).toBe('ep=weather-box')
    expect(await again).toEqual(['/rd/1'])
  })

  it('tries again at growing distances when it is refused', async () => {
    server.script = () => ({ code: '4.03' })
    const device = make()
    const start = device.start()
    for (const longest of [2_000, 4_000, 8_000]) {
      const [reason] = await once(device, 'failed')
      expect(reason).toBe('Register was answered 4.03')
      expect(clock.pending()).toEqual(['simulator retry'])
      await server.next(isRequest)
      clock.advance(longest / 2 - 1)
      expect(clock.pending()).toEqual(['simulator retry'])
      if (longest === 8_000) server.script = lwm2mServer()
      clock.advance(longest / 2 + 1)
    }
    await start
    expect(device.location).toBe('/rd/1')
  })

  it('gives up a silent server after 93 s, and tries again', async () => {
    server.script = () => undefined
    const device = make()
    const start = device.start()
    await server.next(isRequest)
    const failed = once(device, 'failed')
    clock.advance(93_000)
    expect(await failed).toEqual(['Register: no answer within 93 s'])
    server.script = lwm2mServer()
    clock.advance(2_000)
    await start
  })

  it('takes a reset for no answer', async () => {
    server.script = () => ({ code: '0.00', ack: false, reset: true, token: Buffer.alloc(0) })
    const device = make()
    server.script = ({ packet }) => {
      server.send({ code: '0.00', reset: true, messageId: packet.messageId })
      return undefined
    }
    void device.start().catch(() => {})
    expect(await once(device, 'failed')).toEqual(['Register: the server answered with a reset'])
  })

  it('takes a separate response, and acknowledges it', async () => {
    server.script = ({ packet }) => {
      server.send({ code: '0.00', ack: true, messageId: packet.messageId })
      const options = on('', { 'Location-Path': ['rd', '9'] })
      server.send({ code: '2.01', confirmable: true, messageId: 0xbeef, token: packet.token, options })
      return undefined
    }
    const device = make()
    await device.start()
    expect(device.location).toBe('/rd/9')
    const { packet } = await server.next(isEmpty)
    expect([packet.ack, packet.messageId]).toEqual([true, 0xbeef])
  })

  it('tells of a removed instance in an Update, and observers get a 4.04', async () => {
    const device = await started()
    const token = Buffer.of(1, 2)
    await observe('/3303/0/5700', token)
    const ended = once(device, 'unobserved')
    device.remove('/3303/0')
    const { packet: last } = await server.next(isNotification(token))
    expect([last.code, optionsOf(last, 'Observe').length]).toEqual(['4.04', 0])
    expect(await ended).toEqual(['/3303/0/5700', '4.04'])
    const { packet } = await server.next(isRequest)
    expect(pathOf(packet)).toBe('/rd/1')
    expect(packet.payload.toString()).not.toContain('</3303/0>')
  })

  it('reboots: observations are gone, and it registers anew', async () => {
    const device = await started()
    await observe('/3303/0/5700', Buffer.of(5))
    const { packet } = await server.ask({ code: '0.02', options: on('/3/0/4') })
    expect(packet.code).toBe('2.04')
    const registered = once(device, 'registered')
    clock.advance(1_000)
    expect(await registered).toEqual(['/rd/2'])
    expect(device.observed).toEqual([])
  })

  it('changes its lifetime when the server writes it', async () => {
    await started()
    await server.ask({
      code: '0.03',
      options: on('/1/0/1', { 'Content-Format': [''] }),
      payload: Buffer.from('60'),
    })
    const { packet } = await server.next(isRequest)
    expect(optionsOf(packet, 'Uri-Query')).toEqual(['lt=60'])
  })
})

describe('the end', () => {
  it('deregisters, and leaves nothing running', async () => {
    const live = watchTimers()
    const device = await started({ interval: 5 })
    await server.ask({ code: '0.01', options: on('/3/0/0') })
    await observe('/3303/0/5700', Buffer.of(1))
    device.set('/3303/0/5700', 20) // a notification that nobody acknowledges
    await server.next(isNotification(Buffer.of(1)))
    await device.stop()
    expect((await server.next(isRequest)).packet.code).toBe('0.04')
    expect(clock.pending()).toEqual([])
    expect([...live]).toEqual([])
    expect(device.port).toBe(0)
  })

  it('waits three seconds for the answer to its Deregister', async () => {
    const device = await started()
    server.script = () => undefined
    const stopped = device.stop()
    await server.next(isRequest)
    clock.advance(3_000)
    await stopped
  })

  it('crashes without a word, whatever it was doing', async () => {
    const live = watchTimers()
    const device = await started({ interval: 5 })
    device.manner = { delay: 60_000 }
    server.send({ code: '0.01', confirmable: true, token: Buffer.of(1), options: on('/3/0/0') })
    await server.next(isEmpty)
    server.send({ code: '0.01', confirmable: true, token: Buffer.of(2), options: on('/3/0/0') })
    server.send({ code: '0.00', confirmable: true })
    await server.next(({ packet }) => packet.reset) // the ping's answer: the request before it is in
    server.script = () => undefined
    const updating = device.update()
    await server.next(isRequest)
    device.crash()
    await updating
    expect(clock.pending()).toEqual([])
    expect([...live]).toEqual([])
    // On a slow machine node-coap has acknowledged the second request before the crash.
    expect(server.rest.filter((received) => !isEmpty(received))).toEqual([])
  })

  it('rejects a start that is overtaken by the end', async () => {
    server.script = () => undefined
    const device = make()
    const start = device.start()
    device.crash()
    await expect(start).rejects.toMatchObject({ code: 'simulator_stopped' })
  })
})

describe('requests', () => {
  it('answers on the port that it registered from', async () => {
    const device = await started()
    const { packet, from } = await server.ask({ code: '0.01', options: on('/3/0/1') })
    expect([packet.code, packet.payload.toString(), packet.ack]).toEqual(['2.05', 'Weather Box', true])
    expect(from.port).toBe(device.port)
  })

  it('answers a repeated request with the same bytes, and does it once', async () => {
    const device = await started()
    const executed: string[] = []
    device.on('executed', ({ path, parameters }) => executed.push(`${path} ${[...parameters].join()}`))
    const request = { code: '0.02', messageId: 77, token: Buffer.of(3), options: on('/3303/0/5605') }
    const payload = Buffer.from("0='now',3")
    const first = await server.ask({ ...request, payload })
    const second = await server.ask({ ...request, payload })
    expect(second.bytes).toEqual(first.bytes)
    expect(executed).toEqual(['/3303/0/5605 0,now,3,'])
  })

  it('answers a non-confirmable request', async () => {
    await started()
    const { packet } = await server.ask({ code: '0.01', confirmable: false, options: on('/3/0/1') })
    expect([packet.code, packet.confirmable, packet.ack]).toEqual(['2.05', false, false])
  })

  it('answers a ping with a reset', async () => {
    await started()
    server.send({ code: '0.00', confirmable: true, messageId: 0x1234 })
    const { packet } = await server.next(isEmpty)
    expect([packet.reset, packet.messageId]).toEqual([true, 0x1234])
  })

  it('refuses an unknown critical option', async () => {
    await started()
    const options = [...on('/3/0/1'), { name: 2051, value: Buffer.of(1) }]
    const { packet } = await server.ask({ code: '0.01', options })
    expect(packet.code).toBe('4.02')
  })

  it('announces what was done to it', async () => {
    const device = await started()
    const written = once(device, 'written')
    const format = { 'Content-Format': [''] }
    await server.ask({ code: '0.03', options: on('/3/0/15', format), payload: Buffer.from('Europe/Berlin') })
    expect(await written).toEqual([{ type: 'written', path: '/3/0/15', resources: ['/3/0/15'] }])
    expect(device.get('/3/0/15')).toBe('Europe/Berlin')
    const refused = once(device, 'refused')
    await server.ask({ code: '0.01', options: on('/0/0') })
    expect(await refused).toEqual(['/0/0', '4.01'])
  })

  it('survives garbage', async () => {
    const device = await started()
    const random = new SeededRandom(3)
    const seeds = [
      Buffer.from('44010001746f6b6e b3333330 3303 0130'.replaceAll(' ', ''), 'hex'),
      Buffer.from('4401000274746b6e60b13301300131', 'hex'),
      Buffer.from('64450003746f6b6eff3231', 'hex'),
      Buffer.from('7000ffff', 'hex'),
    ]
    for (let round = 0; round < 600; round++) {
      const seed = seeds[round % seeds.length] ?? Buffer.alloc(0)
      const bytes = Buffer.concat([seed, random.bytes(random.integer(4))])
      bytes[random.integer(bytes.length)] = random.integer(256)
      server.sendBytes(round % 3 === 0 ? random.bytes(random.integer(40)) : bytes)
      // A request now and then keeps the socket's buffer from overflowing, and shows that the device lives.
      if (round % 50 === 49) {
        const { packet } = await server.ask({
          code: '0.01',
          token: random.bytes(8) as Buffer,
          options: on('/3/0/1'),
        })
        expect(packet.payload.toString()).toBe('Weather Box')
      }
    }
    expect(device.location).toBe('/rd/1')
  })

  it('does not answer what it cannot parse', async () => {
    await started()
    server.sendBytes(Buffer.from('40010001ff', 'hex').subarray(0, 3))
    server.sendBytes(Buffer.from('40010001f0', 'hex'))
    server.sendBytes(Buffer.from('4f010001', 'hex'))
    await server.ask({ code: '0.01', options: on('/3/0/1') })
    expect(server.rest).toEqual([])
  })
})

describe('manners', () => {
  it('keeps silent, and speaks again', async () => {
    const device = await started()
    device.manner = 'silent'
    server.send({ code: '0.01', confirmable: true, token: Buffer.of(1), options: on('/3/0/1') })
    await device.update() // it came later, on the same socket
    device.manner = 'prompt'
    const { packet } = await server.ask({ code: '0.01', token: Buffer.of(2), options: on('/3/0/1') })
    expect(packet.token).toEqual(Buffer.of(2))
    expect(server.rest.filter((received) => !isRequest(received))).toEqual([])
  })

  it.each([{}, { Observe: [OBSERVE] }])('acknowledges and never answers %o', async (more) => {
    const device = await started()
    device.manner = 'acknowledging'
    const messageId = server.send({
      code: '0.01',
      confirmable: true,
      token: Buffer.of(1),
      options: on('/3/0/1', more),
    })
    const { packet } = await server.next(isEmpty)
    expect([packet.ack, packet.messageId]).toEqual([true, messageId])
    expect(server.rest).toEqual([])
  })

  it.each([{}, { Observe: [OBSERVE] }])('answers late %o', async (more) => {
    const device = await started()
    device.manner = { delay: 10_000 }
    const token = Buffer.of(1)
    const messageId = server.send({ code: '0.01', confirmable: true, token, options: on('/3/0/1', more) })
    await server.next(isEmpty)
    clock.advance(10_000)
    const { packet } = await server.next(isResponse)
    expect([packet.code, packet.confirmable, packet.token]).toEqual(['2.05', true, token])
    expect(packet.messageId).not.toBe(messageId)
  })
})

describe('observation', () => {
  const token = Buffer.of(0xca, 0xfe)

  it('notifies of a change, confirmably, and hears the acknowledgement', async () => {
    const device = await started()
    const first = await observe('/3303/0/5700', token)
    expect([first.packet.payload.toString(), first.packet.ack]).toEqual(['21.5', true])
    expect(optionsOf(first.packet, 'Observe')).toHaveLength(1)
    device.set('/3303/0/5700', 22.25)
    const { packet } = await server.next(isNotification(token))
    expect([packet.code, packet.confirmable, packet.payload.toString()]).toEqual(['2.05', true, '22.25'])
    const acknowledged = once(device, 'acknowledged')
    server.send({ code: '0.00', ack: true, messageId: packet.messageId })
    expect(await acknowledged).toEqual(['/3303/0/5700'])
  })

  it.each([true, false])('ends on a reset (confirmable: %s)', async (confirmableNotifications) => {
    const device = await started({ confirmableNotifications })
    await observe('/3303/0/5700', token)
    device.set('/3303/0/5700', 1)
    const { packet } = await server.next(isNotification(token))
    expect(packet.confirmable).toBe(confirmableNotifications)
    const ended = once(device, 'unobserved')
    server.send({ code: '0.00', reset: true, messageId: packet.messageId })
    expect(await ended).toEqual(['/3303/0/5700', 'reset'])
    expect(device.observed).toEqual([])
  })

  it('sends no acknowledgement for a notification where the Observe was non-confirmable', async () => {
    const device = await started()
    await server.ask({
      code: '0.01',
      confirmable: false,
      token,
      options: on('/3303/0/5700', { Observe: [OBSERVE] }),
    })
    device.confirmableNotifications = false
    device.set('/3303/0/5700', 1)
    const { packet } = await server.next((received) => received.packet.payload.toString() === '1')
    expect([packet.ack, packet.reset, packet.confirmable]).toEqual([false, false, false])
  })

  it('ends when it is cancelled', async () => {
    const device = await started()
    await observe('/3303/0/5700', token)
    const { packet } = await server.ask({
      code: '0.01',
      token,
      options: on('/3303/0/5700', { Observe: [CANCEL] }),
    })
    expect([packet.code, optionsOf(packet, 'Observe').length]).toEqual(['2.05', 0])
    expect(device.observed).toEqual([])
  })

  it('lives on when another token is cancelled', async () => {
    const device = await started()
    await observe('/3303/0/5700', token)
    await server.ask({ code: '0.01', options: on('/3303/0/5700', { Observe: [CANCEL] }) })
    expect(device.observed).toEqual(['/3303/0/5700'])
  })

  it('is refused where nothing can be read', async () => {
    const device = await started()
    const { packet } = await observe('/3303/7', token)
    expect([packet.code, optionsOf(packet, 'Observe').length]).toEqual(['4.04', 0])
    expect(device.observed).toEqual([])
  })

  it('counts upwards, renews under the same token, and notifies once for many changes', async () => {
    const device = await started({ interval: 5 })
    await observe('/3303/0', token)
    await observe('/3303/0', token)
    expect(device.observed).toEqual(['/3303/0'])
    clock.advance(5_000)
    clock.advance(5_000)
    const sequence = []
    for (const _ of [1, 2]) {
      const { packet } = await server.next(isNotification(token))
      sequence.push(packet.options.find((option) => option.name === 'Observe')?.value[0])
    }
    expect(sequence).toEqual([2, 3])
    await server.ask({ code: '0.01', options: on('/3/0/1') })
    expect(server.rest).toEqual([])
  })

  it('tells of a write, after its answer', async () => {
    await started()
    await observe('/3311/0/5850', token)
    server.send({
      code: '0.03',
      confirmable: true,
      token: Buffer.of(9),
      options: on('/3311/0/5850', { 'Content-Format': [''] }),
      payload: Buffer.from('1'),
    })
    const answers = [(await server.next(isResponse)).packet, (await server.next(isResponse)).packet]
    expect(answers.map((packet) => packet.code)).toEqual(['2.04', '2.05'])
    expect(answers[1]?.payload.toString()).toBe('1')
  })

  it('survives a new port', async () => {
    const device = await started()
    await observe('/3303/0/5700', token)
    const { port } = device
    await device.rebind()
    device.set('/3303/0/5700', 5)
    const { from } = await server.next(isNotification(token))
    expect(from.port).toBe(device.port)
    expect(from.port).not.toBe(port)
    expect((await server.ask({ code: '0.01', options: on('/3/0/1') })).packet.code).toBe('2.05')
  })

  it('sends any content that a test wants', async () => {
    const device = await started()
    await observe('/3303/0/5700', token)
    device.notify('/3303/0/5700', { code: '2.05', contentFormat: 112, payload: Uint8Array.of(0xff) })
    const { packet } = await server.next(isNotification(token))
    expect(packet.payload).toEqual(Buffer.of(0xff))
    expect(packet.options.find((option) => option.name === 'Content-Format')?.value).toEqual(Buffer.of(112))
  })

  it('numbers notifications and requests in one row', async () => {
    const device = await started()
    await observe('/3303/0/5700', token)
    const ids: number[] = []
    for (let round = 0; round < 20; round++) {
      device.set('/3303/0/5700', round)
      ids.push((await server.next(isNotification(token))).packet.messageId)
      await device.update()
      ids.push((await server.next(isRequest)).packet.messageId)
    }
    const [first = 0] = ids
    expect(ids).toEqual(ids.map((_, index) => (first + index) & 0xffff))
  })
})
