import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startCommand } from '../support/gateway-process.ts'
import { type Heard, type Payload, payloadOf } from '../support/mqtt-clients.ts'
import { device, Scene, STATE } from '../support/mqtt-scene.ts'
import { findPeers } from '../support/peers.ts'

const peers = findPeers('mosquitto', 'mosquitto_sub', 'mosquitto_pub')

describe.skipIf(peers.areMissing).each([
  [5, '5'],
  [4, '3.1.1'],
] as const)(
  `a simulated device, the gateway and mosquitto on MQTT %i (%s)${peers.remark}`,
  (version, name) => {
    let scene: Scene

    beforeAll(async () => {
      scene = await Scene.open(version)
    })
    afterAll(() => scene?.close())

    it('the gateway speaks the version that it is told', () => {
      expect(scene.gateway.log.map(({ msg }) => msg)).toContain(`connected to the broker, MQTT ${name}`)
    })

    it('mosquitto_sub sees presence, registration, the event and values that go on coming', async () => {
      const { all } = scene
      expect(await all.payload(device('presence'))).toEqual({
        state: 'awake',
        since: expect.any(Number),
        reason: 'registered',
      })
      const registration = await all.payload(device('registration'))
      expect(registration).toMatchObject({
        lifetime: 300,
        version: '1.1',
        security: 'nosec',
        queueMode: false,
      })
      expect(registration.objects).toContainEqual({ id: 3303, version: '1.1', instances: [0] })
      const { registration: id } = await all.payload(device('event'), ({ event }) => event === 'registered')
      expect(id).toBe(registration.id)
      const first = await all.payload(device('value/3303/0/5700'))
      expect(first).toEqual({ value: expect.any(Number), time: expect.any(Number), name: 'Sensor Value' })
      await all.payload(device('value/3303/0/5700'), ({ value }) => value !== first.value)
      expect(await all.payload(device('value/3/0/9'))).toMatchObject({ unit: '%', name: 'Battery Level' })
    })

    it('reads a resource, an instance and an object', async () => {
      const read = (path: string): Promise<Payload> => scene.ask({ operation: 'read', path })
      expect(await read('/3/0/0')).toMatchObject({
        status: 'ok',
        code: '2.05',
        content: 'Open Mobile Simulations',
      })
      expect(await read('/3311/0')).toMatchObject({
        code: '2.05',
        content: { 5850: expect.any(Boolean), 5851: 100 },
      })
      expect(await read('/3311')).toMatchObject({ code: '2.05', content: { 0: { 5851: 100 } } })
      expect(await scene.all.payload(device('value/3/0/0'))).toMatchObject({
        value: 'Open Mobile Simulations',
      })
    })

    it('tells the life of a command', async () => {
      const answer = await scene.ask({ operation: 'read', path: '/3/0/1' })
      const states = scene.all.on(device('command')).map(payloadOf)
      expect(states.filter(({ id }) => id === answer.id).map(({ state }) => state)).toEqual([
        'queued',
        'sent',
        'done',
      ])
    })

    it.each(['text', 'senml-json', 'senml-cbor', 'tlv'])('reads and writes as %s', async (format) => {
      const path = '/3311/0/5851'
      const write = await scene.ask({ operation: 'write', path, value: 42, format })
      expect(write).toMatchObject({ status: 'ok', code: '2.04' })
      expect(await scene.ask({ operation: 'read', path, format })).toMatchObject({
        code: '2.05',
        content: 42,
      })
      await scene.ask({ operation: 'write', path, value: 100 })
    })

    it('writes a resource and several at once', async () => {
      const zone = await scene.ask({ operation: 'write', path: '/3/0/15', value: 'Europe/Berlin' })
      expect(zone).toMatchObject({ status: 'ok', code: '2.04', operation: 'write', path: '/3/0/15' })
      const both = await scene.ask({
        operation: 'write',
        path: '/3/0',
        value: { 14: '+01:00', 15: 'Europe/Paris' },
      })
      expect(both).toMatchObject({ status: 'ok', code: '2.04' })
      const { content } = await scene.ask({ operation: 'read', path: '/3/0' })
      expect(content).toMatchObject({ 14: '+01:00', 15: 'Europe/Paris' })
    })

    it('executes', async () => {
      expect(await scene.ask({ operation: 'execute', path: '/3303/0/5605' })).toMatchObject({
        status: 'ok',
        code: '2.04',
      })
      await scene.devices.stdout.find('executed /3303/0/5605')
    })

    it('observes, and cancels: no value comes of it afterwards', async () => {
      const path = '/3311/0/5850'
      const topic = device('value/3311/0/5850')
      const write = (value: boolean): Promise<Payload> => scene.ask({ operation: 'write', path, value })
      await write(false)
      expect(await scene.ask({ operation: 'observe', path })).toMatchObject({
        status: 'ok',
        code: '2.05',
        content: false,
      })
      await write(true)
      await scene.all.payload(topic, ({ value }) => value === true)
      expect(await scene.ask({ operation: 'cancel', path })).toMatchObject({ status: 'ok', code: '2.05' })
      const { length } = scene.all.on(topic)
      await write(false)
      await scene.ask({ operation: 'read', path: '/3/0/0' })
      expect(scene.all.on(topic)).toHaveLength(length)
      const again = await scene.ask({ operation: 'cancel', path })
      expect(again).toMatchObject({ status: 'error', error: { code: 'observation_unknown' } })
    })

    it('takes the short forms', async () => {
      expect(await scene.askShort('read/3/0/0', '')).toMatchObject({
        code: '2.05',
        content: 'Open Mobile Simulations',
      })
      expect(await scene.askShort('write/3311/0/5850', 'true')).toMatchObject({ status: 'ok', code: '2.04' })
      expect(await scene.askShort('read/3311/0/5850', '')).toMatchObject({ content: true })
      expect(await scene.askShort('write/3311/0/5851', '17')).toMatchObject({ status: 'ok', code: '2.04' })
      expect(await scene.askShort('write/3/0/15', 'Asia/Tokyo')).toMatchObject({ status: 'ok', code: '2.04' })
      expect(await scene.askShort('execute/3303/0/5605', '')).toMatchObject({ status: 'ok', code: '2.04' })
      expect(await scene.askShort('observe/3311/0/5851', '')).toMatchObject({ code: '2.05', content: 17 })
      expect(await scene.askShort('cancel/3311/0/5851', '')).toMatchObject({ status: 'ok' })
    })

    it('carries a repeated question out once and gives the first answer again', async () => {
      const question = JSON.stringify({ id: 'twice', operation: 'execute', path: '/3303/0/5605' })
      const executed = (): number => {
        return scene.devices.stdout.all.filter((line) => line.includes('executed /3303/0/5605')).length
      }
      const before = executed()
      for (let count = 0; count < 2; count++) await scene.clients.publish(device('do/request'), question)
      await scene.ask({ operation: 'read', path: '/3/0/0' })
      const answers = scene.all.on(device('response')).map(payloadOf)
      expect(answers.filter(({ id }) => id === 'twice')).toHaveLength(2)
      expect(executed() - before).toBe(1)
    })

    it.each([
      ['is no JSON', 'do/request', 'read /3/0', 'request_not_json', 'JSON'],
      ['is no object', 'do/request', '[1]', 'request_invalid', 'object'],
      ['names no operation', 'do/request', '{"path":"/3/0"}', 'operation_unknown', 'operation'],
      [
        'names an unknown operation',
        'do/request',
        '{"operation":"fly","path":"/3/0"}',
        'operation_unknown',
        "'fly'",
      ],
      ['names an unknown operation in short', 'do/fly/3/0', '', 'operation_unknown', "'fly'"],
      [
        'has a field too many',
        'do/request',
        '{"operation":"read","path":"/3/0","vaule":1}',
        'request_invalid',
        "'vaule'",
      ],
      ['has no path', 'do/request', '{"operation":"read"}', 'request_invalid', 'path'],
      ['has no value', 'do/request', '{"operation":"write","path":"/3/0/14"}', 'request_invalid', 'value'],
      ['has a bad path', 'do/request', '{"operation":"read","path":"/3/x"}', 'path_invalid', '/3/x'],
      ['has a bad path in short', 'do/read/3/70000', '', 'path_invalid', '/3/70000'],
      ['has a path too short', 'do/execute/3/0', '', 'path_depth', '/3/0'],
      ['has a value of the wrong type', 'do/write/3311/0/5850', 'maybe', 'value_type', 'maybe'],
      [
        'has JSON of the wrong type',
        'do/request',
        '{"operation":"write","path":"/3311/0/5850","value":"on"}',
        'value_type',
        'boolean',
      ],
      [
        'has a value out of range',
        'do/request',
        '{"operation":"write","path":"/1/0/1","value":1e30}',
        'value_',
        '',
      ],
    ])('a request that %s is answered with what is wrong', async (_what, action, payload, fault, word) => {
      const mark = scene.all.mark
      await scene.clients.publish(device(action), payload)
      const answer = await scene.all.payload(device('response'), ({ status }) => status === 'error', mark)
      const { code, message } = answer.error as { code: string; message: string }
      expect(code).toContain(fault)
      expect(message).toContain(word)
    })

    it('an unknown endpoint is answered on its own topic', async () => {
      await scene.clients.publish(device('do/request', 'nobody'), '{"id":7,"operation":"read","path":"/3/0"}')
      expect(await scene.all.payload(device('response', 'nobody'))).toEqual({
        id: '7',
        status: 'error',
        operation: 'read',
        path: '/3/0',
        error: { code: 'endpoint_unknown', message: "no device is registered as 'nobody'" },
      })
    })

    it('what the device refuses comes with its code', async () => {
      const answer = await scene.ask({ operation: 'read', path: '/3303/7' })
      expect(answer).toMatchObject({ status: 'error', code: '4.04', error: { code: 'device_refused' } })
      const write = { operation: 'write', path: '/3303/0/5700', value: 1 }
      expect(await scene.ask(write)).toMatchObject({ error: { code: 'operation_not_allowed' } })
      const forced = await scene.ask({ ...write, force: true })
      expect(forced).toMatchObject({ status: 'error', code: '4.05', error: { code: 'device_refused' } })
    })

    it('a subscriber that comes late finds what is retained, and no events', async () => {
      const late = await scene.clients.subscribe(device('#'))
      const retained: Heard[] = [device('presence'), device('registration'), device('value/3304/0/5700')].map(
        (topic) => late.on(topic)[0] as Heard,
      )
      expect(retained.map((message) => message?.retain)).toEqual([1, 1, 1])
      expect(payloadOf(retained[0] as Heard)).toMatchObject({ state: 'awake' })
      for (const topic of ['event', 'command', 'response', 'do/request']) {
        expect(late.on(device(topic)).filter(({ retain }) => retain === 1)).toEqual([])
      }
      await late.stop()
    })

    it('a deregistration takes the registration away and leaves the last value', async () => {
      const guest = startCommand([
        'simulate',
        '--server',
        scene.gateway.uri,
        '--endpoint',
        'guest',
        '--interval',
        '0',
      ])
      await scene.all.payload(device('value/3304/0/5700', 'guest'))
      const mark = scene.all.mark
      expect((await guest.kill('SIGTERM')).code).toBe(0)
      const offline = await scene.all.payload(device('presence', 'guest'), () => true, mark)
      expect(offline).toMatchObject({ state: 'offline', reason: 'deregistered' })
      const late = await scene.clients.subscribe(device('#', 'guest'))
      expect(late.messages.map(({ topic }) => topic)).not.toContain(device('registration', 'guest'))
      expect(payloadOf(late.on(device('presence', 'guest'))[0] as Heard)).toMatchObject({ state: 'offline' })
      expect(late.on(device('value/3304/0/5700', 'guest'))).toHaveLength(1)
      await late.stop()
    })

    it('forgets a device once it has gone: the broker keeps nothing of it', async () => {
      const server = ['--server', scene.gateway.uri]
      const leaver = startCommand(['simulate', ...server, '--endpoint', 'leaver', '--interval', '0'])
      await scene.all.payload(device('value/3304/0/5700', 'leaver'))
      const forget = async (): Promise<Payload> => {
        const mark = scene.all.mark
        await scene.clients.publish(device('do/forget', 'leaver'), '')
        return scene.all.payload(device('response', 'leaver'), () => true, mark)
      }
      expect(await forget()).toMatchObject({ status: 'error', error: { code: 'device_registered' } })
      const mark = scene.all.mark
      expect((await leaver.kill('SIGTERM')).code).toBe(0)
      await scene.all.payload(device('presence', 'leaver'), ({ state }) => state === 'offline', mark)
      expect(await forget()).toMatchObject({ status: 'ok', operation: 'forget', path: '/' })
      const late = await scene.clients.subscribe(device('#', 'leaver'))
      expect(late.messages.filter(({ retain }) => retain === 1)).toEqual([])
      await late.stop()
      expect(await forget()).toMatchObject({ error: { code: 'endpoint_unknown' } })
    })

    it.runIf(version === 5)('a retained command is refused by name and not carried out', async () => {
      const mark = scene.all.mark
      await scene.clients.publish(device('do/execute/3303/0/5605'), '', '-r')
      await scene.clients.publish(device('do/write/3311/0/5851'), '1', '-r')
      const { error } = await scene.all.payload(device('response'), ({ status }) => status === 'error', mark)
      expect(error).toMatchObject({ code: 'command_retained' })
      expect(await scene.ask({ operation: 'read', path: '/3311/0/5851' })).not.toMatchObject({ content: 1 })
      await scene.clients.publish(device('do/write/3311/0/5851'), '', '-r')
    })

    it.runIf(version === 4)(
      'a command that stood there retained is refused by name when the gateway comes',
      async () => {
        const { error } = await scene.all.payload(device('response', 'early'))
        expect(error).toMatchObject({ code: 'command_retained' })
      },
    )

    it.runIf(version === 5)('on MQTT 5 a retained command that stood there is not even delivered', () => {
      expect(scene.all.on(device('response', 'early'))).toEqual([])
    })

    it('SIGTERM while a device is registered: offline is announced, the exit code is 0', async () => {
      const mark = scene.all.mark
      const { program } = scene.gateway
      program.signal('SIGTERM')
      expect(await program.ended()).toEqual({ code: 0, signal: null })
      expect(await scene.all.payload(STATE, () => true, mark)).toEqual({ state: 'offline' })
      expect(program.stderr.text).toBe('')
    })

    it('the broker tells the Will when the gateway dies, and the gateway that comes back is online', async () => {
      await scene.restartGateway()
      const mark = scene.all.mark
      await scene.gateway.program.kill('SIGKILL')
      expect(await scene.all.payload(STATE, () => true, mark)).toEqual({ state: 'offline' })
      const back = scene.all.mark
      await scene.restartGateway()
      expect(await scene.all.payload(STATE, () => true, back)).toEqual({ state: 'online' })
    })
  },
)
